/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/web/page.h - what all pages have in common: head, navigation, foot, and the pieces that
 * several show in the same way.
 *
 *     struct buf b = BUF_INIT(PAGE_MAX_BYTES);
 *
 *     page_begin(&b, PAGE_QUEUE, "Queue");
 *     html_printf(&b, "<h1>Queue</h1>");
 *     page_end(x, &b, 200);
 *
 * The classes that style.css gives a meaning are listed at its head.
 */
#pragma once

#include <jansson.h>
#include <stdint.h>

struct buf;
struct web_exchange;

#define PAGE_MAX_BYTES (4 * 1024 * 1024) /* a page of a list with evidence and PEM is 100 kB */

enum page_place { PAGE_OVERVIEW, PAGE_ENDPOINTS, PAGE_CERTIFICATES, PAGE_QUEUE, PAGE_SILENCES,
                  PAGE_ELSEWHERE };

/* Begins a page: everything up to <main>, which is open then. @title is escaped. */
void page_begin(struct buf *b, enum page_place place, const char *title);

/* Ends it and answers. */
void page_end(struct web_exchange *x, struct buf *b, int status);

/* A whole page that says what went wrong, and answers. For web_fail(). */
void page_error(struct web_exchange *x, int status, const char *sentence);

/* "critical" as a badge with colour, sign and word; @state as in the documents. */
void page_badge(struct buf *b, const char *state);

/* The same look with another word. */
void page_badge_word(struct buf *b, const char *state, const char *word);

/* The word alone: "critical" of "error". Never NULL. */
const char *page_state_word(const char *state);

/* An <a> to the page of an endpoint (EndpointName) or of a certificate; @text is escaped. */
void page_endpoint_link(struct buf *b, const json_t *endpoint);
void page_certificate_link(struct buf *b, const char *sha256, const char *text);

/*
 * A problem with message, remedy, since when, and the PEM to append with its button to copy it. If
 * it has an "endpoint", a link to that is the heading, and else its title.
 */
void page_problem(struct buf *b, const json_t *problem, int64_t now_s);

/* A PEM block, or several, in a box with a button to copy it (shown with JavaScript only). */
void page_pem(struct buf *b, const char *caption, const char *pem);

/*
 * The address of @path with the parameters of the request, of which @name becomes @value (NULL =
 * is left out) and "offset" is left out: malloc'ed, not yet escaped for HTML.
 */
char *page_url_with(const struct web_exchange *x, const char *path, const char *name,
                    const char *value);

/* The same, sorted by @sort in its own order, and not turned round. */
char *page_url_sorted(const struct web_exchange *x, const char *path, const char *sort);

/* "1 to 50 of 1,234", and links to the pages before and after; @path "/endpoints", @doc a list. */
void page_pager(struct buf *b, const struct web_exchange *x, const char *path, const json_t *doc);
