/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All cards of a drawing are equally high, so that a certificate that is where it belongs has a
 * level line. How wide a text will be is guessed, on the safe side: no font is known here.
 */
#include "daemon/web/chain_draw.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/text.h"
#include "daemon/web/chain_view.h"
#include "daemon/web/html.h"

#include <string.h>

#define HEAD_HEIGHT 30   /* of the words above a column */
#define LINE_HEIGHT 19
#define CARD_PAD 12
#define CARD_GAP 30      /* room for what links two cards */
#define PORT_RADIUS 11
#define TEXT_LINES 3     /* of each text of a card, at most */

/* Where things are: a window is wide or narrow, and one column may be enough. */
struct plan {
        const char *name; /* a class */
        int width, card_width, right; /* right: x of the second column */
        int pad_left, pad_right;
        int label_size, text_size; /* as style.css has them */
        bool single;
};

static const struct plan PLANS[] = {
        { "wide", 762, 304, 456, 20, 20, 15, 13, false },
        { "narrow", 346, 150, 195, 15, 13, 14, 12, false },
        { "wide", 434, 420, 12, 22, 12, 15, 13, true },
        { "narrow", 326, 312, 12, 22, 12, 14, 12, true },
};

struct sketch {
        struct buf *b;
        const struct chain_view *view;
        const struct plan *plan;
        int card_height;
};

static const char *const TONES[CHAIN_TONE_COUNT] = {
        [CHAIN_PLAIN] = "plain", [CHAIN_NEEDLESS] = "needless", [CHAIN_WARNING] = "warning",
        [CHAIN_ERROR] = "error", [CHAIN_MISSING] = "missing error", [CHAIN_ANCHOR] = "anchor",
};

/* --- text ------------------------------------------------------------------------------------- */

/* Of one character, in hundredths of the font's size; @len is that of its UTF-8. */
static int glyph_width(const char *s, size_t len)
{
        if (len > 1)
                return len == 2 ? 70 : 105;
        if (strchr("fijlrtI.,:;'|!()[] -", *s))
                return 42;
        return strchr("mwMW@%", *s) ? 98 : *s >= 'A' && *s <= 'Z' ? 74 : 64;
}

/* How many bytes of @s fit into one line; up to the last space or dot, if there is one. */
static size_t line_bytes(const char *s, int width)
{
        size_t n = 0, stop = 0;

        for (int used = 0; s[n];) {
                size_t len = text_printable(s + n, strlen(s + n));

                len = len ? len : 1;
                used += glyph_width(s + n, len);
                if (used > width)
                        return stop ? stop : n ? n : len;
                if (s[n] == ' ' || s[n] == '.')
                        stop = n + (s[n] == '.');
                n += len;
        }
        return n;
}

/* The same, with room for an ellipsis. */
static size_t last_line_bytes(const char *s, int width, bool *ret_cut)
{
        size_t n = line_bytes(s, width);

        *ret_cut = s[n] != '\0';
        return *ret_cut ? line_bytes(s, width - 105) : n;
}

/* Sets @text in lines below y = @top, or only counts them (@b is NULL). */
static int set_text(struct buf *b, const char *text, const char *class, int size, int x, int top,
                    int width)
{
        int n = 0, room = width * 100 / size;

        for (; text && *text && n < TEXT_LINES; n++) {
                bool cut = false;
                size_t len = n + 1 == TEXT_LINES ? last_line_bytes(text, room, &cut)
                                                 : line_bytes(text, room);

                if (b)
                        html_printf(b, "<text class=\"%s\" x=\"%d\" y=\"%d\">%.*s%s</text>", class,
                                    x, top + n * LINE_HEIGHT + 14, (int)len, text,
                                    cut ? "\u2026" : "");
                text += len;
                text += *text == ' ';
        }
        return n;
}

/* --- a card ----------------------------------------------------------------------------------- */

/* The texts of a card from y = @top on, or only how many lines they take. */
static int set_card(struct buf *b, const struct chain_card *c, const struct plan *p, int x,
                    int top)
{
        const struct {
                const char *text, *class;
                int size;
        } TEXTS[] = {
                { c->label, "chain-name", p->label_size },
                { c->when, "chain-when", p->text_size },
                { c->order, "chain-order", p->text_size },
                { c->fault, "chain-fault", p->text_size },
        };
        int lines = 0, width = p->card_width - p->pad_left - p->pad_right;

        for (size_t i = 0; i < ARRAY_LEN(TEXTS); i++)
                lines += set_text(b, TEXTS[i].text, TEXTS[i].class, TEXTS[i].size, x,
                                  top + lines * LINE_HEIGHT, width);
        return lines;
}

