/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report's "chain" is the left column, its "repair" with a target the right one; "path" says
 * who issued whom and where it ends. What the picture itself shows is not said again as a fault.
 */
#include "daemon/web/chain_view.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "common/base/parse.h"
#include "common/base/text.h"
#include "daemon/web/html.h"

#include <stdlib.h>
#include <string.h>

/* What drop means, by why. */
static const struct {
        const char *why, *trusted, *otherwise;
} DROPPED[] = {
        { "duplicate-certificate", "sent twice: drop it", NULL },
        { "root-included", "clients have it: drop it", "clients need it installed, not sent" },
        { "expired-superfluous-certificate", "expired and not needed: drop it", NULL },
        { "alternate-path-certificate", "for another path: may be dropped", NULL },
        { "superfluous-certificate", "of another chain: drop it", NULL },
        { "intermediate-expired", "expired: replace it", NULL },
        { "intermediate-not-yet-valid", "not yet valid: replace it", NULL },
        { "intermediate-expiring-soon", "ends soon: replace it", NULL },
        { "bad-signature", "not the real issuer: drop it", NULL },
};

/* Faults of the chain, not of the certificate that the report names with them. */
static const char *const DRAWN[] = {
        "missing-intermediate", "chain-order-wrong", "leaf-not-first", "unknown-ca",
};

#define IN_STORE "in the trust store"

static int position_of(const json_t *o, const char *key)
{
        const json_t *value = json_object_get(o, key);

        return json_is_integer(value) ? (int)json_integer_value(value) : -1;
}

static bool same(const json_t *a, const json_t *b)
{
        return strcmp(html_text_of(a, "sha256"), html_text_of(b, "sha256")) == 0;
}

static char *lifetime(const json_t *c, int64_t now_s)
{
        int64_t from_s = html_instant(json_object_get(c, "not_before"));
        int64_t until_s = html_instant(json_object_get(c, "not_after"));
        bool future = now_s < from_s, past = now_s > until_s;
        struct buf out = BUF_INIT(TIME_STR_MAX + SPAN_STR_MAX + 32);
        char date[TIME_STR_MAX];

        if (from_s == 0 || until_s == 0)
                return mem_strdup("its dates cannot be read");
        buf_printf(&out, "%s %.10s, %s", future ? "begins" : past ? "ended" : "ends",
                   time_str(future ? from_s : until_s, date), past ? "" : "in ");
        html_span(&out, future ? from_s - now_s : past ? now_s - until_s : until_s - now_s);
        buf_puts(&out, past ? " ago" : "");
        return buf_steal(&out);
}

/* --- what is wrong with a certificate --------------------------------------------------------- */

static bool is_drawn(const char *code, const char *why)
{
        for (size_t i = 0; i < ARRAY_LEN(DRAWN); i++)
                if (strcmp(DRAWN[i], code) == 0)
                        return true;
        return strcmp(code, why) == 0;
}

static bool speaks_of(const json_t *diagnosis, const json_t *c)
{
        int position = position_of(diagnosis, "position");

        return position >= 0 ? position == position_of(c, "position") : same(diagnosis, c);
}

/* The worst of what is wrong with @c, and how much more there is. */
static void add_fault(struct chain_card *card, const json_t *report, const json_t *c,
                      const char *why)
{
        const char *worst = NULL;
        size_t i, more = 0;
        json_t *d;

        json_array_foreach(json_object_get(report, "diagnoses"), i, d) {
                const char *severity = html_text_of(d, "severity");

                if (strcmp(severity, "info") == 0 || !speaks_of(d, c) ||
                    is_drawn(html_text_of(d, "code"), why))
                        continue;
                more += worst != NULL;
                worst = worst ? worst : html_text_of(d, "title");
                if (strcmp(severity, "error") == 0)
                        card->tone = CHAIN_ERROR;
                else if (card->tone < CHAIN_WARNING)
                        card->tone = CHAIN_WARNING;
        }
        if (worst)
                card->fault = more ? mem_printf("%s, and %zu more", worst, more)
                                   : mem_strdup(worst);
}

/* --- as served -------------------------------------------------------------------------------- */

