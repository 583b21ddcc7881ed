/* SPDX-License-Identifier: Apache-2.0 */
/* What each service is sent: its own form, its own limits, and nothing that a text can break. */
#include "sample.h"

#include "daemon/alert/preset.h"
#include "config/template.h"

#define NOW_S (SAMPLE_AT_S + 10)
#define HOSTILE                                                                                    \
        "\"}],\"x\":1 \\ <!channel> <https://evil.test|ok> @everyone [a](http://evil.test) "       \
        "**b** `c` {{token}} {{id}} \x1b[2J \xff\n\r\t\xe2\x80\xae end"

/* --- what is sent ----------------------------------------------------------------------------- */

struct sent {
        char *url, *authorization;
        json_t *body; /* NULL = nothing */
};

static struct config_receiver receiver_of(enum receiver_kind kind)
{
        return (struct config_receiver){
                .name = (char *)"ops",
                .kind = kind,
                .resend_s = kind == RECEIVER_ALERTMANAGER ? 60 : 0,
                .body = (char *)"{\"text\":\"{{severity}}: {{summary}}\",\"labels\":\"{{labels}}\","
                                "\"team\":\"{{labels.team}}\",\"no\":\"{{labels.no}}\","
                                "\"n\":[1,\"x{{counts}}{{evidence}}\"],\"{\":\"{{type}}\"}",
        };
}

static struct preset_terms terms_of(const struct config_receiver *cfg)
{
        const char *url = cfg->kind == RECEIVER_NTFY ? "https://ntfy.test/sub/topic-x"
                                                     : "https://h.test/base/";

        return (struct preset_terms){ cfg, url, "t0ken", NOW_S };
}

static struct sent sent_of(struct preset_post *p)
{
        struct sent s = { mem_strdup(p->url), mem_strdup(p->authorization), NULL };

        if (p->body) {
                s.body = json_loads(p->body, JSON_REJECT_DUPLICATES, NULL);
                assert_non_null(s.body);
        }
        preset_post_done(p);
        return s;
}

static struct sent post(enum receiver_kind kind, const struct message *m)
{
        const struct config_receiver cfg = receiver_of(kind);
        const struct preset_terms terms = terms_of(&cfg);
        AUTO_FREE char *payload = message_to_json(m);
        struct preset_post p = { 0 };

        PRESETS[kind]->post(&terms, m, payload, &p);
        return sent_of(&p);
}

static void sent_done(struct sent *s)
{
        free(s->url);
        free(s->authorization);
        json_decref(s->body);
}

/* The value at a path of keys and numbers: "attachments/0/title". */
static json_t *at(const struct sent *s, const char *path)
{
        AUTO_FREE char *copy = mem_strdup(path);
        char *rest = copy;
        json_t *v = s->body;

        for (char *key; (key = strsep(&rest, "/"));)
                v = json_is_array(v) ? json_array_get(v, (size_t)atoi(key))
                                     : json_object_get(v, key);
        if (!v)
                fail_msg("nothing at %s", path);
        return v;
}

static void assert_at(const struct sent *s, const char *path, const char *text)
{
        const char *is = json_string_value(at(s, path));

        assert_non_null(is);
        assert_string_equal(is, text);
}

static struct message hostile(void)
{
        struct message m = sample();

        replace_text(&m.endpoint, HOSTILE);
        replace_text(&m.name, HOSTILE);
        replace_text(&m.target, HOSTILE);
        replace_text(&m.summary, HOSTILE);
        replace_text(&m.remedy, HOSTILE);
        m.evidence = mem_strdup(HOSTILE);
        replace_text(&m.labels[0].value, HOSTILE);
        return m;
}

static char *long_text(void)
{
        char *s = mem_new0(20001, 1);

        for (size_t i = 0; i < 20000; i += 2)
                memcpy(s + i, "\xc3\xbc", 2);
        return s;
}

/* --- all of them ------------------------------------------------------------------------------ */

static void check_strings(const json_t *v)
{
        const char *key, *s = json_string_value(v);
        json_t *member;
        size_t i;

        if (s) {
                assert_null(strchr(s, '\x1b'));
                assert_null(strstr(s, "\xe2\x80\xae"));
        }
        json_object_foreach((json_t *)v, key, member)
                check_strings(member);
        json_array_foreach(v, i, member)
                check_strings(member);
}

