/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/web/page.h - what all pages have in common: head, navigation, foot, and the pieces that
 * several show in the same way.
 */
#pragma once

#include <jansson.h>
#include <stdint.h>

struct buf;
struct web_exchange;

enum page_place { PAGE_OVERVIEW, PAGE_ENDPOINTS, PAGE_CERTIFICATES, PAGE_QUEUE, PAGE_SILENCES,
                  PAGE_ELSEWHERE };

/* Begins a page: everything up to <main>. @title is escaped. */
void page_begin(struct buf *b, enum page_place place, const char *title);

/* Ends it and answers. */
void page_end(struct web_exchange *x, struct buf *b, int status);

/* "critical" as a badge with colour, sign and word; @state as in the documents. */
void page_badge(struct buf *b, const char *state);

/* A problem with message, remedy, since when, and the PEM to append with its button to copy it. */
void page_problem(struct buf *b, const json_t *problem, int64_t now_s);

/* A PEM block, or several, in a box with a button to copy it (shown with JavaScript only). */
void page_pem(struct buf *b, const char *caption, const char *pem);

/* "1 to 50 of 1,234", and links to the pages before and after; @path "/endpoints", @doc a list. */
void page_pager(struct buf *b, const struct web_exchange *x, const char *path, const json_t *doc);
