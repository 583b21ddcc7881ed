/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in repair.h. */
#include "common/cert/repair.h"

#include "common/base/buf.h"
#include "common/base/mem.h"
#include "common/base/parse.h"
#include "common/cert/rules.h"

#include <stdlib.h>
#include <string.h>

const char *const REPAIR_ACTIONS[REPAIR_ACTION_COUNT] = {
        [REPAIR_KEEP] = "keep",
        [REPAIR_ADD] = "add",
        [REPAIR_MOVE] = "move",
        [REPAIR_DROP] = "drop",
};

bool repair_leaves_out(const struct path *p, size_t i)
{
        const struct path_step *s = &p->steps[i];

        return i > 0 && (s->cert->self_signed || (s->source == PATH_ANCHOR && s->position < 0));
}

/* Puts on @p who is sent as the issuer of its top, and of use; false: there is nobody. */
static bool add_sent_issuer(struct exam *e, struct path *p)
{
        const struct cert *top = p->steps[p->n - 1].cert;

        for (size_t k = 0; k < e->served->n; k++) {
                struct cert *c = e->served->certs[k];

                if (top->self_signed || c->self_signed || c->not_after_s < e->in->now_s ||
                    p->n == PATH_MAX_LENGTH || path_has(p, c) ||
                    !path_search_edge(&e->search, top, c))
                        continue;
                p->steps[p->n++] = (struct path_step){
                        .cert = c, .source = PATH_SERVED, .position = e->served->sent_at[k],
                };
                return true;
        }
        return false;
}

/* @p, and what is sent above an anchor that is no root. */
static struct path whole_path(struct exam *e, const struct path *p)
{
        struct path whole = *p;

        while (whole.anchored && add_sent_issuer(e, &whole))
                ;
        return whole;
}

/* What a path with other certificates does away with. */
static const enum finding_code DATES[] = {
        FINDING_INTERMEDIATE_EXPIRED, FINDING_INTERMEDIATE_NOT_YET_VALID,
        FINDING_INTERMEDIATE_EXPIRING_SOON, FINDING_ROOT_EXPIRED, FINDING_ROOT_EXPIRING_SOON,
};

/* The finding about dates above the leaf that has a mend, or FINDING_COUNT. */
static enum finding_code mended(const struct exam *e)
{
        for (size_t k = 0; e->search.mend.n > 0 && k < ARRAY_LEN(DATES); k++)
                if (finding_find(e->findings, DATES[k]))
                        return DATES[k];
        return FINDING_COUNT;
}

const struct path *repair_path(const struct exam *e)
{
        return mended(e) < FINDING_COUNT ? &e->search.mend : &e->search.best;
}

/* On the mended path, whoever has the subject and key of @c, which it replaces; or NULL. */
static const struct path_step *replacement_of(const struct exam *e, const struct cert *c)
{
        const struct path *p = &e->search.mend;

        for (size_t i = 1; i < p->n; i++) {
                const struct cert *other = p->steps[i].cert;

                if (p->steps[i].source != PATH_ANCHOR && !cert_same(other, c) &&
                    strcmp(other->subject, c->subject) == 0 &&
                    memcmp(other->key_sha256, c->key_sha256, sizeof(c->key_sha256)) == 0)
                        return &p->steps[i];
        }
        return NULL;
}

bool repair_say_replacement(struct exam *e, const struct cert *c, struct finding *f)
{
        static const char *const FROM[PATH_SOURCE_COUNT] = {
                [PATH_SERVED] = "which is sent as well",
                [PATH_CONFIGURED] = "which is among the configured intermediates",
                [PATH_LEARNED] = "which another server sends",
                [PATH_FETCHED] = "which its CA publishes",
        };
        const struct path_step *by = replacement_of(e, c);
        struct buf order = BUF_INIT(FINDING_TEXT_MAX);
        char date[TIME_STR_MAX];

        if (e->search.mend.n == 0)
                return false;
        repair_order(e, &e->search.mend, &order);
        if (by) {
                finding_set(&f->remedy, "Replace it on the server by the newer %s with the same "
                            "key, valid until %s (SHA-256 %s), %s.", by->cert->label,
                            time_str(by->cert->not_after_s, date), by->cert->fingerprint,
                            FROM[by->source]);
                finding_fact(f, "replacement_sha256", "%s", by->cert->fingerprint);
                finding_fact(f, "replacement_from", "%s", PATH_SOURCES[by->source]);
        } else {
                finding_set(&f->remedy, "Serve the chain that ends in %s instead: %s.",
                            e->search.mend.steps[e->search.mend.n - 1].cert->label,
                            buf_str(&order));
        }
        finding_fact(f, "order", "%s", buf_str(&order));
        buf_done(&order);
        return true;
}