static void every_kind_of_message__is_json_for_everyone(void **state)
{
        (void)state;
        for (int kind = RECEIVER_ALERTMANAGER; kind < RECEIVER_KIND_COUNT; kind++)
                for (int k = 0; PRESETS[kind] && k < MESSAGE_KIND_COUNT; k++) {
                        struct message m = hostile();

                        m.kind = (enum message_kind)k;
                        struct sent s = post((enum receiver_kind)kind, &m);

                        if (s.body)
                                check_strings(s.body);
                        sent_done(&s);
                        message_done(&m);
                }
}

static void no_text__is_too_long(void **state)
{
        AUTO_FREE char *text = long_text();

        (void)state;
        for (int kind = RECEIVER_ALERTMANAGER; kind < RECEIVER_KIND_COUNT; kind++) {
                if (!PRESETS[kind])
                        continue;
                struct message m = sample();

                replace_text(&m.summary, text);
                replace_text(&m.remedy, text);
                replace_text(&m.target, text);
                replace_text(&m.endpoint, text);
                struct sent s = post((enum receiver_kind)kind, &m);
                AUTO_FREE char *body = json_dumps(s.body, JSON_COMPACT);

                assert_true(strlen(body) < 28000); /* Teams takes no more */
                sent_done(&s);
                message_done(&m);
        }
}

static void events__page_nobody(void **state)
{
        static const enum receiver_kind KINDS[] = { RECEIVER_PAGERDUTY, RECEIVER_OPSGENIE,
                                                    RECEIVER_ALERTMANAGER };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(KINDS); i++) {
                struct message m = sample();

                m.kind = MESSAGE_REPLACED;
                struct sent event = post(KINDS[i], &m);

                m.kind = MESSAGE_SUMMARY;
                struct sent summary = post(KINDS[i], &m);

                m.kind = MESSAGE_TEST;
                struct sent test = post(KINDS[i], &m);

                assert_null(event.body);
                assert_null(summary.body);
                assert_non_null(test.body);
                sent_done(&event);
                sent_done(&summary);
                sent_done(&test);
                message_done(&m);
        }
}

/* --- Alertmanager ----------------------------------------------------------------------------- */

static void alertmanager__knows_alerts_by_labels(void **state)
{
        struct message m = sample();
        struct sent s = post(RECEIVER_ALERTMANAGER, &m);

        (void)state;
        assert_string_equal(s.url, "https://h.test/base/api/v2/alerts");
        assert_string_equal(s.authorization, "Bearer t0ken");
        assert_int_equal(json_array_size(s.body), 1);
        assert_at(&s, "0/labels/alertname", "leaf-expired");
        assert_at(&s, "0/labels/severity", "critical");
        assert_at(&s, "0/labels/endpoint", "www");
        assert_at(&s, "0/labels/instance", "example.com:443");
        assert_at(&s, "0/labels/team", "web");
        assert_at(&s, "0/annotations/summary", "Web shop: certificate has expired");
        assert_at(&s, "0/annotations/description", "Renew it.");
        assert_at(&s, "0/startsAt", "2026-11-23T08:59:00Z");
        assert_at(&s, "0/endsAt", "2026-11-23T09:05:10Z"); /* five rounds from now */
        sent_done(&s);
        message_done(&m);
}

static void alertmanager__own_labels_win(void **state)
{
        struct message m = sample();

        (void)state;
        replace_text(&m.labels[0].key, "alertname");
        struct sent s = post(RECEIVER_ALERTMANAGER, &m);

        assert_at(&s, "0/labels/alertname", "leaf-expired");
        sent_done(&s);
        message_done(&m);
}

static void alertmanager__resolves_what_it_knows(void **state)
{
        struct message m = sample();

        (void)state;
        m.kind = MESSAGE_RESOLVED;
        m.since_s = m.at_s + 5; /* a clock went back; an end before the start is refused */
        struct sent s = post(RECEIVER_ALERTMANAGER, &m);

        assert_int_equal(json_array_size(s.body), 1);
        assert_at(&s, "0/labels/severity", "critical");
        assert_at(&s, "0/startsAt", "2026-11-23T09:00:05Z");
        assert_at(&s, "0/endsAt", "2026-11-23T09:00:05Z");
        sent_done(&s);
        message_done(&m);
}

