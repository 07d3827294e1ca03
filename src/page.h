/* page: Markdown -> the sections of a page in HTML, by cmark-gfm, its only user.
 *
 * Raw HTML in the Markdown is left out, and so are links that could run something. What the report
 * draws in characters gets a form that can be looked at: bars, marks of the verdict, wide tables,
 * and figures in the places that the templates name. */
#ifndef FLAREPROF_PAGE_H
#define FLAREPROF_PAGE_H

#include "text.h"

struct buf;
struct cJSON;
struct error;

enum { PAGE_DIGEST = 64 };

/* The place of the `number`th figure, as Markdown. */
void page_add_slot(struct buf *markdown, int number);

/* Appends the page's body. Each heading of the second level begins a section; in `sections`, an
 * array, each gets {id, title}. A place whose figure there is not stays empty. */
int page_make(struct span markdown, const char *const *figures, size_t count,
    struct cJSON *sections, struct buf *html, struct error *err);

/* The name that a policy (CSP) knows an inline script or style by: "sha256-...". */
void page_digest(char text[PAGE_DIGEST], struct span content);

#endif