/* The step of the repair that speaks of the certificate sent at @position. */
static const json_t *step_of(const json_t *report, int position)
{
        size_t i;
        json_t *step;

        json_array_foreach(json_object_get(report, "repair"), i, step)
                if (position_of(step, "position") == position)
                        return step;
        return NULL;
}

static const char *drop_words(const char *why, bool trusted)
{
        for (size_t i = 0; i < ARRAY_LEN(DROPPED); i++)
                if (strcmp(DROPPED[i].why, why) == 0)
                        return trusted || !DROPPED[i].otherwise ? DROPPED[i].trusted
                                                                : DROPPED[i].otherwise;
        return "not needed: drop it";
}

static void add_order(struct chain_view *v, struct chain_card *card, const json_t *step)
{
        const char *action = html_text_of(step, "action");

        if (strcmp(action, "drop") == 0) {
                card->order = mem_strdup(drop_words(html_text_of(step, "why"), v->trusted));
                card->tone = CHAIN_NEEDLESS;
        } else if (strcmp(action, "move") == 0) {
                card->order = mem_printf("belongs at place %d", position_of(step, "target") + 1);
                card->tone = CHAIN_WARNING;
        }
}

/* Is what follows @c in the chain its issuer, as the path says? */
static enum chain_link link_of(const json_t *report, const json_t *c, const json_t *next)
{
        const json_t *path = json_object_get(report, "path");
        size_t n = json_array_size(path);

        for (size_t i = 0; i < n; i++) {
                const json_t *above = json_array_get(path, i + 1);

                if (!same(json_array_get(path, i), c))
                        continue;
                if (above && next && same(above, next))
                        return CHAIN_LINKED;
                if (!above || strcmp(html_text_of(above, "source"), "trust_store") == 0)
                        return CHAIN_NO_LINK;
                return CHAIN_BROKEN;
        }
        return CHAIN_NO_LINK;
}

static void add_served(struct chain_view *v, const json_t *report, int64_t now_s)
{
        const json_t *chain = json_object_get(report, "chain");
        size_t n = json_array_size(chain);

        for (size_t i = 0; i < n && i < CHAIN_VIEW_ROWS; i++) {
                const json_t *c = json_array_get(chain, i);
                const json_t *step = step_of(report, position_of(c, "position"));
                struct chain_card *card = &v->served[v->n_served++];

                *card = (struct chain_card){
                        .number = position_of(c, "position") + 1, .partner = -1,
                        .label = html_text_of(c, "label"), .when = lifetime(c, now_s),
                        .below = link_of(report, c, json_array_get(chain, i + 1)),
                };
                add_order(v, card, step);
                add_fault(card, report, c, html_text_of(step, "why"));
        }
        v->left_out = n - v->n_served;
}

/* --- as it should be -------------------------------------------------------------------------- */

/* Joins the youngest card of the right column to the one of the left that was sent at @position. */
static void join(struct chain_view *v, int position)
{
        for (size_t i = 0; i < v->n_served; i++)
                if (v->served[i].number == position + 1) {
                        v->mended[v->n_mended - 1].partner = (int)i;
                        v->served[i].partner = (int)v->n_mended - 1;
                }
}

static void add_step(struct chain_view *v, const json_t *report, const json_t *step, int64_t now_s)
{
        struct chain_card *card = &v->mended[v->n_mended++];
        int position = position_of(step, "position");
        const char *action = html_text_of(step, "action");

        *card = (struct chain_card){
                .number = position_of(step, "target") + 1, .partner = -1,
                .label = html_text_of(step, "label"), .when = lifetime(step, now_s),
                .below = CHAIN_LINKED,
        };
        if (strcmp(action, "add") == 0) {
                card->order = mem_strdup("not sent: add it here");
                card->tone = CHAIN_MISSING;
        } else if (strcmp(action, "move") == 0) {
                card->order = mem_printf("was at place %d", position + 1);
        }
        add_fault(card, report, step, html_text_of(step, "why"));
        if (position >= 0)
                join(v, position);
}

/* The card of @c, if it belongs into the chain that should be served; or NULL. */
static struct chain_card *mended_card(struct chain_view *v, const json_t *report, const json_t *c)
{
        size_t i;
        json_t *step;

        json_array_foreach(json_object_get(report, "repair"), i, step) {
                int target = position_of(step, "target");

                if (same(step, c) && target >= 0 && (size_t)target < v->n_mended)
                        return &v->mended[target];
        }
        return NULL;
}

