/* flareprof: judge the profiles of a Datadog Agent flare. The table of contents. */
#include "advice.h"
#include "buf.h"
#include "component.h"
#include "error.h"
#include "evidence.h"
#include "file.h"
#include "flare.h"
#include "model.h"
#include "options.h"
#include "pool.h"
#include "proc.h"
#include "render.h"
#include "scratch.h"
#include "templates.h"
#include "text.h"
#include "toolchain.h"
#include "verdict.h"
#include "words.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

static void
say(const char *text)
{
	fprintf(stderr, "flareprof: %s\n", text);
}

static void
say_nothing(const char *text)
{
	(void)text;
}

/* From the evidence to the written files. */
static int
conclude(const struct evidence *evidence, const struct options *options, struct pool *pool,
    enum verdict_name *name, struct error *err)
{
	struct verdict verdict = {0};
	struct advice_list advice = {0};
	struct components components = {0};
	struct templates templates = {0};
	struct span text = {0};
	cJSON *model = NULL;
	int status = -1;

	if (templates_find(&templates, pool, options->templates, err) < 0 ||
	    templates_read(&templates, "components.json", &text, err) < 0)
		goto out;
	if (components_open(&components, pool, text, err) < 0) {
		fail_while(err, "cannot use '%s/components.json'", templates.directory);
		goto out;
	}
	verdict_judge(&verdict, pool, evidence, &options->thresholds);
	advice_give(&advice, pool, &verdict, evidence, &components);
	model = model_build(&(struct model_input){pool, evidence, &verdict, &advice, options->top,
	    options->customer, options->ticket, options->now});
	if (words_fill(model, &templates, err) < 0)
		goto out;
	status = render_outputs(model, &templates,
	    &(struct render_outputs){
		options->output, options->json, !options->quiet, options->colour},
	    err);
	*name = verdict.name;
out:
	cJSON_Delete(model);
	components_close(&components);
	return status;
}

/* Everything that takes programs: they run in a private directory, which is gone again before
 * a signal that came meanwhile may end us. */
static int
gather(struct evidence *evidence, struct toolchain *toolchain, const struct options *options,
    struct pool *pool, struct error *err)
{
	struct scratch scratch = {0};
	struct toolchain_request request = {options->go, options->quiet ? say_nothing : say};
	struct evidence_limits limits = {options->jobs, options->timeout_ns};
	int status = -1;

	proc_hold_signals();
	if (scratch_open(&scratch, err) < 0 ||
	    toolchain_find(toolchain, pool, &scratch, &request, err) < 0)
		goto out;
	if (options->verbose)
		fprintf(stderr, "flareprof: %s is %s, pprof is %s\n", toolchain->go,
		    toolchain->version, toolchain->pprof != NULL ? toolchain->pprof : "run by it");
	status = evidence_collect(evidence, pool, &limits, err);
out:
	scratch_close(&scratch);
	proc_release_signals();
	return status;
}

/* One flare, from its path to the report. */
static int
report(const struct options *options, const char *path, struct pool *pool,
    enum verdict_name *name, struct error *err)
{
	struct flare flare = {0};
	struct toolchain toolchain = {0};
	struct evidence evidence = {.flare = &flare, .toolchain = &toolchain};

	if (flare_open(&flare, pool, path, &evidence.gaps, err) < 0 ||
	    gather(&evidence, &toolchain, options, pool, err) < 0)
		return -1;
	return conclude(&evidence, options, pool, name, err);
}

/* The one place that tells of an error. What a flare put into it is made harmless. */
static int
complain(const struct error *err)
{
	struct span rest = {err->msg, strlen(err->msg)}, line;
	struct buf clean = {0};

	while (text_line(&rest, &line)) {
		text_add_clean(&clean, line);
		buf_putc(&clean, '\n');
	}
	fprintf(stderr, "flareprof: %s", buf_text(&clean));
	buf_release(&clean);
	return err->exit_code != 0 ? err->exit_code : ERROR_EXIT_NO_REPORT;
}

static int
print(const char *text)
{
	struct error err = {0};

	return file_write("-", text, strlen(text), &err) < 0 ? complain(&err) : 0;
}

/* One flare, from its path to the exit status. */
static int
run(const struct options *options, const char *path)
{
	struct pool pool = {0};
	struct error err = {0};
	enum verdict_name name = VERDICT_INCONCLUSIVE;
	int status = report(options, path, &pool, &name, &err);

	pool_release(&pool);
	if (status < 0)
		return complain(&err);
	return options->exit_code && name != VERDICT_NORMAL ? ERROR_EXIT_NOT_NORMAL : 0;
}

int
main(int argc, char **argv)
{
	struct options options;
	struct error err = {0};
	int status = 0, one;

	if (options_parse(&options, argc, argv, &err) < 0)
		return complain(&err);
	if (options.mode == OPTIONS_HELP)
		return print(options_usage());
	if (options.mode == OPTIONS_VERSION)
		return print("flareprof " VERSION "\n");
	/* A bad flare does not keep the others from their reports; a failure outweighs a verdict. */
	for (size_t i = 0; i < options.flare_count && status != ERROR_EXIT_NO_GO; i++) {
		one = run(&options, options.flares[i]);
		if (status == 0 || (one != 0 && one != ERROR_EXIT_NOT_NORMAL))
			status = one;
	}
	return status;
}
