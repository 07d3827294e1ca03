#include "render.h"

#include "buf.h"
#include "error.h"
#include "file.h"
#include "templates.h"
#include "view.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_HOSTNAME = 128 };

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

static int
write_json(const cJSON *model, const char *path, struct error *err)
{
	char *text = cJSON_Print(model);
	struct buf json = {0};
	int status;

	if (text == NULL)
		return fail(err, "cannot write '%s': out of memory", path);
	buf_puts(&json, text);
	buf_putc(&json, '\n');
	status = file_write(path, json.data, json.len, err);
	buf_release(&json);
	free(text);
	return status;
}

static int
is_stdout(const char *path)
{
	return path != NULL && strcmp(path, "-") == 0;
}

int
render_outputs(const cJSON *model, const struct templates *templates,
    const struct render_outputs *outputs, struct error *err)
{
	cJSON *view = view_build(model);
	struct buf path = {0}, report = {0}, summary = {0};
	int status = -1;

	if (outputs->report != NULL)
		buf_puts(&path, outputs->report);
	else
		add_report_path(&path, hostname_of(model));
	cJSON_AddStringToObject(view, "report_path", buf_text(&path));
	cJSON_AddBoolToObject(view, "colour", outputs->colour);
	if (templates_render(templates, "report", TEMPLATES_MARKDOWN, view, &report, err) < 0 ||
	    templates_render(templates, "summary", TEMPLATES_PLAIN, view, &summary, err) < 0)
		goto out;
	if (file_write(path.data, buf_text(&report), report.len, err) < 0)
		goto out;
	if (outputs->json != NULL && write_json(model, outputs->json, err) < 0)
		goto out;
	if (outputs->summary && !is_stdout(outputs->report) && !is_stdout(outputs->json) &&
	    file_write("-", buf_text(&summary), summary.len, err) < 0)
		goto out;
	status = 0;
out:
	buf_release(&summary);
	buf_release(&report);
	buf_release(&path);
	cJSON_Delete(view);
	return status;
}
