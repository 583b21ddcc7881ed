/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names are compared as sorted lists: a certificate may have 10,000 of them. A name that is gone is
 * still covered when a wildcard for its parent has come; of a certificate without names for
 * clients, the Common Name is what people go by.
 */
#include "common/cert/renewal.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "common/base/parse.h"
#include "common/base/text.h"
#include "common/cert/cert.h"
#include "common/cert/finding.h"

#include <stdlib.h>
#include <string.h>

#define NAMES_SHOWN 10
#define DAY_S 86400

struct name_list {
        const struct cert_name **items; /* borrowed, sorted */
        size_t n;
};

static int name_cmp(const struct cert_name *a, const struct cert_name *b)
{
        if (a->kind != b->kind)
                return a->kind < b->kind ? -1 : 1;
        if (a->len != b->len)
                return a->len < b->len ? -1 : 1;
        for (size_t i = 0; i < a->len; i++) {
                char x = a->bytes[i], y = b->bytes[i];

                if (a->kind == CERT_NAME_DNS) {
                        x = text_lower(x);
                        y = text_lower(y);
                }
                if (x != y)
                        return x < y ? -1 : 1;
        }
        return 0;
}

static int by_name(const void *a, const void *b)
{
        return name_cmp(*(const struct cert_name *const *)a, *(const struct cert_name *const *)b);
}

static struct name_list sorted_names(const struct cert *c)
{
        struct name_list list = { .items = mem_new0(c->n_names, sizeof(*list.items)) };

        for (size_t i = 0; i < c->n_names; i++)
                list.items[list.n++] = &c->names[i];
        if (list.n)
                qsort(list.items, list.n, sizeof(*list.items), by_name);
        return list;
}

static bool has_name(const struct name_list *list, const struct cert_name *name)
{
        return bsearch(&name, list->items, list->n, sizeof(*list->items), by_name) != NULL;
}

/* Is it there, or a wildcard that stands for it? */
static bool covers_name(const struct name_list *list, const struct cert_name *name)
{
        const char *dot = memchr(name->bytes, '.', name->len);

        if (has_name(list, name))
                return true;
        if (name->kind != CERT_NAME_DNS || !dot)
                return false;
        size_t parent = name->len - (size_t)(dot - name->bytes);
        AUTO_FREE char *bytes = mem_new0(1, parent + 1);

        bytes[0] = '*';
        memcpy(bytes + 1, dot, parent); /* not a string: a NUL may be in it */
        return has_name(list, &(struct cert_name){ CERT_NAME_DNS, bytes, parent + 1 });
}

static bool covers_all(const struct cert *is, const struct name_list *now, const struct cert *was,
                       const struct name_list *before)
{
        for (size_t i = 0; i < before->n; i++)
                if (!covers_name(now, before->items[i]))
                        return false;
        if (before->n > 0 || !was->has_cn)
                return true;
        return (is->has_cn && text_ieq(is->cn, was->cn)) ||
               covers_name(now, &(struct cert_name){ CERT_NAME_DNS, was->cn, strlen(was->cn) });
}

/* "a.example, b.example and 3 more": those of @list that @other has not; NULL when it has all. */
static char *names_without(const struct name_list *list, const struct name_list *other)
{
        struct cert_name *found = mem_new0(list->n, sizeof(*found));
        struct cert missing = { .names = found };

        for (size_t i = 0; i < list->n; i++)
                if (!has_name(other, list->items[i]))
                        found[missing.n_names++] = *list->items[i];
        char *text = missing.n_names ? cert_names_str(&missing, NAMES_SHOWN) : NULL;

        free(found);
        return text;
}

