/* flareprof: judge the profiles of a Datadog Agent flare. The table of contents. */
#include "batch.h"
#include "buf.h"
#include "error.h"
#include "options.h"
#include "outcome.h"
#include "output.h"
#include "pool.h"
#include "secret.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

/* The one place that tells of an error. What a flare put into it is made harmless. */
static int
complain(const struct error *err)
{
	struct span rest = {err->msg, strlen(err->msg)}, line;
	struct secrets secrets = {0};
	struct pool pool = {0};
	struct buf text = {0};

	while (text_line(&rest, &line)) {
		buf_puts(&text, secrets_masked(&secrets, &pool, text_clean(&pool, line)));
		buf_putc(&text, '\n');
	}
	fprintf(stderr, "flareprof: %s", buf_text(&text));
	buf_release(&text);
	pool_release(&pool);
	secrets_close(&secrets);
	return err->exit_code != 0 ? err->exit_code : ERROR_EXIT_NO_REPORT;
}

static int
print(const char *text)
{
	struct error err = {0};

	return output_write("-", text, strlen(text), &err) < 0 ? complain(&err) : 0;
}

/* What is wrong with single flares. The table tells it too, where it is printed. */
static int
complain_of_flares(const struct batch *batch, int silently)
{
	struct error err;
	int status = 0;

	for (size_t i = 0; i < batch->count; i++) {
		const struct outcome *outcome = &batch->outcomes[i];

		if (outcome->exit_code == 0)
			continue;
		status = batch->count > 1 ? ERROR_EXIT_NO_REPORT : outcome->exit_code;
		if (silently)
			continue;
		err = (struct error){0};
		fail(&err, "%s", outcome->finding);
		complain(&err);
	}
	return status;
}

static int
is_any_not_normal(const struct batch *batch)
{
	for (size_t i = 0; i < batch->count; i++) {
		if (batch->outcomes[i].verdict != VERDICT_NORMAL)
			return 1;
	}
	return 0;
}

/* All flares of the call, from their paths to the exit status. */
static int
run(const struct options *options)
{
	const struct outcome_look look = {options->width, options->colour};
	struct batch batch = {0};
	struct error err = {0};
	struct buf table = {0};
	int with_table = options->flare_count > 1 && !options->quiet &&
			 (options->json == NULL || strcmp(options->json, "-") != 0);
	int status;

	if (batch_run(&batch, options, &err) < 0 ||
	    (with_table &&
		outcome_table(batch.outcomes, batch.count, &batch.knowledge.templates, &look,
		    &table, &err) < 0) ||
	    (with_table && output_write("-", table.data, table.len, &err) < 0))
		status = complain(&err);
	else
		status = complain_of_flares(&batch, with_table);
	/* A failure outweighs a verdict. */
	if (status == 0 && options->exit_code && is_any_not_normal(&batch))
		status = ERROR_EXIT_NOT_NORMAL;
	buf_release(&table);
	batch_close(&batch);
	return status;
}

int
main(int argc, char **argv)
{
	struct options options;
	struct error err = {0};

	output_guard_standard();
	if (options_parse(&options, argc, argv, &err) < 0)
		return complain(&err);
	if (options.mode == OPTIONS_HELP)
		return print(options_usage());
	if (options.mode == OPTIONS_VERSION)
		return print("flareprof " VERSION "\n");
	return run(&options);
}
