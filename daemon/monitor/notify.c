/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in notify.h. */
#include "daemon/monitor/notify.h"

#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/parse.h"
#include "config/model.h"
#include "daemon/alert/message.h"
#include "daemon/alert/words.h"
#include "daemon/judge/state.h"

#include <inttypes.h>
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
                .flapping = t->flapping,
        };
}

char *notify_summary(const char *name, const struct transition *t)
{
        struct message m = facts_of_transition(name, t);

        return words_summary(&m, &(struct words){ t->message, t->remedy, t->retired });
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

char *notify_first_look(const struct config_endpoint *e, const struct endpoint_state *state)
{
        char until[TIME_STR_MAX], retry[SPAN_STR_MAX];

        if (state->last_error) {
                int n = (int)strlen(state->last_error);

                if (n > 0 && state->last_error[n - 1] == '.')
                        n--; /* the sentence goes on */
                return mem_printf("%s: the first look failed: %.*s; the next is in %s, and %" PRId64
                                  " failures in a row are a problem", e->name, n,
                                  state->last_error, span_str(e->set->retry_s, retry),
                                  e->set->failures);
        }
        if (state->expires_s == 0)
                return mem_printf("%s: ok at the first look", e->name);
        return mem_printf("%s: ok at the first look, until %s", e->name,
                          time_str(state->expires_s, until));
}

void notify_log_first_look(const struct config_endpoint *e, const struct endpoint_state *state)
{
        AUTO_FREE char *text = notify_first_look(e, state);
        const struct log_field fields[] = { { "endpoint", e->id }, { 0 } };

        log_event(state->last_error ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, fields, "%s", text);
}