void repair_order(struct exam *e, const struct path *p, struct buf *out)
{
        const struct path whole = whole_path(e, p);

        for (size_t i = 0; i < whole.n; i++) {
                const struct path_step *s = &whole.steps[i];

                if (repair_leaves_out(&whole, i))
                        continue;
                buf_printf(out, "%s%s ", i ? ", " : "", s->cert->label);
                if (s->position >= 0)
                        buf_printf(out, "(%d)", s->position + 1);
                else
                        buf_puts(out, "(new)");
        }
}

static struct repair_step *add_step(struct verdict *v, struct cert *c, int position)
{
        struct repair_step *step = &v->repair[v->n_repair++];

        *step = (struct repair_step){ .cert = cert_ref(c), .position = position, .target = -1,
                                      .source = PATH_SERVED, .why = FINDING_COUNT };
        return step;
}

/* The next certificate of the mended chain; @highest is the last position that was kept. */
static void put(struct exam *e, struct verdict *v, const struct path_step *from, int *highest)
{
        struct cert *c = from->cert;
        struct repair_step *step = add_step(v, c, from->position);

        step->target = (int)v->n_fix;
        if (from->position < 0) {
                step->action = REPAIR_ADD;
                step->source = from->source;
                step->why = mended(e) < FINDING_COUNT ? mended(e) : FINDING_MISSING_INTERMEDIATE;
        } else if (from->position < *highest) {
                step->action = REPAIR_MOVE;
                step->why = v->repair[0].position > 0 && from->position < v->repair[0].position
                                    ? FINDING_LEAF_NOT_FIRST
                                    : FINDING_CHAIN_ORDER_WRONG;
        } else {
                *highest = from->position;
        }
        v->fix[v->n_fix] = from->position >= 0 ? mem_printf("#%d", from->position)
                                               : mem_printf("+%s", c->label);
        v->fix_certs[v->n_fix++] = cert_ref(c);
}

static bool is_put(const struct verdict *v, int position)
{
        for (size_t i = 0; i < v->n_repair; i++)
                if (v->repair[i].position == position)
                        return true;
        return false;
}

/* The rules have said of each certificate that need not be sent why: with one of these. */
static enum finding_code why_dropped(const struct exam *e, int position)
{
        static const enum finding_code WHY[] = {
                FINDING_DUPLICATE_CERTIFICATE, FINDING_ROOT_INCLUDED,
                FINDING_EXPIRED_SUPERFLUOUS_CERTIFICATE, FINDING_ALTERNATE_PATH_CERTIFICATE,
                FINDING_SUPERFLUOUS_CERTIFICATE, FINDING_INTERMEDIATE_EXPIRED,
                FINDING_INTERMEDIATE_NOT_YET_VALID, FINDING_INTERMEDIATE_EXPIRING_SOON,
        };
        const struct path *p = repair_path(e);

        for (size_t i = 0; i < e->findings->n; i++)
                for (size_t k = 0; k < ARRAY_LEN(WHY); k++)
                        if (e->findings->items[i].position == position &&
                            e->findings->items[i].code == WHY[k])
                                return WHY[k];
        for (size_t i = 0; i < p->n; i++)
                if (p->steps[i].position == position)
                        return FINDING_ROOT_INCLUDED; /* a private one: clients need it installed */
        return e->impostor ? FINDING_BAD_SIGNATURE : FINDING_SUPERFLUOUS_CERTIFICATE;
}

void repair_chain(struct exam *e, struct verdict *v)
{
        const struct path p = whole_path(e, repair_path(e));
        int highest = -1;

        v->fix = mem_new0(p.n, sizeof(*v->fix));
        v->fix_certs = mem_new0(p.n, sizeof(*v->fix_certs));
        v->repair = mem_new0(p.n + e->served->n, sizeof(*v->repair));
        for (size_t i = 0; i < p.n; i++)
                if (!repair_leaves_out(&p, i))
                        put(e, v, &p.steps[i], &highest);
        for (size_t i = 0; i < e->served->n; i++)
                if (!is_put(v, e->served->sent_at[i])) {
                        struct repair_step *step =
                                add_step(v, e->served->certs[i], e->served->sent_at[i]);

                        step->action = REPAIR_DROP;
                        step->why = why_dropped(e, step->position);
                }
}

void repair_done(struct verdict *v)
{
        for (size_t i = 0; i < v->n_fix; i++) {
                free(v->fix[i]);
                cert_unref(v->fix_certs[i]);
        }
        for (size_t i = 0; i < v->n_repair; i++)
                cert_unref(v->repair[i].cert);
        free(v->fix);
        free(v->fix_certs);
        free(v->repair);
}
