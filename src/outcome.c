#include "outcome.h"

#include "buf.h"
#include "secret.h"
#include "templates.h"
#include "text.h"
#include "wrap.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 5, GAP = 2, WIDEST = 512 };

/* How bad it is: a flare that could not be analysed may be anything. */
static int
rank(const struct outcome *outcome)
{
	static const int ranks[] = {
	    [VERDICT_NORMAL] = 0,
	    [VERDICT_INCONCLUSIVE] = 1,
	    [VERDICT_CONTENTION] = 3,
	    [VERDICT_CPU_SPIKE] = 4,
	    [VERDICT_MEMORY_LEAK] = 5,
	    [VERDICT_MULTIPLE_ISSUES] = 6,
	};

	return outcome->exit_code != 0 ? 2 : ranks[outcome->verdict];
}

static int
worst_first(const void *left, const void *right)
{
	const struct outcome *a = left, *b = right;

	if (rank(a) != rank(b))
		return rank(b) - rank(a);
	if (a->excess != b->excess)
		return a->excess < b->excess ? 1 : -1;
	return strcmp(a->flare, b->flare);
}

/* Without keys and passwords, and so short that a column stays one. */
static void
add_text(cJSON *row, const char *key, const char *text, struct secrets *secrets)
{
	struct buf masked = {0}, cell = {0};

	if (text == NULL) {
		cJSON_AddNullToObject(row, key);
		return;
	}
	if (secrets_mask(secrets, text, &masked))
		text = buf_text(&masked);
	text_add_short(&cell, text, WIDEST);
	cJSON_AddStringToObject(row, key, buf_text(&cell));
	buf_release(&cell);
	buf_release(&masked);
}

/* What colour a verdict has; nothing is known of a flare without a report. */
static void
add_colour(cJSON *row, const struct outcome *outcome)
{
	int open = outcome->exit_code != 0 || outcome->verdict == VERDICT_INCONCLUSIVE;
	int normal = !open && outcome->verdict == VERDICT_NORMAL;

	cJSON_AddBoolToObject(row, "is_open", open);
	cJSON_AddBoolToObject(row, "is_normal", normal);
	cJSON_AddBoolToObject(row, "is_issue", !open && !normal);
}

static cJSON *
build_view(const struct outcome *outcomes, size_t count, const struct outcome_look *look)
{
	cJSON *view = cJSON_CreateObject(), *rows = cJSON_AddArrayToObject(view, "flares");
	struct secrets secrets = {0};
	size_t reports = 0;

	for (size_t i = 0; i < count; i++) {
		const struct outcome *outcome = &outcomes[i];
		cJSON *row = cJSON_CreateObject();

		add_text(row, "flare", outcome->flare, &secrets);
		add_text(row, "hostname", outcome->hostname, &secrets);
		add_text(row, "version", outcome->version, &secrets);
		add_text(row, "verdict",
		    outcome->exit_code == 0 ? verdict_text(outcome->verdict) : NULL, &secrets);
		add_text(row, "finding", outcome->finding, &secrets);
		add_colour(row, outcome);
		cJSON_AddItemToArray(rows, row);
		reports += outcome->exit_code == 0;
	}
	cJSON_AddNumberToObject(view, "reports", (double)reports);
	cJSON_AddBoolToObject(view, "terminal", look->width > 0);
	cJSON_AddBoolToObject(view, "colour", look->colour);
	secrets_close(&secrets);
	return view;
}

/* The next cell of a line; the last column takes the rest. */
static struct span
take_cell(struct span *line, size_t column)
{
	struct span cell = *line;
	const char *tab =
	    column + 1 < COLUMNS && line->len > 0 ? memchr(line->at, '\t', line->len) : NULL;

	if (tab != NULL)
		cell.len = (size_t)(tab - line->at);
	line->at += cell.len + (tab != NULL);
	line->len -= cell.len + (tab != NULL);
	return cell;
}

static int
is_row(struct span line)
{
	return line.len > 0 && memchr(line.at, '\t', line.len) != NULL;
}

static void
trim(struct buf *out)
{
	while (out->len > 0 && out->data[out->len - 1] == ' ')
		out->data[--out->len] = '\0';
}

/* Cells parted by tabs become columns. */
static void
add_aligned(struct buf *out, struct span text)
{
	size_t widths[COLUMNS] = {0};
	struct span rest = text, line;

	while (text_line(&rest, &line)) {
		int is_table = is_row(line);

		for (size_t i = 0; is_table && i < COLUMNS; i++) {
			size_t width = wrap_width(take_cell(&line, i));

			widths[i] = width > widths[i] ? width : widths[i];
		}
	}
	while (text_line(&text, &line)) {
		size_t columns = is_row(line) ? COLUMNS : 1;

		for (size_t i = 0; i < columns; i++) {
			struct span cell = take_cell(&line, i);

			buf_add(out, cell.at, cell.len);
			for (size_t k = wrap_width(cell); i + 1 < columns && k < widths[i] + GAP; k++)
				buf_putc(out, ' ');
		}
		trim(out);
		buf_putc(out, '\n');
	}
}

int
outcome_table(struct outcome *outcomes, size_t count, const struct templates *templates,
    const struct outcome_look *look, struct buf *out, struct error *err)
{
	struct buf text = {0}, aligned = {0};
	cJSON *view;
	int status;

	qsort(outcomes, count, sizeof(*outcomes), worst_first);
	view = build_view(outcomes, count, look);
	status = templates_render_plain(templates, "table", view, &text, err);
	if (status == 0)
		add_aligned(&aligned, (struct span){buf_text(&text), text.len});
	wrap_add(out, (struct span){buf_text(&aligned), aligned.len}, look->width);
	buf_release(&aligned);
	buf_release(&text);
	cJSON_Delete(view);
	return status;
}
