/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PagerDuty, Events API v2: a group of problems is one incident (dedup_key), from its first message
 * to its end. It is told of problems only: a renewed certificate wakes nobody.
 */
#include "daemon/alert/preset.h"

#include "common/base/cleanup.h"
#include "common/base/parse.h"

#include <string.h>

#define SUMMARY_BYTES 1024 /* its own limit */
#define SOURCE_BYTES 512
#define BODY_BYTES 6000

static const char *const SEVERITIES[RANK_COUNT] = {
        [RANK_CRITICAL] = "critical",
        [RANK_WARNING]  = "warning",
        [RANK_INFO]     = "info",
        [RANK_GOOD]     = "info",
};

static json_t *details(const struct message *m)
{
        struct preset_fact facts[PRESET_MAX_FACTS];
        size_t n = preset_facts(m, facts);
        AUTO_FREE char *body = preset_body(m, BODY_BYTES);
        json_t *o = json_object();

        for (size_t i = 0; i < n; i++)
                preset_put(o, facts[i].key, json_string(facts[i].value));
        preset_put(o, "Details", json_string(body));
        preset_facts_done(facts, n);
        return o;
}

static json_t *payload_of(const struct message *m)
{
        json_t *o = json_object();
        char at[TIME_STR_MAX];

        preset_put(o, "summary", preset_text(m->summary, SUMMARY_BYTES));
        preset_put(o, "source", preset_text(m->target, SOURCE_BYTES));
        preset_put(o, "severity", json_string(SEVERITIES[preset_rank(m)]));
        preset_put(o, "timestamp", json_string(time_rfc3339(m->at_s, at)));
        preset_put(o, "component", preset_text(m->endpoint, SOURCE_BYTES));
        preset_put(o, "class", json_string(message_code(m)));
        preset_put(o, "custom_details", details(m));
        return o;
}

static void post(const struct preset_terms *t, const struct message *m, const char *payload,
                 struct preset_post *ret)
{
        bool good = m->kind == MESSAGE_RESOLVED;
        json_t *root;

        (void)payload;
        if (!preset_is_problem(m) && m->kind != MESSAGE_TEST)
                return;
        root = json_object();
        preset_put(root, "routing_key", json_string(t->token));
        preset_put(root, "event_action", json_string(good ? "resolve" : "trigger"));
        preset_put(root, "dedup_key", json_string(preset_key(m)));
        preset_put(root, "client", json_string("notafter"));
        preset_put(root, "payload", payload_of(m));
        ret->body = preset_dump(root);
}

const struct preset PRESET_PAGERDUTY = { .post = post };
