#include "extract.h"

#include "error.h"
#include "playground.h"
#include "pool.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- making archives ---- */

enum form { ZIP, ZIP_STORED, TAR, TAR_GZ, TAR_ZST, PAX, FORMS };

struct member {
	const char *path;
	char type; /* 'f'ile, 'd'irectory, sym'l'ink, 'h'ard link, f'i'fo, 'c'haracter device */
	const char *text; /* of a file, or the target of a link */
};

static int
set_form(struct archive *archive, enum form form)
{
	int status = ARCHIVE_OK;

	if (form == TAR_GZ)
		status = archive_write_add_filter_gzip(archive);
	if (form == TAR_ZST)
		status = archive_write_add_filter_zstd(archive);
	assert_true(status >= ARCHIVE_WARN);
	if (form == ZIP || form == ZIP_STORED)
		status = archive_write_set_format_zip(archive);
	else
		status = form == PAX ? archive_write_set_format_pax(archive)
				     : archive_write_set_format_gnutar(archive);
	if (status == ARCHIVE_OK && form == ZIP_STORED)
		status = archive_write_zip_set_compression_store(archive);
	return status;
}

static void
add_member(struct archive *archive, const struct member *member, const char *data, size_t len)
{
	static const struct {
		char type;
		int filetype;
	} types[] = {{'f', AE_IFREG}, {'d', AE_IFDIR}, {'l', AE_IFLNK}, {'h', AE_IFREG},
	    {'i', AE_IFIFO}, {'c', AE_IFCHR}};
	struct archive_entry *entry = archive_entry_new();
	size_t i = 0;

	while (types[i].type != member->type)
		i++;
	archive_entry_set_pathname(entry, member->path);
	archive_entry_set_filetype(entry, (unsigned)types[i].filetype);
	archive_entry_set_perm(entry, 0644);
	if (member->type == 'l')
		archive_entry_set_symlink(entry, member->text);
	if (member->type == 'h')
		archive_entry_set_hardlink(entry, member->text);
	archive_entry_set_size(entry, member->type == 'f' ? (la_int64_t)len : 0);
	assert_true(archive_write_header(archive, entry) >= ARCHIVE_WARN);
	if (member->type == 'f' && len > 0)
		assert_int_equal(archive_write_data(archive, data, len), len);
	archive_entry_free(entry);
}

/* Writes ./archive. */
static void
pack(enum form form, const struct member *members, size_t count)
{
	struct archive *archive = archive_write_new();

	assert_int_equal(set_form(archive, form), ARCHIVE_OK);
	assert_int_equal(archive_write_open_filename(archive, "archive"), ARCHIVE_OK);
	for (size_t i = 0; i < count; i++)
		add_member(archive, &members[i], members[i].text, strlen(members[i].text));
	assert_int_equal(archive_write_close(archive), ARCHIVE_OK);
	archive_write_free(archive);
}

/* The same with one file of so many zeros. */
static void
pack_zeros(enum form form, const char *path, size_t len)
{
	const struct member member = {path, 'f', NULL};
	struct archive *archive = archive_write_new();
	char *zeros = calloc(1, len + 1);

	assert_non_null(zeros);
	assert_int_equal(set_form(archive, form), ARCHIVE_OK);
	assert_int_equal(archive_write_open_filename(archive, "archive"), ARCHIVE_OK);
	add_member(archive, &member, zeros, len);
	assert_int_equal(archive_write_close(archive), ARCHIVE_OK);
	archive_write_free(archive);
	free(zeros);
}

/* ---- unpacking them ---- */

static enum extract_part
wants_w(const char *path)
{
	if (strstr(path, "head") != NULL)
		return EXTRACT_HEAD;
	return strchr(path, 'w') != NULL ? EXTRACT_WHOLE : EXTRACT_NOTHING;
}

struct outcome {
	struct pool pool;
	struct extract extract;
	struct error err;
	int status;
};

static const struct extract_limits usual = {
    .entries = 1000, .file_bytes = 1 << 20, .total_bytes = 4 << 20, .ratio = 200};