static void alertmanager__ends_the_former_severity(void **state)
{
        struct message m = sample();

        (void)state;
        m.kind = MESSAGE_WORSENED;
        m.previous = SEVERITY_WARNING;
        struct sent s = post(RECEIVER_ALERTMANAGER, &m);

        assert_int_equal(json_array_size(s.body), 2);
        assert_at(&s, "0/labels/severity", "warning");
        assert_at(&s, "0/endsAt", "2026-11-23T09:00:00Z");
        assert_at(&s, "1/labels/severity", "critical");
        assert_at(&s, "1/endsAt", "2026-11-23T09:05:10Z");
        sent_done(&s);
        message_done(&m);
}

static void alertmanager__is_told_again_of_many(void **state)
{
        const struct config_receiver cfg = receiver_of(RECEIVER_ALERTMANAGER);
        const struct preset_terms terms = terms_of(&cfg);
        struct message m[2] = { sample(), sample() };
        struct preset_post p = { 0 };

        (void)state;
        m[0].kind = MESSAGE_REMINDER;
        m[1].kind = MESSAGE_RESOLVED;
        PRESET_ALERTMANAGER.resend(&terms, m, 2, &p);
        struct sent s = sent_of(&p);

        assert_int_equal(json_array_size(s.body), 2);
        assert_at(&s, "0/endsAt", "2026-11-23T09:05:10Z");
        assert_at(&s, "1/endsAt", "2026-11-23T09:00:00Z");
        sent_done(&s);
        message_done(&m[0]);
        message_done(&m[1]);
}

/* --- chats ------------------------------------------------------------------------------------ */

static void slack__calls_nobody(void **state)
{
        struct message m = hostile();
        struct sent s = post(RECEIVER_SLACK, &m);
        AUTO_FREE char *all = json_dumps(s.body, JSON_COMPACT);

        (void)state;
        assert_null(strpbrk(all, "<>"));
        assert_non_null(strstr(all, "&lt;!channel&gt;"));
        assert_at(&s, "attachments/0/color", "#c0392b");
        assert_int_equal(json_array_size(at(&s, "attachments/0/mrkdwn_in")), 0);
        assert_true(json_is_true(at(&s, "attachments/0/fields/0/short")));
        assert_null(s.url);
        assert_null(s.authorization);
        sent_done(&s);
        message_done(&m);
}

static void discord__marks_nothing_up(void **state)
{
        struct message m = hostile();
        struct sent s = post(RECEIVER_DISCORD, &m);
        const char *title = json_string_value(at(&s, "embeds/0/title"));

        (void)state;
        assert_int_equal(json_array_size(at(&s, "allowed_mentions/parse")), 0);
        assert_non_null(strstr(title, "\\<!channel\\>"));
        assert_non_null(strstr(title, "\\@everyone"));
        sent_done(&s);
        message_done(&m);
}

static void discord__stays_within_its_limits(void **state)
{
        struct message m = sample();
        AUTO_FREE char *stars = mem_new0(3001, 1);
        size_t all = 0, i;
        json_t *field;

        (void)state;
        memset(stars, '*', 3000);
        replace_text(&m.summary, stars);
        replace_text(&m.remedy, stars);
        replace_text(&m.target, stars);
        struct sent s = post(RECEIVER_DISCORD, &m);

        assert_true(json_string_length(at(&s, "embeds/0/title")) <= 256);
        assert_true(json_string_length(at(&s, "embeds/0/description")) <= 4096);
        all += json_string_length(at(&s, "embeds/0/title"));
        all += json_string_length(at(&s, "embeds/0/description"));
        json_array_foreach(at(&s, "embeds/0/fields"), i, field) {
                assert_true(json_string_length(json_object_get(field, "value")) <= 1024);
                all += json_string_length(json_object_get(field, "name"));
                all += json_string_length(json_object_get(field, "value"));
        }
        assert_true(all <= 6000);
        sent_done(&s);
        message_done(&m);
}

