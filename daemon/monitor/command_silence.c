/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of `notafter silence`: add, list, expire. */
#include "daemon/monitor/commands_internal.h"

#include "common/base/cleanup.h"
#include "common/base/clock.h"
#include "common/cert/json_text.h"
#include "config/model.h"
#include "daemon/monitor/fleet.h"
#include "daemon/monitor/silences.h"

/* What a silence takes now: a slip in it shows at once. */
struct taken {
        json_int_t endpoints; /* that fit, whatever is wrong with them */
        json_int_t problems;  /* open ones */
};

static struct taken count_taken(const struct fleet *f, const struct config_match *match)
{
        struct config_match endpoints = *match;
        struct taken taken = { 0 };

        endpoints.n_codes = 0;
        endpoints.severity = SEVERITY_OK;
        for (size_t i = 0; i < f->n; i++) {
                const struct member *m = &f->members[i];

                if (!match_takes(&endpoints, &(struct subject){ .endpoint = m->cfg }))
                        continue;
                taken.endpoints++;
                for (size_t k = 0; k < m->state.n_problems; k++) {
                        const struct problem *p = &m->state.problems[k];

                        taken.problems += match_takes(
                                match, &(struct subject){ m->cfg, p->code, p->severity });
                }
        }
        return taken;
}

json_t *command_silence_add(struct monitor *m, const json_t *request)
{
        AUTO_FREE char *error = NULL;
        int64_t now_s = clock_wall_s();
        const struct silence *is = silences_add(monitor_silences(m), request, now_s, &error);

        if (!is)
                return command_error("%s", error);
        struct taken taken = count_taken(monitor_fleet(m), is->match);
        json_t *answer = json_must(json_pack("{s:o, s:I, s:I}",
                                             "silence", silence_json(is, now_s),
                                             "endpoints", taken.endpoints,
                                             "problems", taken.problems));

        monitor_silences_changed(m);
        return answer;
}

json_t *command_silence_list(struct monitor *m, const json_t *request)
{
        int64_t now_s = clock_wall_s();

        (void)request;
        return json_must(json_pack("{s:o, s:o}", "at", json_instant(now_s), "silences",
                                   silences_json(monitor_silences(m), now_s)));
}

json_t *command_silence_expire(struct monitor *m, const json_t *request)
{
        const char *id = command_text(request, "id");
        AUTO_FREE char *error = id ? silences_expire(monitor_silences(m), id,
                                                     command_text(request, "user")) : NULL;

        if (!id)
                return command_error("say the id of a silence");
        if (error)
                return command_error("%s", error);
        monitor_silences_changed(m);
        return json_must(json_pack("{s:s}", "expired", id));
}
