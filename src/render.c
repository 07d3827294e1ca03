#include "render.h"

#include "buf.h"
#include "error.h"
#include "file.h"
#include "templates.h"
#include "view.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LONGEST_HOSTNAME = 128 };

#define LONG_INTEGER 1e15

/* Only [A-Za-z0-9._-] of a hostname comes into a file name, and no leading dot. */
static void
add_report_path(struct buf *path, const char *hostname)
{
	buf_puts(path, "investigations/flare-profiling-");
	for (size_t i = 0; i < LONGEST_HOSTNAME && hostname[i] != '\0'; i++) {
		unsigned char c = (unsigned char)hostname[i];
		int fits = (c < 0x80 && isalnum(c)) || c == '_' || c == '-' || (c == '.' && i > 0);

		buf_putc(path, fits ? (char)c : '_');
	}
	buf_puts(path, hostname[0] == '\0' ? "unknown.md" : ".md");
}

static const char *
hostname_of(const cJSON *model)
{
	const cJSON *flare = cJSON_GetObjectItemCaseSensitive(model, "flare");
	const char *hostname =
	    cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(flare, "hostname"));

	return hostname != NULL ? hostname : "";
}

/* cJSON would print 1000000000000000 as 1e+15. */
static void
spell_integers(cJSON *tree)
{
	char digits[32];

	for (cJSON *child = tree->child; child != NULL; child = child->next) {
		spell_integers(child);
		if (!cJSON_IsNumber(child) || fabs(child->valuedouble) < LONG_INTEGER ||
		    fabs(child->valuedouble) >= 0x1p63 ||
		    child->valuedouble != trunc(child->valuedouble))
			continue;
		snprintf(digits, sizeof(digits), "%" PRId64, (int64_t)child->valuedouble);
		child->valuestring = cJSON_malloc(sizeof(digits));
		if (child->valuestring == NULL)
			continue;
		memcpy(child->valuestring, digits, sizeof(digits));
		child->type = (child->type & ~0xff) | cJSON_Raw;
	}
}

static int
add_json(const cJSON *model, struct buf *json, struct error *err)
{
	cJSON *spelled = cJSON_Duplicate(model, 1);
	char *text;

	spell_integers(spelled);
	text = cJSON_Print(spelled);
	cJSON_Delete(spelled);
	if (text == NULL)
		return fail(err, "cannot write the JSON model: out of memory");
	buf_puts(json, text);
	buf_putc(json, '\n');
	cJSON_free(text);
	return 0;
}

static int
is_stdout(const char *path)
{
	return path != NULL && strcmp(path, "-") == 0;
}

/* One text and where it goes. */
struct output {
	const char *path; /* NULL: nowhere */
	struct buf text;
};

/* Files come first: nothing is printed when one of them cannot be written. */
static int
write_all(const struct output *outputs, size_t count, struct error *err)
{
	for (int printed = 0; printed < 2; printed++) {
		for (size_t i = 0; i < count; i++) {
			const struct output *output = &outputs[i];

			if (output->path != NULL && is_stdout(output->path) == printed &&
			    file_write(output->path, buf_text(&output->text), output->text.len,
				err) < 0)
				return -1;
		}
	}
	return 0;
}

int
render_outputs(const cJSON *model, const struct templates *templates,
    const struct render_outputs *outputs, struct error *err)
{
	enum { REPORT, JSON, SUMMARY, OUTPUTS };
	struct output all[OUTPUTS] = {{.path = outputs->report}, {.path = outputs->json}};
	cJSON *view = view_build(model);
	struct buf path = {0}, shown = {0};
	int status = -1;

	add_report_path(&path, hostname_of(model));
	if (all[REPORT].path == NULL)
		all[REPORT].path = buf_text(&path);
	if (outputs->summary && !is_stdout(outputs->report) && !is_stdout(outputs->json))
		all[SUMMARY].path = "-";
	text_add_clean(&shown, (struct span){all[REPORT].path, strlen(all[REPORT].path)});
	cJSON_AddStringToObject(view, "report_path", buf_text(&shown));
	cJSON_AddBoolToObject(view, "colour", outputs->colour);
	if (templates_render_markdown(templates, "report", view, &all[REPORT].text, err) == 0 &&
	    templates_render_plain(templates, "summary", view, &all[SUMMARY].text, err) == 0 &&
	    add_json(model, &all[JSON].text, err) == 0)
		status = write_all(all, OUTPUTS, err);
	for (size_t i = 0; i < OUTPUTS; i++)
		buf_release(&all[i].text);
	buf_release(&shown);
	buf_release(&path);
	cJSON_Delete(view);
	return status;
}