static void teams__gets_a_card_without_markdown(void **state)
{
        struct message m = hostile();
        struct sent s = post(RECEIVER_TEAMS, &m);
        json_t *block;
        size_t i;

        (void)state;
        assert_at(&s, "type", "message");
        assert_at(&s, "attachments/0/contentType", "application/vnd.microsoft.card.adaptive");
        assert_at(&s, "attachments/0/content/type", "AdaptiveCard");
        assert_at(&s, "attachments/0/content/body/0/inlines/0/color", "attention");
        json_array_foreach(at(&s, "attachments/0/content/body"), i, block)
                assert_string_equal(json_string_value(json_object_get(block, "type")),
                                    "RichTextBlock");
        sent_done(&s);
        message_done(&m);
}

static void ntfy__is_posted_to_the_root(void **state)
{
        struct message m = sample();
        struct sent s = post(RECEIVER_NTFY, &m);

        (void)state;
        assert_string_equal(s.url, "https://ntfy.test/sub/");
        assert_string_equal(s.authorization, "Bearer t0ken");
        assert_at(&s, "topic", "topic-x");
        assert_at(&s, "title", "[critical] Web shop: certificate has expired");
        assert_int_equal(json_integer_value(at(&s, "priority")), 5);
        assert_at(&s, "tags/0", "rotating_light");
        assert_at(&s, "tags/1", "leaf-expired");
        sent_done(&s);
        m.kind = MESSAGE_RESOLVED;
        s = post(RECEIVER_NTFY, &m);
        assert_int_equal(json_integer_value(at(&s, "priority")), 3);
        assert_at(&s, "title", "[resolved] Web shop: certificate has expired");
        sent_done(&s);
        message_done(&m);
}

static void addresses__are_checked(void **state)
{
        static const struct {
                enum receiver_kind kind;
                const char *url;
                bool good;
        } ROWS[] = {
                { RECEIVER_NTFY, "https://ntfy.sh/topic", true },
                { RECEIVER_NTFY, "https://h.test/ntfy/topic", true },
                { RECEIVER_NTFY, "https://ntfy.sh", false },
                { RECEIVER_NTFY, "https://ntfy.sh/", false },
                { RECEIVER_NTFY, "https://ntfy.sh/topic?auth=x", false },
                { RECEIVER_ALERTMANAGER, "http://am:9093", true },
                { RECEIVER_ALERTMANAGER, "http://am:9093/prefix/", true },
                { RECEIVER_ALERTMANAGER, "http://am:9093/?x", false },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                AUTO_FREE char *why = PRESETS[ROWS[i].kind]->refuse(ROWS[i].url);

                assert_int_equal(why == NULL, ROWS[i].good);
        }
}

/* --- incidents -------------------------------------------------------------------------------- */

static void pagerduty__has_one_incident_for_a_group(void **state)
{
        struct message m = sample();

        (void)state;
        m.group = mem_strdup("grp_0123");
        struct sent s = post(RECEIVER_PAGERDUTY, &m);

        assert_at(&s, "routing_key", "t0ken");
        assert_at(&s, "event_action", "trigger");
        assert_at(&s, "dedup_key", "grp_0123");
        assert_at(&s, "payload/severity", "critical");
        assert_at(&s, "payload/source", "example.com:443");
        assert_at(&s, "payload/summary", "Web shop: certificate has expired");
        assert_null(s.authorization);
        sent_done(&s);
        m.kind = MESSAGE_RESOLVED;
        s = post(RECEIVER_PAGERDUTY, &m);
        assert_at(&s, "event_action", "resolve");
        assert_at(&s, "dedup_key", "grp_0123");
        sent_done(&s);
        message_done(&m);
}

static void opsgenie__closes_by_alias(void **state)
{
        struct message m = sample();

        (void)state;
        m.group = mem_strdup("grp_0123");
        struct sent s = post(RECEIVER_OPSGENIE, &m);

        assert_string_equal(s.url, "https://h.test/base/v2/alerts");
        assert_string_equal(s.authorization, "GenieKey t0ken");
        assert_at(&s, "alias", "grp_0123");
        assert_at(&s, "priority", "P1");
        assert_at(&s, "details/Code", "leaf-expired");
        sent_done(&s);
        m.kind = MESSAGE_RESOLVED;
        s = post(RECEIVER_OPSGENIE, &m);
        assert_string_equal(s.url,
                            "https://h.test/base/v2/alerts/grp_0123/close?identifierType=alias");
        sent_done(&s);
        message_done(&m);
}