static void put_dates(struct finding *f, const struct cert *was, const struct cert *is)
{
        char before[TIME_STR_MAX], after[TIME_STR_MAX];

        if (was->dates_ok) {
                finding_fact(f, "previous_not_after", "%s", time_rfc3339(was->not_after_s, before));
                finding_fact(f, "previous_lifetime_days", "%lld",
                             (long long)((was->not_after_s - was->not_before_s) / DAY_S));
        }
        if (is->dates_ok) {
                finding_fact(f, "not_after", "%s", time_rfc3339(is->not_after_s, after));
                finding_fact(f, "lifetime_days", "%lld",
                             (long long)((is->not_after_s - is->not_before_s) / DAY_S));
        }
}

static bool same_key(const struct cert *a, const struct cert *b)
{
        return memcmp(a->key_sha256, b->key_sha256, sizeof(a->key_sha256)) == 0;
}

static void put_facts(struct finding *f, const struct cert *was, const struct cert *is,
                      const char *added, const char *removed)
{
        finding_fact(f, "previous_sha256", "%s", was->fingerprint);
        finding_fact(f, "previous_serial", "%s", was->serial);
        finding_fact(f, "serial", "%s", is->serial);
        finding_fact(f, "previous_issuer", "%s", was->issuer);
        finding_fact(f, "issuer", "%s", is->issuer);
        if (added)
                finding_fact(f, "names_added", "%s", added);
        if (removed)
                finding_fact(f, "names_removed", "%s", removed);
        finding_fact(f, "key", "%s", same_key(was, is) ? "reused" : "new");
        put_dates(f, was, is);
}

/* "ends 2027-03-15 08:00 UTC after 90 d" */
static void put_span(struct buf *out, const struct cert *c)
{
        char end[TIME_STR_MAX], span[SPAN_STR_MAX];

        if (!c->dates_ok)
                buf_puts(out, "has no usable dates");
        else
                buf_printf(out, "ends %s after %s", time_str(c->not_after_s, end),
                           span_str(c->not_after_s - c->not_before_s, span));
}

static char *message_of(enum finding_code code, const struct cert *was, const struct cert *is,
                        const char *added, const char *removed)
{
        struct buf out = BUF_INIT(FINDING_TEXT_MAX);
        bool same_issuer = strcmp(was->issuer, is->issuer) == 0;

        buf_puts(&out, code == FINDING_RENEWED ? "The certificate was renewed: serial "
                                               : "Another certificate is there: serial ");
        buf_printf(&out, "%s by %s ", is->serial, is->issuer_label);
        put_span(&out, is);
        buf_printf(&out, "; before: serial %s by %s ", was->serial,
                   same_issuer ? "the same CA" : was->issuer_label);
        put_span(&out, was);
        buf_puts(&out, same_key(was, is) ? "; the key is the same" : "; the key is new");
        if (added)
                buf_printf(&out, "; names added: %s", added);
        if (removed)
                buf_printf(&out, "; names removed: %s", removed);
        buf_puts(&out, ".");
        return buf_steal(&out);
}

void renewal_compare(const struct cert *was, const struct cert *is, struct finding *ret)
{
        struct name_list before = sorted_names(was), now = sorted_names(is);
        AUTO_FREE char *added = names_without(&now, &before);
        AUTO_FREE char *removed = names_without(&before, &now);
        bool renewed = covers_all(is, &now, was, &before) && was->dates_ok && is->dates_ok &&
                       is->not_after_s > was->not_after_s;

        *ret = (struct finding){
                .code = renewed ? FINDING_RENEWED : FINDING_CHANGED,
                .severity = FINDINGS[renewed ? FINDING_RENEWED : FINDING_CHANGED].severity,
                .position = FINDING_NO_POSITION,
                .subject = mem_strdup(is->subject),
                .fingerprint = mem_strdup(is->fingerprint),
        };
        ret->message = message_of(ret->code, was, is, added, removed);
        ret->remedy = mem_strdup(renewed ? "Nothing is left to do."
                                         : "If nobody meant to replace it, look at the server's "
                                           "configuration and at who can change it.");
        put_facts(ret, was, is, added, removed);
        free(before.items);
        free(now.items);
}
