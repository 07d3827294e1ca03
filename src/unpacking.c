#include "unpacking.h"

#include "error.h"
#include "extract.h"
#include "file.h"
#include "job.h"
#include "pool.h"
#include "proc.h"
#include "sandbox.h"

#include <cjson/cJSON.h>
#include <string.h>
#include <unistd.h>

enum { ANSWER_LIMIT = 1 << 20 };

/* AddressSanitizer's own memory counts as data, and is larger than any limit. */
#ifdef __SANITIZE_ADDRESS__
enum { MEMORY = 0 };
#else
enum { MEMORY = 256 << 20 };
#endif

#define SECOND ((int64_t)1000000000)

/* ---- in the child ---- */

static void
add_gap(cJSON *list, const struct gap *gap)
{
	cJSON *item = cJSON_CreateObject();

	cJSON_AddStringToObject(item, "what", gap->what);
	cJSON_AddStringToObject(item, "why", gap->why);
	cJSON_AddItemToArray(list, item);
}

/* Extracts, and prints what came of it. Nothing is freed: the process ends. */
static int
extract_here(void *data)
{
	struct extract *extract = data;
	struct error err = {0};
	struct pool pool = {0};
	cJSON *answer = cJSON_CreateObject();
	int status = extract_archive(extract, &pool, &err);
	cJSON *refused = cJSON_AddArrayToObject(answer, "refused");
	char *text;

	if (status < 0)
		cJSON_AddStringToObject(answer, "error", err.msg);
	for (size_t i = 0; i < extract->refused.count; i++)
		add_gap(refused, &extract->refused.items[i]);
	text = cJSON_PrintUnformatted(answer);
	return text != NULL && file_write_to(STDOUT_FILENO, text, strlen(text)) == 0 ? 0 : 1;
}

/* ---- here ---- */

static const char *
text_of(const cJSON *object, const char *key)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
}

/* Takes the child's word for what it says alone: what there is to read is below its directory. */
static int
take_answer(struct extract *extract, struct pool *pool, const cJSON *answer, struct error *err)
{
	const char *error = text_of(answer, "error");
	const cJSON *item;

	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(answer, "refused"))
	{
		const char *what = text_of(item, "what"), *why = text_of(item, "why");

		if (what != NULL && why != NULL)
			gap_add(&extract->refused, pool, what, "%s", why);
	}
	return error == NULL ? 0 : fail(err, "%s", error);
}

static int
read_answer(struct extract *extract, struct pool *pool, const struct job *job, struct error *err)
{
	cJSON *answer = NULL;
	struct buf why = {0};
	int status;

	if (job->ending == JOB_EXITED && job->code == 0)
		answer = cJSON_ParseWithLength(buf_text(&job->output), job->output.len);
	if (cJSON_IsObject(answer)) {
		status = take_answer(extract, pool, answer, err);
	} else {
		job_explain(job, &why);
		status = fail(err, "cannot read '%s': unpacking it %s", extract->archive,
		    buf_text(&why));
	}
	cJSON_Delete(answer);
	buf_release(&why);
	return status;
}

int
unpacking_run(struct extract *extract, struct pool *pool, const struct unpacking_place *place,
    struct error *err)
{
	const char *const files[] = {extract->archive, NULL};
	struct sandbox_rules rules = {
	    .sandbox = place->sandbox,
	    .directory = extract->directory,
	    .files = files,
	    .memory_bytes = MEMORY,
	    .file_bytes = INT64_MAX, /* what extract sees to; a hole costs nothing */
	    .cpu_seconds = place->timeout_ns / SECOND + 1,
	};
	struct job job = {
	    .function = extract_here,
	    .data = extract,
	    .directory = ".",
	    .output_limit = ANSWER_LIMIT,
	    .timeout_ns = place->timeout_ns,
	    .rules = &rules,
	};
	int status = proc_run(&job, 1, 1, NULL, err);

	if (status == 0)
		status = read_answer(extract, pool, &job, err);
	job_release(&job, 1);
	return status;
}