/* --- template --------------------------------------------------------------------------------- */

static void template__is_filled(void **state)
{
        struct message m = sample();
        struct sent s = post(RECEIVER_TEMPLATE, &m);

        (void)state;
        assert_at(&s, "text", "critical: Web shop: certificate has expired");
        assert_at(&s, "labels/team", "web"); /* the value itself */
        assert_at(&s, "team", "web");
        assert_true(json_is_null(at(&s, "no")));
        assert_int_equal(json_integer_value(at(&s, "n/0")), 1);
        assert_at(&s, "n/1", "x{\"open\":0,\"opened\":0,\"resolved\":0}");
        assert_at(&s, "{", "notafter.problem.opened");
        assert_string_equal(s.authorization, "Bearer t0ken");
        sent_done(&s);
        message_done(&m);
}

static void template__keeps_its_form(void **state)
{
        struct message plain = sample(), bad = hostile();
        struct sent a = post(RECEIVER_TEMPLATE, &plain), b = post(RECEIVER_TEMPLATE, &bad);
        const char *key;
        json_t *value;

        (void)state;
        assert_int_equal(json_object_size(a.body), json_object_size(b.body));
        json_object_foreach(a.body, key, value)
                assert_int_equal(json_typeof(value), json_typeof(json_object_get(b.body, key)));
        assert_non_null(strstr(json_string_value(at(&b, "text")), "{{token}} {{id}}"));
        sent_done(&a);
        sent_done(&b);
        message_done(&plain);
        message_done(&bad);
}

static void template__puts_the_token_in_once(void **state)
{
        struct config_receiver cfg = receiver_of(RECEIVER_TEMPLATE);
        const struct preset_terms terms = terms_of(&cfg);
        struct message m = hostile();
        AUTO_FREE char *payload = message_to_json(&m);
        struct preset_post p = { 0 };

        (void)state;
        cfg.body = (char *)"{\"key\":\"{{token}}\",\"text\":\"{{summary}}\"}";
        PRESET_TEMPLATE.post(&terms, &m, payload, &p);
        struct sent s = sent_of(&p);

        assert_at(&s, "key", "t0ken");
        assert_null(strstr(json_string_value(at(&s, "text")), "t0ken"));
        assert_null(s.authorization);
        sent_done(&s);
        message_done(&m);
}

/* Every key of a message can stand in a template: config/ cannot ask alert/ for them. */
static void template__knows_every_key(void **state)
{
        struct message m = sample();
        AUTO_FREE char *payload = message_to_json(&m);
        json_t *root = json_loads(payload, 0, NULL), *value;
        const char *key;

        (void)state;
        json_object_foreach(json_object_get(root, "data"), key, value) {
                AUTO_FREE char *text = mem_printf("[\"{{%s}}\"]", key);
                AUTO_FREE char *compact = NULL;
                AUTO_FREE char *error = NULL;

                if (template_check(text, &compact, &error) < 0)
                        fail_msg("%s", error);
        }
        json_decref(root);
        message_done(&m);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_kind_of_message__is_json_for_everyone),
                cmocka_unit_test(no_text__is_too_long),
                cmocka_unit_test(events__page_nobody),
                cmocka_unit_test(alertmanager__knows_alerts_by_labels),
                cmocka_unit_test(alertmanager__own_labels_win),
                cmocka_unit_test(alertmanager__resolves_what_it_knows),
                cmocka_unit_test(alertmanager__ends_the_former_severity),
                cmocka_unit_test(alertmanager__is_told_again_of_many),
                cmocka_unit_test(slack__calls_nobody),
                cmocka_unit_test(discord__marks_nothing_up),
                cmocka_unit_test(discord__stays_within_its_limits),
                cmocka_unit_test(teams__gets_a_card_without_markdown),
                cmocka_unit_test(ntfy__is_posted_to_the_root),
                cmocka_unit_test(addresses__are_checked),
                cmocka_unit_test(pagerduty__has_one_incident_for_a_group),
                cmocka_unit_test(opsgenie__closes_by_alias),
                cmocka_unit_test(template__is_filled),
                cmocka_unit_test(template__keeps_its_form),
                cmocka_unit_test(template__puts_the_token_in_once),
                cmocka_unit_test(template__knows_every_key),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