static int top_of(const struct sketch *s, int row)
{
        return (s->plan->single ? 2 : HEAD_HEIGHT) + row * (s->card_height + CARD_GAP);
}

static int middle_of(const struct sketch *s, int row)
{
        return top_of(s, row) + s->card_height / 2;
}

/* Where a line ends at a card: its number in the chain file. */
static void put_port(const struct sketch *s, const struct chain_card *c, int x, int y)
{
        if (c->number > 0)
                html_printf(s->b, "<circle class=\"chain-port\" cx=\"%d\" cy=\"%d\" r=\"%d\"/>"
                            "<text class=\"chain-number\" x=\"%d\" y=\"%d\">%d</text>",
                            x, y, PORT_RADIUS, x, y + 4, c->number);
        else if (c->tone == CHAIN_ANCHOR)
                html_printf(s->b, "<circle class=\"chain-port\" cx=\"%d\" cy=\"%d\" r=\"%d\"/>"
                            "<path class=\"chain-tick\" d=\"M%d %dl3 4 6 -7\"/>",
                            x, y, PORT_RADIUS, x - 4, y);
        else
                html_printf(s->b, "<circle class=\"chain-port\" cx=\"%d\" cy=\"%d\" r=\"%d\"/>"
                            "<path class=\"chain-cross\" d=\"M%d %dl8 8m0 -8l-8 8\"/>",
                            x, y, PORT_RADIUS, x - 4, y - 4);
}

/* What is between card @row and the one below it; a broken link may have nothing below. */
static void put_link(const struct sketch *s, const struct chain_card *c, int x, int row,
                     bool missing)
{
        int from = top_of(s, row) + s->card_height, middle = from + CARD_GAP / 2;

        if (c->below == CHAIN_NO_LINK)
                return;
        html_printf(s->b, "<path class=\"chain-link%s\" d=\"M%d %dv%d\"/>",
                    c->below == CHAIN_BROKEN ? " broken" : missing ? " missing" : "", x, from,
                    CARD_GAP);
        if (c->below == CHAIN_BROKEN)
                html_printf(s->b, "<circle class=\"chain-gap\" cx=\"%d\" cy=\"%d\" r=\"9\"/>"
                            "<path class=\"chain-cross broken\" d=\"M%d %dl8 8m0 -8l-8 8\"/>",
                            x, middle, x - 4, middle - 4);
}

static void put_card(const struct sketch *s, const struct chain_card *c, int x, int row, bool left)
{
        const struct plan *p = s->plan;
        int top = top_of(s, row), pad = left ? p->pad_right - 4 : p->pad_left;
        int lines = set_card(NULL, c, p, 0, 0);

        html_printf(s->b, "<g class=\"chain-card %s%s\"><title>%s</title>"
                    "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"%d\"/>",
                    TONES[c->tone], c->number ? "" : " end", c->label, x, top, p->card_width,
                    s->card_height, 9);
        set_card(s->b, c, p, x + pad, top + (s->card_height - lines * LINE_HEIGHT) / 2);
        put_port(s, c, left ? x + p->card_width : x, top + s->card_height / 2);
        html_printf(s->b, "</g>");
}

/* --- the whole -------------------------------------------------------------------------------- */

/* From where a certificate is to where it should be; what is to be dropped leads nowhere. */
static void put_wire(const struct sketch *s, int row)
{
        const struct chain_card *c = &s->view->served[row];
        int from = s->plan->card_width + PORT_RADIUS, to = s->plan->right - PORT_RADIUS;
        int y = middle_of(s, row), bend = (to - from) / 2;

        if (c->partner >= 0)
                html_printf(s->b, "<path class=\"chain-wire%s\" d=\"M%d %dC%d %d %d %d %d %d\"/>",
                            c->partner != row ? " moved" : "", from, y, from + bend, y, to - bend,
                            middle_of(s, c->partner), to, middle_of(s, c->partner));
        else if (c->tone == CHAIN_NEEDLESS && !s->plan->single)
                html_printf(s->b, "<path class=\"chain-wire dropped\" d=\"M%d %dh%d\"/>", from, y,
                            (to - from) / 3);
}

