/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract is in match.h. One walk over the parts of a match finds the first that does not fit;
 * words for it are only made when somebody asks.
 */
#include "daemon/notice/match.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/text.h"
#include "config/model.h"

#include <string.h>

#define REFUSAL_MAX_BYTES 1024

static const char *label_of(const struct config_endpoint *e, const char *key)
{
        for (size_t i = 0; i < e->set->n_labels; i++)
                if (strcmp(e->set->labels[i].key, key) == 0)
                        return e->set->labels[i].value;
        return NULL;
}

static bool fits_one(char *const *patterns, size_t n, const char *text)
{
        for (size_t i = 0; i < n; i++)
                if (text_fits(patterns[i], text))
                        return true;
        return false;
}

static bool fits_names(const struct config_match *m, const struct config_endpoint *e)
{
        if (m->n_names == 0 || fits_one(m->names, m->n_names, e->name) ||
            fits_one(m->names, m->n_names, e->id))
                return true;
        AUTO_FREE char *target = target_str(&e->target);

        return fits_one(m->names, m->n_names, target);
}

/* The label that is asked for and missing, or has another value; NULL = they all fit. */
static const struct config_label *other_label(const struct config_match *m,
                                              const struct config_endpoint *e)
{
        for (size_t i = 0; i < m->n_labels; i++) {
                const char *value = label_of(e, m->labels[i].key);

                if (!value || !text_fits(m->labels[i].value, value))
                        return &m->labels[i];
        }
        return NULL;
}

bool match_takes(const struct config_match *m, const struct subject *s)
{
        return s->severity >= m->severity &&
               (m->n_codes == 0 || fits_one(m->codes, m->n_codes, FINDINGS[s->code].name)) &&
               !other_label(m, s->endpoint) && fits_names(m, s->endpoint);
}

static void put_patterns(struct buf *out, char *const *patterns, size_t n)
{
        for (size_t i = 0; i < n; i++)
                buf_printf(out, "%s\"%s\"", i ? " or " : "", patterns[i]);
}

char *match_refusal(const struct config_match *m, const struct subject *s)
{
        const struct config_label *label = other_label(m, s->endpoint);
        struct buf out = BUF_INIT(REFUSAL_MAX_BYTES);

        if (match_takes(m, s))
                return NULL;
        if (s->severity < m->severity) {
                buf_printf(&out, "severity is %s, below %s", severity_str(s->severity),
                           severity_str(m->severity));
        } else if (m->n_codes > 0 && !fits_one(m->codes, m->n_codes, FINDINGS[s->code].name)) {
                buf_printf(&out, "code is %s, not ", FINDINGS[s->code].name);
                put_patterns(&out, m->codes, m->n_codes);
        } else if (label && !label_of(s->endpoint, label->key)) {
                buf_printf(&out, "it has no label %s", label->key);
        } else if (label) {
                buf_printf(&out, "label %s is \"%s\", not \"%s\"", label->key,
                           label_of(s->endpoint, label->key), label->value);
        } else {
                buf_printf(&out, "name is \"%s\", not ", s->endpoint->name);
                put_patterns(&out, m->names, m->n_names);
        }
        return buf_steal(&out);
}
