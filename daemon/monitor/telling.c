/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in telling.h. */
#include "daemon/monitor/telling.h"

#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "config/model.h"
#include "daemon/alert/words.h"

#include <assert.h>

static const char *name_of(const struct telling_member *m)
{
        return m->cfg ? m->cfg->name : m->id;
}

static char *target_of(const struct telling_member *m)
{
        return m->cfg ? target_str(&m->cfg->target) : mem_strdup(m->id);
}

static enum message_kind kind_of(const struct telling *t, const struct telling_member *m)
{
        if (t->kind == MESSAGE_REPLACED)
                return MESSAGE_REPLACED;
        if (m->gone_s)
                return MESSAGE_RESOLVED;
        if (m->told == SEVERITY_OK)
                return MESSAGE_OPENED;
        return m->severity > m->told   ? MESSAGE_WORSENED
               : m->severity < m->told ? MESSAGE_IMPROVED
                                       : MESSAGE_REMINDER;
}

static void list_members(const struct telling *t, struct message *m)
{
        m->members = mem_new0(t->n, sizeof(*m->members));
        m->n_members = t->n;
        for (size_t i = 0; i < t->n; i++) {
                const struct telling_member *member = &t->members[i];

                m->members[i] = (struct message_member){
                        .endpoint = mem_strdup(member->id),
                        .name = mem_strdup(name_of(member)),
                        .target = target_of(member),
                        .kind = kind_of(t, member),
                        .severity = member->severity,
                        .since_s = member->since_s,
                };
        }
}

static void copy_labels(const struct config_endpoint *e, struct message *m)
{
        m->n_labels = e ? e->set->n_labels : 0;
        m->labels = mem_new0(m->n_labels, sizeof(*m->labels));
        for (size_t i = 0; i < m->n_labels; i++)
                m->labels[i] = (struct message_label){
                        .key = mem_strdup(e->set->labels[i].key),
                        .value = mem_strdup(e->set->labels[i].value),
                };
}

void telling_message(const struct telling *t, struct message *m)
{
        const struct telling_member *first = t->members;
        bool over = t->kind == MESSAGE_RESOLVED; /* then how it was known says nothing */
        const struct words words = { t->message, t->remedy, over && first->retired };

        assert(t->n > 0);
        *m = (struct message){
                .endpoint = mem_strdup(first->id),
                .name = mem_strdup(name_of(first)),
                .target = target_of(first),
                .kind = t->kind,
                .code = t->code,
                .severity = t->severity,
                .previous = t->previous,
                .since_s = t->since_s,
                .at_s = t->at_s,
                .deadline_s = t->deadline_s,
                .flapping = t->flapping,
                .evidence = over ? NULL : mem_strdup(t->evidence),
                .fingerprint = mem_strdup(t->fingerprint),
                .missing_pem = over ? NULL : mem_strdup(t->missing_pem),
                .group = mem_strdup(t->group),
                .n_open = t->n_open,
                .n_opened = t->n_opened,
                .n_resolved = t->n_resolved,
        };
        message_id_new(m->id);
        copy_labels(first->cfg, m);
        if (t->n > 1)
                list_members(t, m);
        m->summary = words_summary(m, &words);
        m->remedy = mem_strdup(words_remedy(m, &words));
}