/* Unpacks ./archive into a fresh ./out. */
static void
unpack(struct outcome *outcome, const struct extract_limits *limits)
{
	assert_int_equal(system("rm -rf out; mkdir out"), 0);
	*outcome = (struct outcome){.extract = {.archive = "archive",
					.directory = "out",
					.limits = *limits,
					.wanted = wants_w}};
	outcome->status = extract_archive(&outcome->extract, &outcome->pool, &outcome->err);
}

/* What there is below ./out now, a line each, sorted. */
static const char *
listing(struct pool *pool)
{
	FILE *list = popen("cd out && find . -mindepth 1 \\( -type d -printf '%P/\\n' -o -printf "
			   "'%P %m\\n' \\) | LC_ALL=C sort", "r");
	char text[4096] = "";
	size_t len = fread(text, 1, sizeof(text) - 1, list);

	assert_int_equal(pclose(list), 0);
	return pool_strndup(pool, text, len);
}

static void
test_every_form(void **state)
{
	static const struct member members[] = {
	    {".", 'd', ""},
	    {"./", 'd', ""},
	    {"w1/", 'd', ""},
	    {"../w", 'd', ""},
	    {"w1/a/w", 'f', "first"},
	    {"w1/x", 'f', "and w"},
	    {"plain", 'f', "nobody wants this"},
	    {"./w2", 'f', "second"},
	    {"w1/a/b/w", 'f', ""},
	};

	(void)state;
	for (enum form form = 0; form < FORMS; form++) {
		struct outcome outcome;

		pack(form, members, COUNT(members));
		unpack(&outcome, &usual);
		if (outcome.status < 0)
			fail_msg("form %d: %s", form, outcome.err.msg);
		assert_string_equal(listing(&outcome.pool),
		    "w1/\nw1/a/\nw1/a/b/\nw1/a/b/w 600\nw1/a/w 600\nw1/x 600\nw2 600\n");
		assert_file("out/w1/a/w", "first");
		assert_file("out/w2", "second");
		assert_int_equal(outcome.extract.refused.count, 0);
		pool_release(&outcome.pool);
	}
}

/* What could lead elsewhere is not taken, and nothing of it is anywhere. */
static void
test_hostile_names(void **state)
{
	static const char *const names[] = {
	    "../w", "w/../../w", "/w", "//w", "a//w", "w/.", "./../w", "a/./w", "..", "w\\..\\..\\w",
	    "\\w", "a/w\nb", "w\033[31m", "w\177", "a/b/c/d/e/f/g/h/w",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		const struct member members[] = {{names[i], 'f', "evil"}, {"good-w", 'f', "good"}};

		for (enum form form = 0; form < FORMS; form++) {
			struct outcome outcome;

			pack(form, members, COUNT(members));
			unpack(&outcome, &usual);
			assert_int_equal(outcome.status, 0);
			if (strcmp(listing(&outcome.pool), "good-w 600\n") != 0)
				fail_msg("%s is taken as %s", names[i], listing(&outcome.pool));
			assert_int_equal(outcome.extract.refused.count, 1);
			assert_string_equal(outcome.extract.refused.items[0].why,
			    "holds 1 entries whose names cannot be trusted, which are not unpacked");
			pool_release(&outcome.pool);
		}
	}
	assert_int_equal(file_count(), 2);
}