/* Who issued the last certificate of the chain that should be served. */
static const char *last_issuer(const json_t *report)
{
        const char *issuer = "";
        size_t i;
        json_t *step;

        json_array_foreach(json_object_get(report, "repair"), i, step)
                if (position_of(step, "target") >= 0)
                        issuer = html_text_of(step, "issuer_label");
        return issuer;
}

/* What stands above a path that leads to nobody who is trusted. */
static struct chain_card dead_end(struct chain_view *v, const json_t *report, const json_t *top,
                                  int64_t now_s)
{
        const char *issuer = html_text_of(top, "issuer_label");

        if (strcmp(html_text_of(top, "label"), issuer) != 0)
                return (struct chain_card){
                        .label = issuer,
                        .fault = mem_strdup("unknown: neither sent nor found anywhere"),
                };
        if (mended_card(v, report, top))
                return (struct chain_card){
                        .label = "Nobody",
                        .fault = mem_strdup("it vouches for itself, and is not " IN_STORE),
                };
        return (struct chain_card){
                .label = html_text_of(top, "label"), .when = lifetime(top, now_s),
                .fault = mem_strdup("not " IN_STORE),
        };
}

/*
 * The anchor, which nobody needs to send. One that is sent all the same is marked where it is. A
 * mended chain that leaves the path which is used may end elsewhere: nothing but the name is known.
 */
static void add_anchor(struct chain_view *v, const json_t *report, const json_t *top, int64_t now_s)
{
        struct chain_card *sent = mended_card(v, report, top);
        struct chain_card *last = &v->mended[v->n_mended - 1];
        struct chain_card anchor = { .label = last_issuer(report), .tone = CHAIN_ANCHOR,
                                     .partner = -1 };

        if (sent) {
                last->below = CHAIN_NO_LINK;
                if (!sent->order)
                        sent->order = mem_strdup(IN_STORE);
                return;
        }
        anchor.order = mem_strdup(IN_STORE);
        if (strcmp(anchor.label, html_text_of(top, "label")) == 0) {
                anchor.when = lifetime(top, now_s);
                add_fault(&anchor, report, top, "");
        }
        v->mended[v->n_mended++] = anchor;
}

static void add_end(struct chain_view *v, const json_t *report, int64_t now_s)
{
        const json_t *path = json_object_get(report, "path");
        const json_t *top = json_array_get(path, json_array_size(path) - 1);
        struct chain_card *last = &v->mended[v->n_mended - 1];

        if (v->trusted) {
                add_anchor(v, report, top, now_s);
                return;
        }
        last->below = CHAIN_BROKEN;
        v->mended[v->n_mended] = dead_end(v, report, top, now_s);
        v->mended[v->n_mended].tone = CHAIN_ERROR;
        v->mended[v->n_mended++].partner = -1;
}

static void add_mended(struct chain_view *v, const json_t *report, int64_t now_s)
{
        size_t i;
        json_t *step;

        json_array_foreach(json_object_get(report, "repair"), i, step)
                if (position_of(step, "target") >= 0 && v->n_mended < CHAIN_VIEW_ROWS - 1)
                        add_step(v, report, step, now_s);
        if (v->n_mended > 0)
                add_end(v, report, now_s);
}

static bool is_alike(const json_t *report)
{
        size_t i;
        json_t *step;

        json_array_foreach(json_object_get(report, "repair"), i, step)
                if (position_of(step, "position") != position_of(step, "target"))
                        return false;
        return true;
}

void chain_view_init(struct chain_view *v, const json_t *report, int64_t now_s)
{
        *v = (struct chain_view){
                .trusted = json_is_true(json_object_get(report, "trusted")),
                .alike = is_alike(report),
        };
        if (json_array_size(json_object_get(report, "path")) == 0)
                return;
        add_served(v, report, now_s);
        add_mended(v, report, now_s);
}

static void card_done(struct chain_card *card)
{
        free(card->when);
        free(card->order);
        free(card->fault);
}

void chain_view_done(struct chain_view *v)
{
        for (size_t i = 0; i < v->n_served; i++)
                card_done(&v->served[i]);
        for (size_t i = 0; i < v->n_mended; i++)
                card_done(&v->mended[i]);
}
