# The documents: every command in them runs, every sample is what is printed, what they name is there.

load helpers

docs_of() { # TREE COMMAND [ARGUMENT...]
	"$PYTHON" -I "$root/tests/docs.py" "$@"
}

docs() { # COMMAND [ARGUMENT...]
	docs_of "$root" "$@"
}

# Makes ./tree, the source tree as somebody has it who has built it, and beside it what a newcomer
# has: an archive, a few flares, a home.
make_place() {
	local build entry

	build=$(dirname "$FLAREPROF")
	mkdir -p tree/build/asan home stubs
	for entry in "$root"/*; do
		[[ ${entry##*/} =~ ^(build|fixtures|investigations)$ ]] || cp -a "$entry" tree/
	done
	ln -s "$root/fixtures" tree/
	cp -a "$build"/*.o "$build/flareprof" tree/build/
	cp -a "$build"/{flareprof,test_verdict} tree/build/asan/
	# Where it was built to be installed is where it is installed.
	echo /usr/local/share/flareprof >tree/build/prefix
	touch -r "$build/prefix" tree/build/prefix
	(cd "$flares/leak" && "$PYTHON" -I -m zipfile -c \
		"$OLDPWD/tree/datadog-agent-2026-11-23T15-54-42Z-info.zip" ./*/)
	mkdir tree/flares
	mv "$(copy_flare healthy-idle)" tree/flares/4711-a
	mv "$(copy_flare leak)" tree/flares/4711-b
	mv "$(copy_flare python-cpu)" tree/flares/4712
	mv "$(copy_flare leak)" tree/flares/4713
	rm -r tree/flares/4713/profiles
	# shellcheck disable=SC2016 # for the stub
	printf '#!/bin/sh\nexec "$@"\n' >stubs/sudo
	printf '#!/bin/sh\necho nothing is installed by a test >&2\nexit 1\n' >stubs/apt-get
	chmod +x stubs/*
}

# As in a shell of somebody who knows nothing of these tests. What is installed is in ./root.
as_newcomer() { # COMMAND...
	local path

	path=$(tr : '\n' <<<"$PATH" | grep -v bats-core | paste -sd :)
	env -i HOME="$PWD/home" PATH="$PWD/stubs:$PWD/root/usr/local/bin:$path" DESTDIR="$PWD/root" \
		TMPDIR="${TMPDIR:-/tmp}" LC_ALL=C.UTF-8 GOCACHE="$GOCACHE" ASAN_OPTIONS="$ASAN_OPTIONS" \
		UBSAN_OPTIONS="$UBSAN_OPTIONS" SLURM_ARRAY_TASK_ID=1 "$@"
}

@test "docs: every command runs, every sample is printed, what is named is there" {
	make_place
	as_newcomer "$PYTHON" -I "$root/tests/docs.py" "$root" run "$PWD/tree"
	docs names "$FLAREPROF" "$PWD"
	[ -x root/usr/local/bin/flareprof ]
}

@test "docs: each exception is needed" {
	docs listed
}

@test "docs: the table of options is that of --help" {
	docs options "$FLAREPROF"
}

@test "docs: links, modules, and one page" {
	docs links
	docs modules
	docs longest
}

@test "docs: the checks see what is wrong" {
	local change document check telling

	while IFS=@ read -r check document change telling; do
		rm -rf copy
		mkdir copy
		ln -s "$root"/* copy/
		sed --in-place=.before "$change" "copy/$document"
		! cmp -s "$root/$document" "copy/$document" || wrong "$change changes nothing"
		case $check in
		names) run docs_of copy names "$FLAREPROF" "$PWD" ;;
		options) run docs_of copy options "$FLAREPROF" ;;
		*) run docs_of copy "$check" ;;
		esac
		[ "$status" -ne 0 ] || wrong "$check does not see $change"
		contains "$output" "$telling"
	done <<-'END'
		links@README.md@s/(SECURITY.md)/(SAFETY.md)/@SAFETY.md
		options@README.md@s/`--top N`/`--tip N`/@--tip
		options@README.md@/^| `--go PATH`/d@--go
		options@README.md@s/`--go PATH`/`--go FILE`/@FILE
		modules@CONTRIBUTING.md@s/`advice`, //@advice
		modules@CONTRIBUTING.md@s/`advice`/`advise`/@advise
		listed@CONTRIBUTING.md@s/`scripts\/fuzz 60 status`/fuzz/@scripts/fuzz 60 status
		names@SECURITY.md@s/`src\/zip.c`/`src\/zap.c`/@zap.c
		names@README.md@s/`FLAREPROF_TEMPLATES`/`FLAREPROF_TEMPLATE_DIR`/@FLAREPROF_TEMPLATE_DIR
		names@README.md@s/`sign_words.mustache`/`sign_word.mustache`/@sign_word.mustache
		names@README.md@s/{{#verdict.name_is_normal}}/{{#verdict.name_is_fine}}/@name_is_fine
		names@README.md@s/(`--json PATH`/(`--jason PATH`/@--jason
	END
}

# Three documents, of which the first has this in it.
run_document() { # TEXT
	rm -rf documents
	mkdir documents
	touch documents/{CONTRIBUTING,SECURITY}.md
	printf '%b' "$1" >documents/README.md
	run docs_of documents run "$PWD"
}

@test "docs: a command that fails, and a sample that is not printed" {
	local good bad sample='<!-- sample: seq 1 3; echo go1.19.8 -->\n'

	for good in '```sh\ntrue\n```\n' "$sample"'```\n1\n2 3\ngo1.27\n```\n' "$sample"'> 1\n> [...] 3\n\n' \
		'`flareprof`\n' '```sh\nscripts/test\n```\n'; do
		run_document "$good"
		equal "status for $good ($output)" "$status" 0
	done
	for bad in '```sh\nfalse\ntrue\n```\n' '`scripts/nothing`\n' 'a `make\nnothing`\n' '```\n1\n```\n' \
		"$sample"'```\n1\n3\n```\n' "$sample"'> 3\n> [...] 1\n\n' "$sample"'```\n1\n' '```sh\ntrue\n'; do
		run_document "$bad"
		[ "$status" -ne 0 ] || wrong "nothing is wrong with $bad"
	done
}
