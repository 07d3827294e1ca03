#include "words.h"

#include "buf.h"
#include "error.h"
#include "fields.h"
#include "templates.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <string.h>

/* What all sentences are made of. */
struct writer {
	const struct templates *templates;
	const cJSON *view;
};

/* A template, and the keys that its first and second sentence are set under. */
struct sentences {
	const char *template_name;
	const char *keys[2];
};

/* Folds all white space of a line into single blanks, and leaves out the full stop: who uses
 * the sentence puts what is to come behind it. */
static void
add_folded(struct buf *out, struct span line)
{
	line = text_trim(line);
	if (line.len > 0 && line.at[line.len - 1] == '.')
		line.len--;
	for (size_t i = 0; i < line.len; i++) {
		if (!isspace((unsigned char)line.at[i]))
			buf_putc(out, line.at[i]);
		else if (i + 1 < line.len && !isspace((unsigned char)line.at[i + 1]))
			buf_putc(out, ' ');
	}
}

/* An object of the model, and what became of it in the view. */
struct twins {
	cJSON *object, *seen;
};

/* NULL for a text that there is not. */
static void
set(const struct twins *twins, const char *key, const char *text)
{
	cJSON *const objects[] = {twins->object, twins->seen};

	for (size_t i = 0; i < 2; i++)
		cJSON_AddItemToObject(objects[i], key,
		    text != NULL ? cJSON_CreateString(text) : cJSON_CreateNull());
}

/* Renders a template; each of its lines that is not blank is a sentence of its own. */
static int
set_sentences(const struct twins *twins, const struct sentences *sentences,
    const struct writer *writer, const cJSON *context, struct error *err)
{
	struct buf text = {0};
	struct span rest, line;
	int used = 0;

	if (templates_render_plain(writer->templates, sentences->template_name, context,
		&text, err) < 0) {
		buf_release(&text);
		return -1;
	}
	rest = (struct span){buf_text(&text), text.len};
	while (used < 2 && sentences->keys[used] != NULL && text_line(&rest, &line)) {
		struct buf folded = {0};

		add_folded(&folded, line);
		if (folded.len > 0)
			set(twins, sentences->keys[used++], buf_text(&folded));
		buf_release(&folded);
	}
	for (; used < 2 && sentences->keys[used] != NULL; used++)
		set(twins, sentences->keys[used], NULL);
	buf_release(&text);
	return 0;
}

static cJSON *
find_process(const cJSON *view, const char *name)
{
	cJSON *process;

	cJSON_ArrayForEach(process, fields_get(view, "processes"))
	{
		if (name != NULL && strcmp(name, cJSON_GetStringValue(fields_get(process, "name"))) == 0)
			return process;
	}
	return NULL;
}

/* What a sentence can speak of: the whole view, the item, and the item's process. */
static cJSON *
context_of(const cJSON *view, cJSON *item)
{
	cJSON *context = cJSON_CreateObject(), *process;
	const cJSON *finding = fields_get(item, "finding");
	const char *name = cJSON_GetStringValue(fields_get(finding != NULL ? finding : item, "process"));

	for (cJSON *child = view->child; child != NULL; child = child->next)
		cJSON_AddItemReferenceToObject(context, child->string, child);
	process = find_process(view, name);
	if (process != NULL)
		cJSON_AddItemReferenceToObject(context, "process", process);
	cJSON_AddItemReferenceToObject(context, "item", item);
	return context;
}

/* Sets the sentences of each item of an array of the model, from its twin in the view. */
static int
fill_items(cJSON *items, cJSON *seen_items, const struct sentences *sentences,
    const struct writer *writer, struct error *err)
{
	struct twins twins = {items->child, seen_items->child};
	cJSON *context;
	int status = 0;

	for (; twins.object != NULL && status == 0; twins.object = twins.object->next) {
		context = context_of(writer->view, twins.seen);
		status = set_sentences(&twins, sentences, writer, context, err);
		cJSON_Delete(context);
		twins.seen = twins.seen->next;
	}
	return status;
}

/* A note is nothing but its sentence, once it has one. */
static void
reduce_notes(cJSON *verdict)
{
	cJSON *texts = cJSON_CreateArray(), *note;

	cJSON_ArrayForEach(note, fields_get(verdict, "notes"))
	{
		cJSON *text = cJSON_DetachItemFromObjectCaseSensitive(note, "text");

		if (cJSON_IsString(text))
			cJSON_AddItemToArray(texts, cJSON_CreateString(text->valuestring));
		cJSON_Delete(text);
	}
	cJSON_ReplaceItemInObjectCaseSensitive(verdict, "notes", texts);
}

/* Of what a recommendation is about only the names are kept. */
static void
reduce_recommendations(cJSON *recommendations)
{
	static const char *const kept[] = {"process", "component", "team"};
	static const char *const dropped[] = {"finding", "check", "step", "first_step", "share",
	    "signs", "ledger", "can_watch"};
	cJSON *item, *finding;

	cJSON_ArrayForEach(item, recommendations)
	{
		finding = fields_get(item, "finding");
		for (size_t i = 0; finding != NULL && i < sizeof(kept) / sizeof(kept[0]); i++)
			cJSON_AddItemToObject(item, kept[i],
			    cJSON_DetachItemFromObjectCaseSensitive(finding, kept[i]));
		for (size_t i = 0; i < sizeof(dropped) / sizeof(dropped[0]); i++)
			cJSON_DeleteItemFromObjectCaseSensitive(item, dropped[i]);
	}
}

int
words_fill(cJSON *model, cJSON *view, const struct templates *templates, struct error *err)
{
	static const struct sentences finding = {"finding", {"reason", "customer"}};
	static const struct sentences note = {"note", {"text", NULL}};
	static const struct sentences sign = {"sign", {"text", "customer"}};
	static const struct sentences recommendation = {"recommendation", {"action", "reason"}};
	static const struct sentences summary = {"verdict", {"summary", "top_finding"}};
	const struct twins verdict = {fields_get(model, "verdict"), fields_get(view, "verdict")};
	struct writer writer = {templates, view};

	if (fill_items(fields_get(verdict.object, "findings"), fields_get(verdict.seen, "findings"), &finding,
		&writer, err) < 0 ||
	    fill_items(fields_get(verdict.object, "notes"), fields_get(verdict.seen, "notes"), &note, &writer,
		err) < 0 ||
	    fill_items(fields_get(model, "context"), fields_get(view, "context"), &sign, &writer, err) < 0 ||
	    fill_items(fields_get(model, "recommendations"), fields_get(view, "recommendations"),
		&recommendation, &writer, err) < 0 ||
	    set_sentences(&verdict, &summary, &writer, view, err) < 0)
		return -1;
	reduce_notes(verdict.object);
	reduce_notes(verdict.seen);
	reduce_recommendations(fields_get(model, "recommendations"));
	reduce_recommendations(fields_get(view, "recommendations"));
	return 0;
}
