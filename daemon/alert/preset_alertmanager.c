/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prometheus Alertmanager, API v2: every problem is an alert, known by its labels. It forgets what
 * it is not told again, and all when it starts: so what is open is sent again and again, each time
 * with an end that lies a few rounds ahead, and what is resolved with the end it had.
 *
 * The severity is a label, because that is what its routes go by. When it changes, the alert of the
 * former severity ends and another begins, in one request.
 */
#include "daemon/alert/preset.h"
#include "daemon/alert/resend.h"

#include "common/base/mem.h"
#include "common/base/parse.h"

#include <string.h>

#define PATH "/api/v2/alerts"
#define TEST_S 300
#define LABEL_BYTES 512
#define NOTE_BYTES 3000

static json_t *labels_of(const struct message *m, const char *alertname, enum severity severity)
{
        json_t *labels = json_object();

        for (size_t i = 0; i < m->n_labels; i++)
                preset_put(labels, m->labels[i].key, preset_text(m->labels[i].value, LABEL_BYTES));
        preset_put(labels, "alertname", json_string(alertname));
        preset_put(labels, "severity", json_string(message_severity_str(severity)));
        preset_put(labels, "endpoint", preset_text(m->endpoint, LABEL_BYTES));
        preset_put(labels, "instance", preset_text(m->target, LABEL_BYTES));
        return labels;
}

static void put_note(json_t *notes, const char *key, const char *text)
{
        if (text && *text)
                preset_put(notes, key, preset_text(text, NOTE_BYTES));
}

static json_t *time_json(int64_t s)
{
        char text[TIME_STR_MAX];

        return json_string(time_rfc3339(s, text));
}

static json_t *annotations_of(const struct message *m)
{
        json_t *notes = json_object();

        put_note(notes, "summary", m->summary);
        put_note(notes, "description", m->remedy);
        put_note(notes, "evidence", m->evidence);
        put_note(notes, "name", m->name);
        put_note(notes, "certificate_sha256", m->fingerprint);
        if (m->deadline_s > 0)
                preset_put(notes, "deadline", time_json(m->deadline_s));
        return notes;
}

static json_t *alert(const struct message *m, const char *alertname, enum severity severity,
                     int64_t end_s)
{
        json_t *o = json_object();

        preset_put(o, "labels", labels_of(m, alertname, severity));
        preset_put(o, "annotations", annotations_of(m));
        preset_put(o, "startsAt", time_json(m->since_s));
        preset_put(o, "endsAt", time_json(end_s > m->since_s ? end_s : m->since_s));
        return o;
}

static json_t *firing(const struct preset_terms *t, const struct message *m)
{
        return alert(m, message_code(m), m->severity,
                     t->now_s + RESEND_ROUNDS * t->cfg->resend_s);
}

static json_t *ended(const struct message *m, enum severity severity)
{
        return alert(m, message_code(m), severity, m->at_s);
}

static void append_alerts(json_t *list, const struct preset_terms *t, const struct message *m)
{
        if (m->kind == MESSAGE_TEST) {
                preset_append(list, alert(m, "notafter-test", SEVERITY_INFO, t->now_s + TEST_S));
        } else if (m->kind == MESSAGE_RESOLVED) {
                preset_append(list, ended(m, m->severity));
        } else if (preset_is_problem(m)) {
                if (m->previous != SEVERITY_OK && m->previous != m->severity)
                        preset_append(list, ended(m, m->previous));
                preset_append(list, firing(t, m));
        }
}

static void post_list(const struct preset_terms *t, json_t *list, struct preset_post *ret)
{
        size_t n = strlen(t->url);

        while (n > 0 && t->url[n - 1] == '/')
                n--;
        ret->url = mem_printf("%.*s" PATH, (int)n, t->url);
        ret->authorization = t->token ? mem_printf("Bearer %s", t->token) : NULL;
        if (json_array_size(list) > 0)
                ret->body = preset_dump(list);
        else
                json_decref(list);
}

static void resend(const struct preset_terms *t, const struct message *messages, size_t n,
                   struct preset_post *ret)
{
        json_t *list = json_array();

        for (size_t i = 0; i < n; i++)
                append_alerts(list, t, &messages[i]);
        post_list(t, list, ret);
}

static void post(const struct preset_terms *t, const struct message *m, const char *payload,
                 struct preset_post *ret)
{
        (void)payload;
        resend(t, m, 1, ret);
}

static char *refuse(const char *url)
{
        return strpbrk(url, "?#") ? mem_strdup("an Alertmanager's address ends with its path")
                                  : NULL;
}

const struct preset PRESET_ALERTMANAGER = { .post = post, .resend = resend, .refuse = refuse };
