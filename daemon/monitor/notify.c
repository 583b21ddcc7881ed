/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in notify.h. */
#include "daemon/monitor/notify.h"

#include "common/base/log.h"
#include "common/base/mem.h"
#include "config/model.h"
#include "daemon/alert/message.h"
#include "daemon/alert/words.h"
#include "daemon/store/store.h"

#include <stdlib.h>
#include <string.h>

static const char *name_of(const char *endpoint, const struct config_endpoint *e)
{
        return e ? e->name : endpoint;
}

/* Of @m, what a summary is made from; all of it borrowed. */
static struct message facts_of_transition(const char *name, const struct transition *t)
{
        return (struct message){
                .name = (char *)name,
                .kind = (enum message_kind)t->kind,
                .code = t->code,
                .severity = t->severity,
                .previous = t->previous,
                .since_s = t->since_s,
                .at_s = t->at_s,
                .deadline_s = t->deadline_s,
        };
}

char *notify_summary(const char *name, const struct transition *t)
{
        struct message m = facts_of_transition(name, t);

        return words_summary(&m, &(struct words){ t->message, t->remedy, t->retired });
}

/* Everything in @m is its own: message_done() it. */
static void message_init(struct message *m, const char *endpoint, const struct config_endpoint *e,
                         const struct transition *t)
{
        bool good = t->kind == TRANSITION_RESOLVED; /* then how it was known says nothing */
        struct words words = { t->message, t->remedy, t->retired };

        *m = (struct message){
                .endpoint = mem_strdup(endpoint),
                .name = mem_strdup(name_of(endpoint, e)),
                .target = e ? target_str(&e->target) : mem_strdup(endpoint),
                .kind = (enum message_kind)t->kind,
                .code = t->code,
                .severity = t->severity,
                .previous = t->previous,
                .since_s = t->since_s,
                .at_s = t->at_s,
                .deadline_s = t->deadline_s,
                .summary = notify_summary(name_of(endpoint, e), t),
                .evidence = good ? NULL : mem_strdup(t->evidence),
                .fingerprint = mem_strdup(t->fingerprint),
                .missing_pem = good ? NULL : mem_strdup(t->missing_pem),
                .n_labels = e ? e->set->n_labels : 0,
        };
        m->remedy = mem_strdup(words_remedy(m, &words));
        message_id_new(m->id);
        m->labels = mem_new0(m->n_labels, sizeof(*m->labels));
        for (size_t i = 0; i < m->n_labels; i++)
                m->labels[i] = (struct message_label){
                        .key = mem_strdup(e->set->labels[i].key),
                        .value = mem_strdup(e->set->labels[i].value),
                };
}

int notify_queue(struct store *store, const struct config_receiver *receivers, size_t n,
                 const char *endpoint, const struct config_endpoint *e,
                 const struct transition_list *transitions)
{
        int r = 0;

        for (size_t i = 0; i < transitions->n && r == 0; i++) {
                const struct transition *t = &transitions->items[i];
                struct message m;

                message_init(&m, endpoint, e, t);
                AUTO_FREE char *payload = message_to_json(&m);

                for (size_t k = 0; k < n && r == 0; k++)
                        r = store_outbox_add(store, m.id, receivers[k].name, endpoint,
                                             payload, t->at_s);
                message_done(&m);
        }
        return r;
}

void notify_log(const char *endpoint, const struct config_endpoint *e,
                const struct transition_list *transitions)
{
        for (size_t i = 0; i < transitions->n; i++) {
                const struct transition *t = &transitions->items[i];
                AUTO_FREE char *summary = notify_summary(name_of(endpoint, e), t);
                const struct log_field fields[] = {
                        { "endpoint", endpoint },
                        { "code", FINDINGS[t->code].name },
                        { "severity", severity_str(t->severity) },
                        { "transition", transition_kind_str(t->kind) },
                        { 0 },
                };
                bool good = t->kind == TRANSITION_RESOLVED || t->kind == TRANSITION_IMPROVED ||
                            t->severity == SEVERITY_INFO;

                log_event(good                               ? LOG_LEVEL_INFO
                          : t->severity == SEVERITY_ERROR    ? LOG_LEVEL_ERROR
                                                             : LOG_LEVEL_WARNING,
                          fields, "%s", summary);
        }
}