static void put_served(const struct sketch *s)
{
        const struct chain_view *v = s->view;

        html_printf(s->b, "<text class=\"chain-head\" x=\"1\" y=\"14\">As served</text>");
        for (int i = 0; i < (int)v->n_served; i++)
                put_link(s, &v->served[i], s->plan->card_width / 2, i, false);
        for (int i = 0; i < (int)v->n_served; i++)
                put_wire(s, i);
        for (int i = 0; i < (int)v->n_served; i++)
                put_card(s, &v->served[i], 1, i, true);
        if (v->left_out)
                html_printf(s->b, "<text class=\"chain-when\" x=\"1\" y=\"%d\">and %zu more</text>",
                            top_of(s, (int)v->n_served), v->left_out);
}

static void put_mended(const struct sketch *s)
{
        const struct chain_view *v = s->view;
        int x = s->plan->right, centre = x + s->plan->card_width / 2;

        if (!s->plan->single)
                html_printf(s->b, "<text class=\"chain-head\" x=\"%d\" y=\"14\">As it should be"
                            "</text>", x);
        for (int i = 0; i + 1 < (int)v->n_mended; i++)
                put_link(s, &v->mended[i], centre, i, v->mended[i].tone == CHAIN_MISSING ||
                                                      v->mended[i + 1].tone == CHAIN_MISSING);
        for (int i = 0; i < (int)v->n_mended; i++)
                put_card(s, &v->mended[i], x, i, false);
}

static int card_height(const struct chain_view *v, const struct plan *p)
{
        int most = 0;

        for (size_t i = 0; i < v->n_served + v->n_mended; i++) {
                const struct chain_card *c = i < v->n_served ? &v->served[i]
                                                             : &v->mended[i - v->n_served];
                int lines = set_card(NULL, c, p, 0, 0);

                most = lines > most ? lines : most;
        }
        return most * LINE_HEIGHT + 2 * CARD_PAD - 4;
}

static int rows_of(const struct chain_view *v)
{
        size_t left = v->alike ? 0 : v->n_served + (v->left_out > 0);

        return (int)(left > v->n_mended ? left : v->n_mended);
}

/* Is the last thing on the left a link that nothing follows? */
static bool ends_broken(const struct chain_view *v)
{
        return !v->alike && (int)v->n_served == rows_of(v) &&
               v->served[v->n_served - 1].below == CHAIN_BROKEN;
}

static void draw(struct buf *b, const struct chain_view *v, const struct plan *p)
{
        struct sketch s = { .b = b, .view = v, .plan = p, .card_height = card_height(v, p) };
        int height = top_of(&s, rows_of(v)) - CARD_GAP + (ends_broken(v) ? CARD_GAP : 4);

        html_printf(b, "<svg class=\"chain %s\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" "
                    "role=\"img\" aria-label=\"%s\">", p->name, p->width, height, p->width, height,
                    v->alike ? "The chain, which is served as it should be"
                             : "The chain as it is served and as it should be");
        if (!p->single)
                put_served(&s);
        put_mended(&s);
        html_printf(b, "</svg>\n");
}

static void put_words(struct buf *b, const char *head, const struct chain_card *cards, size_t n)
{
        html_printf(b, "<p>%s</p><ol>", head);
        for (size_t i = 0; i < n; i++) {
                const struct chain_card *c = &cards[i];

                html_printf(b, "<li>%s%s%s%s%s%s%s%s</li>", c->label, c->when ? ", " : "",
                            c->when ? c->when : "", c->order ? ", " : "", c->order ? c->order : "",
                            c->fault ? "; " : "", c->fault ? c->fault : "",
                            c->below == CHAIN_BROKEN ? "; its issuer does not follow" : "");
        }
        html_printf(b, "</ol>");
}

void chain_draw(struct buf *b, const json_t *report, int64_t now_s)
{
        struct chain_view v;

        chain_view_init(&v, report, now_s);
        if (v.n_mended > 0) {
                html_printf(b, "<figure class=\"chains %s\">", v.alike ? "single" : "both");
                for (size_t i = 0; i < ARRAY_LEN(PLANS); i++)
                        if (PLANS[i].single == v.alike)
                                draw(b, &v, &PLANS[i]);
                html_printf(b, "<figcaption class=\"hidden\">");
                if (!v.alike)
                        put_words(b, "As served:", v.served, v.n_served);
                put_words(b, v.alike ? "Served as it should be:" : "As it should be:", v.mended,
                          v.n_mended);
                html_printf(b, "</figcaption></figure>\n");
        }
        chain_view_done(&v);
}