static void
test_other_types(void **state)
{
	static const struct {
		struct member member;
		const char *why;
	} cases[] = {
	    {{"w", 'l', "/etc/passwd"}, "is a symbolic link in the archive, which is not followed"},
	    {{"w", 'l', "good-w"}, "is a symbolic link in the archive, which is not followed"},
	    {{"w", 'h', "good-w"}, "is a link in the archive, which is not followed"},
	    {{"w", 'i', ""}, "is no regular file in the archive"},
	    {{"w", 'c', ""}, "is no regular file in the archive"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		/* What comes behind a link does not go through it. */
		const struct member members[] = {{"good-w", 'f', "good"}, cases[i].member,
		    {"w/w", 'f', "behind"}};
		struct outcome outcome;

		pack(TAR, members, COUNT(members));
		unpack(&outcome, &usual);
		assert_int_equal(outcome.status, 0);
		assert_string_equal(listing(&outcome.pool), "good-w 600\nw/\nw/w 600\n");
		assert_int_equal(outcome.extract.refused.count, 1);
		assert_string_equal(outcome.extract.refused.items[0].what, "w");
		assert_string_equal(outcome.extract.refused.items[0].why, cases[i].why);
		pool_release(&outcome.pool);
	}
}

static void
test_twice(void **state)
{
	static const struct member members[] = {{"w", 'f', "first"}, {"w", 'f', "second"},
	    {"w/w", 'f', "below a file"}, {"a/w", 'f', "x"}, {"a", 'f', "no w"}, {"aw/w", 'f', "x"},
	    {"aw", 'f', "a file where a directory is"}};

	(void)state;
	for (enum form form = 0; form < FORMS; form++) {
		struct outcome outcome;

		pack(form, members, COUNT(members));
		unpack(&outcome, &usual);
		assert_int_equal(outcome.status, 0);
		assert_file("out/w", "first");
		assert_string_equal(
		    listing(&outcome.pool), "a/\na/w 600\naw/\naw/w 600\nw 600\n");
		assert_int_equal(outcome.extract.refused.count, 3);
		assert_string_equal(outcome.extract.refused.items[0].why,
		    "is in the archive more than once: nobody knows which one counts");
		pool_release(&outcome.pool);
	}
}

static void
test_limits(void **state)
{
	static const struct {
		size_t bytes;
		struct extract_limits limits;
		const char *message, *refused;
	} cases[] = {
	    {1 << 20, {10, 1 << 20, 4 << 20, 2000}, NULL, NULL},
	    {(1 << 20) + 1, {10, 1 << 20, 4 << 20, 2000}, NULL,
		"is larger than 1.0 MB (--max-file allows more)"},
	    {(1 << 20) + 1, {10, 2 << 20, 1 << 20, 2000},
		"cannot read 'archive': its files unpack to more than 1.0 MB (--max-flare allows "
		"more)",
		NULL},
	    {17000000, {10, 20 << 20, 20 << 20, 2000}, NULL, NULL},
	    {17000000, {10, 20 << 20, 20 << 20, 100},
		"cannot read 'archive': it unpacks to more than 100 times its size (--max-ratio "
		"allows more)",
		NULL},
	};
	static const enum form forms[] = {ZIP, TAR_GZ, TAR_ZST};

	(void)state;
	for (size_t i = 0; i < COUNT(forms) * COUNT(cases); i++) {
		size_t which = i / COUNT(forms);
		struct outcome outcome;

		/* Zstandard packs the same zeros ten times better than Deflate can. */
		if (forms[i % COUNT(forms)] == TAR_ZST && which == 3)
			continue;
		pack_zeros(forms[i % COUNT(forms)], "w", cases[which].bytes);
		unpack(&outcome, &cases[which].limits);
		assert_int_equal(outcome.status, cases[which].message != NULL ? -1 : 0);
		if (cases[which].message != NULL)
			assert_string_equal(outcome.err.msg, cases[which].message);
		assert_int_equal(outcome.extract.refused.count, cases[which].refused != NULL);
		if (cases[which].refused != NULL)
			assert_string_equal(
			    outcome.extract.refused.items[0].why, cases[which].refused);
		if (cases[which].refused != NULL)
			assert_string_equal(listing(&outcome.pool), "");
		pool_release(&outcome.pool);
	}
}

/* What nobody wants costs time all the same. */
static void
test_passing_over(void **state)
{
	struct extract_limits limits = usual;
	struct outcome outcome;

	(void)state;
	limits.total_bytes = 10 << 20;
	pack_zeros(TAR_GZ, "logs", 30 << 20);
	unpack(&outcome, &limits);
	assert_int_equal(outcome.status, 0);
	pool_release(&outcome.pool);
	pack_zeros(TAR_GZ, "logs", 60 << 20);
	unpack(&outcome, &limits);
	assert_int_equal(outcome.status, -1);
	assert_string_equal(outcome.err.msg,
	    "cannot read 'archive': with what is passed over it unpacks to several times 10.0 MB "
	    "(--max-flare allows more)");
	pool_release(&outcome.pool);
	/* A zip's own directory tells how to get past it. */
	pack_zeros(ZIP, "logs", 60 << 20);
	unpack(&outcome, &limits);
	assert_int_equal(outcome.status, 0);
	pool_release(&outcome.pool);
}

/* What is only looked at takes no room, however long it is. */
static void
test_head(void **state)
{
	static const enum form forms[] = {ZIP, ZIP_STORED, TAR, TAR_GZ, TAR_ZST, PAX};
	struct extract_limits limits = {10, 1000, 1 << 20, 10};

	(void)state;
	for (size_t i = 0; i < COUNT(forms); i++) {
		struct outcome outcome;
		struct stat st;

		pack_zeros(forms[i], "head", 3 << 20);
		unpack(&outcome, &limits);
		if (outcome.status < 0)
			fail_msg("form %d: %s", forms[i], outcome.err.msg);
		assert_int_equal(stat("out/head", &st), 0);
		assert_int_equal(st.st_size, 3 << 20);
		assert_true(st.st_blocks * 512 <= 16384);
		pool_release(&outcome.pool);
	}
}

static void
test_entries(void **state)
{
	struct member members[102];
	struct extract_limits limits = usual;
	struct outcome outcome;

	(void)state;
	limits.entries = 101;
	for (size_t i = 0; i < COUNT(members); i++)
		members[i] = (struct member){"w", 'l', "x"};
	for (enum form form = 0; form < FORMS; form++) {
		pack(form, members, COUNT(members) - 1);
		unpack(&outcome, &limits);
		assert_int_equal(outcome.status, 0);
		pool_release(&outcome.pool);
		pack(form, members, COUNT(members));
		unpack(&outcome, &limits);
		assert_int_equal(outcome.status, -1);
		assert_string_equal(outcome.err.msg, "cannot read 'archive': it holds more than "
						     "101 entries (--max-entries allows more)");
		pool_release(&outcome.pool);
	}
}

/* However many are refused, a hundred are told of. */
static void
test_many_refused(void **state)
{
	enum { MANY = 300 };
	struct pool pool = {0};
	struct member members[MANY];
	struct outcome outcome;

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		members[i] = (struct member){pool_printf(&pool, "w%zu", i), 'l', "x"};
	pack(TAR, members, MANY);
	unpack(&outcome, &usual);
	assert_int_equal(outcome.status, 0);
	assert_int_equal(outcome.extract.refused.count, 101);
	assert_string_equal(outcome.extract.refused.items[100].why, "holds 200 more such files");
	pool_release(&outcome.pool);
	pool_release(&pool);
}

/* Of an archive that is cut nothing is believed, wherever that is. */
static void
test_cut(void **state)
{
	static const struct member members[] = {{"w1", 'f', "first"}, {"w2", 'f', "second"}};

	(void)state;
	for (enum form form = 0; form < FORMS; form++) {
		struct stat st;

		pack(form, members, COUNT(members));
		assert_int_equal(stat("archive", &st), 0);
		/* Behind its last file a tar has zeros up to 10240 bytes. */
		int is_tar = form == TAR || form == PAX;

		for (off_t len = is_tar ? 2047 : st.st_size - 1; len >= 0; len -= is_tar ? 73 : 3) {
			struct outcome outcome;

			assert_int_equal(truncate("archive", len), 0);
			unpack(&outcome, &usual);
			if (outcome.status == 0)
				fail_msg("form %d: %jd of %jd bytes are enough", form,
				    (intmax_t)len, (intmax_t)st.st_size);
			assert_non_null(strstr(outcome.err.msg, "cannot read 'archive': "));
			pool_release(&outcome.pool);
		}
	}
}

/* A byte that is another one may go unnoticed in a name, but never in what is taken of a zip. */
static void
test_flipped(void **state)
{
	static const struct member members[] = {{"w", 'f', "twelve bytes"}};
	struct stat st;

	(void)state;
	pack(ZIP_STORED, members, COUNT(members));
	assert_int_equal(stat("archive", &st), 0);
	for (off_t at = 0; at < st.st_size; at += 2) {
		struct outcome outcome;
		FILE *file;
		int c;

		pack(ZIP_STORED, members, COUNT(members));
		file = fopen("archive", "r+");
		assert_int_equal(fseek(file, at, SEEK_SET), 0);
		c = fgetc(file);
		assert_int_equal(fseek(file, at, SEEK_SET), 0);
		fputc(c ^ 1, file);
		fclose(file);
		unpack(&outcome, &usual);
		if (outcome.status == 0 && access("out/w", F_OK) == 0)
			assert_file("out/w", "twelve bytes");
		pool_release(&outcome.pool);
	}
}

/* Changes one byte of ./archive, `at` bytes behind the first such signature. */
static void
change(const char *signature, size_t at, int bits)
{
	char bytes[4096];
	FILE *file = fopen("archive", "r+");
	size_t len = fread(bytes, 1, sizeof(bytes), file);
	char *found = memmem(bytes, len, signature, 4);

	assert_non_null(found);
	assert_int_equal(fseek(file, found - bytes + (long)at, SEEK_SET), 0);
	fputc(found[at] ^ bits, file);
	assert_int_equal(fclose(file), 0);
}

/* A zip that tells the one and the other is another one to other programs. */
static void
test_contradiction(void **state)
{
	static const struct member members[] = {{"w", 'f', "first"}, {"x", 'f', "second"}};
	static const struct {
		const char *signature;
		size_t at;
		int bits;
		const char *why;
	} cases[] = {
	    {"PK\3\4", 30, 1, "a file has two names in it"},
	    {"PK\1\2", 46, 1, "a file has two names in it"},
	    {"PK\3\4", 8, 8, "a file is packed in two ways in it"},
	    {"PK\1\2", 8, 1, "a file is packed in two ways in it"},
	    {"PK\1\2", 20, 1, "a file has two sizes in it"},
	    {"PK\1\2", 24, 1, "a file has two sizes in it"},
	    {"PK\1\2", 42, 1, "a file is not where its directory says"},
	    {"PK\1\2", 45, 1, "a file is not where its directory says"},
	    {"PK\1\2", 28, 2, "a file has two names in it"},
	    {"PK\1\2", 29, 1, "its directory is cut"},
	    {"PK\5\6", 4, 1, "it is one of several parts"},
	    {"PK\5\6", 8, 1, "it is one of several parts"},
	    {"PK\5\6", 12, 1, "its directory is not where it says"},
	    {"PK\5\6", 16, 1, "its directory is not where it says"},
	    {"PK\5\6", 20, 1, "it does not end where it says"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct outcome outcome;

		pack(ZIP_STORED, members, COUNT(members));
		change(cases[i].signature, cases[i].at, cases[i].bits);
		unpack(&outcome, &usual);
		if (outcome.status == 0)
			fail_msg("case %zu: taken", i);
		if (strstr(outcome.err.msg, cases[i].why) == NULL)
			fail_msg("case %zu: %s", i, outcome.err.msg);
		assert_string_equal(listing(&outcome.pool), "");
		pool_release(&outcome.pool);
	}
}

/* The count alone, which libarchive does not look at. */
static void
test_count(void **state)
{
	static const struct member members[] = {{"w", 'f', "1"}, {"x", 'f', "2"}};
	static const struct {
		int bits;
		const char *why;
	} cases[] = {{3, "its directory has more entries than it says"},
	    {1, "its directory has less entries than it says"}};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct outcome outcome;

		pack(ZIP, members, COUNT(members));
		change("PK\5\6", 8, cases[i].bits);
		change("PK\5\6", 10, cases[i].bits);
		unpack(&outcome, &usual);
		assert_int_equal(outcome.status, -1);
		assert_non_null(strstr(outcome.err.msg, cases[i].why));
		pool_release(&outcome.pool);
	}
}

/* A tar's end is looked for wherever it is packed, and nothing may be behind it. */
static void
test_end_of_tar(void **state)
{
	static const char cut[] = "the archive is cut: it has no end (transfer it again)",
			  more[] = "the archive is cut or damaged: there is more behind its end "
				   "(transfer it again)";
	static const struct {
		const char *make, *message;
	} cases[] = {
	    {"PACK <tar >archive", NULL},
	    {"(head -c 700 tar | PACK; tail -c +701 tar | PACK) >archive", NULL},
	    {"head -c 2560 tar | PACK >archive", NULL},
	    {"(cat tar; head -c 100000 /dev/zero) | PACK >archive", NULL},
	    {"head -c 2048 tar | PACK >archive", cut},
	    {"head -c 1024 tar | PACK >archive", cut},
	    {"cat tar tar | PACK >archive", more},
	    {"(cat tar; echo) | PACK >archive", more},
	    {"(head -c 3072 tar; cat tar) | PACK >archive", more},
	};
	static const char *const packers[] = {"cat", "gzip", "zstd -q"};

	(void)state;
	/* The second one, should it be cut off, could be taken for an end. */
	assert_int_equal(system("mkdir s; echo x >s/w1; head -c 512 /dev/zero >s/w2; "
				"tar cf tar -C s w1 w2"), 0);
	for (size_t i = 0; i < COUNT(packers) * COUNT(cases); i++) {
		const char *message = cases[i / COUNT(packers)].message;
		struct outcome outcome;
		struct pool pool = {0};

		assert_int_equal(setenv("PACKER", packers[i % COUNT(packers)], 1), 0);
		assert_int_equal(system(pool_printf(&pool, "PACK() { $PACKER; }; %s",
				     cases[i / COUNT(packers)].make)), 0);
		unpack(&outcome, &usual);
		if ((outcome.status == 0) != (message == NULL) ||
		    (message != NULL && strstr(outcome.err.msg, message) == NULL))
			fail_msg("%s: %s: %s", packers[i % COUNT(packers)],
			    cases[i / COUNT(packers)].make, outcome.err.msg);
		pool_release(&outcome.pool);
		pool_release(&pool);
	}
}

/* What a packing cannot be read of is no end. */
static void
test_behind_packing(void **state)
{
	static const char *const makes[] = {
	    "(gzip <tar; echo) >archive",
	    "(gzip <tar; gzip <tar | tail -c +2) >archive",
	    "(gzip <tar; head -c 512 /dev/zero) >archive",
	    "(zstd -q <tar; echo) >archive",
	    "(zstd -q <tar; zstd -q <tar | tail -c +2) >archive",
	};

	(void)state;
	assert_int_equal(system("echo x >w; tar cf tar w"), 0);
	for (size_t i = 0; i < COUNT(makes); i++) {
		struct outcome outcome;

		assert_int_equal(system(makes[i]), 0);
		unpack(&outcome, &usual);
		if (outcome.status == 0)
			fail_msg("%s", makes[i]);
		assert_non_null(strstr(outcome.err.msg, "cannot read 'archive': "));
		pool_release(&outcome.pool);
	}
}

static void
test_no_archive(void **state)
{
	static const struct {
		const char *make, *message;
	} cases[] = {
	    {": >archive", "it is empty (0 bytes): transfer it again"},
	    {"echo text >archive", "it is no archive that flareprof reads "
				   "(.zip, .tar, .tar.gz, .tgz, .tar.zst)"},
	    {"head -c 100000 /dev/zero >archive", "it is no archive that flareprof reads "
						  "(.zip, .tar, .tar.gz, .tgz, .tar.zst)"},
	    {"echo text | gzip >archive", "it is cut or damaged, or there is no tar in it"},
	    {"printf 'PK\\003\\004' >archive",
		"the zip archive is cut or damaged: it has no directory at its end "
		"(transfer it again)"},
	    {"mkdir d; touch d/w; tar c d | gzip | gzip >archive",
		"it is compressed more than once"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct outcome outcome;
		const char *message;

		assert_int_equal(system(cases[i].make), 0);
		unpack(&outcome, &usual);
		message = pool_printf(&outcome.pool, "cannot read 'archive': %s", cases[i].message);
		assert_int_equal(outcome.status, -1);
		assert_string_equal(outcome.err.msg, message);
		pool_release(&outcome.pool);
	}
}

static void
test_encrypted(void **state)
{
	static const struct member members[] = {{"w", 'f', "secret"}, {"x", 'f', "unwanted"}};
	struct archive *archive;
	struct outcome outcome;

	(void)state;
	for (int i = 0; i < 2; i++) {
		archive = archive_write_new();
		assert_int_equal(archive_write_set_format_zip(archive), ARCHIVE_OK);
		assert_int_equal(
		    archive_write_set_options(archive, "zip:encryption=zipcrypt"), ARCHIVE_OK);
		assert_int_equal(archive_write_set_passphrase(archive, "sesame"), ARCHIVE_OK);
		assert_int_equal(archive_write_open_filename(archive, "archive"), ARCHIVE_OK);
		add_member(archive, &members[i], members[i].text, strlen(members[i].text));
		assert_int_equal(archive_write_close(archive), ARCHIVE_OK);
		archive_write_free(archive);
		unpack(&outcome, &usual);
		assert_int_equal(outcome.status, i == 0 ? -1 : 0);
		if (i == 0)
			assert_string_equal(outcome.err.msg,
			    "cannot read 'archive': it is encrypted: extract it with its password, "
			    "and name the directory");
		pool_release(&outcome.pool);
	}
}

/* A signal that is held back ends a long job. */
static void
test_interrupted(void **state)
{
	struct outcome outcome;
	sigset_t held, old;

	(void)state;
	signal(SIGTERM, SIG_DFL);
	sigemptyset(&held);
	sigaddset(&held, SIGTERM);
	sigprocmask(SIG_BLOCK, &held, &old);
	pack_zeros(TAR_GZ, "w", 1000000);
	raise(SIGTERM);
	unpack(&outcome, &usual);
	signal(SIGTERM, SIG_IGN); /* which takes it away */
	signal(SIGTERM, SIG_DFL);
	sigprocmask(SIG_SETMASK, &old, NULL);
	assert_int_equal(outcome.status, -1);
	assert_int_equal(outcome.err.signal, SIGTERM);
	pool_release(&outcome.pool);
}

static void
test_no_room(void **state)
{
	static const struct member members[] = {{"a/w", 'f', "x"}};
	struct outcome outcome;

	(void)state;
	pack(TAR, members, COUNT(members));
	outcome = (struct outcome){.extract = {.archive = "archive",
				       .directory = "/proc",
				       .limits = usual,
				       .wanted = wants_w}};
	assert_int_equal(extract_archive(&outcome.extract, &outcome.pool, &outcome.err), -1);
	assert_non_null(strstr(outcome.err.msg, "cannot write to '/proc': "));
	outcome.extract.directory = "missing";
	assert_int_equal(extract_archive(&outcome.extract, &outcome.pool, &outcome.err), -1);
	assert_string_equal(outcome.err.msg, "cannot open 'missing': No such file or directory");
	pool_release(&outcome.pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_PLAYGROUND(test_every_form),
	    IN_PLAYGROUND(test_hostile_names),
	    IN_PLAYGROUND(test_other_types),
	    IN_PLAYGROUND(test_twice),
	    IN_PLAYGROUND(test_limits),
	    IN_PLAYGROUND(test_passing_over),
	    IN_PLAYGROUND(test_head),
	    IN_PLAYGROUND(test_entries),
	    IN_PLAYGROUND(test_many_refused),
	    IN_PLAYGROUND(test_cut),
	    IN_PLAYGROUND(test_flipped),
	    IN_PLAYGROUND(test_contradiction),
	    IN_PLAYGROUND(test_count),
	    IN_PLAYGROUND(test_end_of_tar),
	    IN_PLAYGROUND(test_behind_packing),
	    IN_PLAYGROUND(test_no_archive),
	    IN_PLAYGROUND(test_encrypted),
	    IN_PLAYGROUND(test_interrupted),
	    IN_PLAYGROUND(test_no_room),
	};

	return cmocka_run_group_tests_name("extract", tests, NULL, NULL);
}
