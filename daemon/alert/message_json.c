/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages to JSON and back. The size is bounded by arithmetic, not by trial: every text has a
 * limit of its own (TEXTS), JSON at most doubles it (only '"' and '\' need escaping once a text is
 * printable), and the PEM, the labels and the members, in this order, live on what is left.
 */
#include "daemon/alert/message.h"

#include "daemon/alert/excerpt.h"

#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "common/base/parse.h"

#include <assert.h>
#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <string.h>

#define FRAME_BYTES 1100 /* keys, punctuation, names of our own and dates; the test measures it */
#define LABEL_KEY_BYTES 128
#define LABEL_VALUE_BYTES 512
#define LABEL_FRAME_BYTES 6 /* "":"", */
#define MEMBER_TEXT_BYTES 512
#define MEMBER_FRAME_BYTES 150 /* keys, punctuation, names of our own and a date */

/* The texts of a message that others write. */
static const struct {
        const char *key;
        size_t member; /* offset of a char * in struct message */
        size_t max_bytes;
        bool nullable;
} TEXTS[] = {
        { "endpoint",           offsetof(struct message, endpoint),    512,  false },
        { "name",               offsetof(struct message, name),        512,  false },
        { "target",             offsetof(struct message, target),      512,  false },
        { "summary",            offsetof(struct message, summary),     3000, false },
        { "remedy",             offsetof(struct message, remedy),      3000, false },
        { "evidence",           offsetof(struct message, evidence),    1000, true },
        { "certificate_sha256", offsetof(struct message, fingerprint), 128,  true },
        { "group",              offsetof(struct message, group),       64,   true },
};

static const char *const TYPES[MESSAGE_KIND_COUNT] = {
        [MESSAGE_OPENED]   = "notafter.problem.opened",
        [MESSAGE_WORSENED] = "notafter.problem.worsened",
        [MESSAGE_IMPROVED] = "notafter.problem.improved",
        [MESSAGE_RESOLVED] = "notafter.problem.resolved",
        [MESSAGE_REPLACED] = "notafter.certificate.replaced",
        [MESSAGE_AMENDED]  = "notafter.problem.amended",
        [MESSAGE_REMINDER] = "notafter.problem.reminder",
        [MESSAGE_TEST]     = "notafter.test",
        [MESSAGE_SUMMARY]  = "notafter.summary",
};

/* --- to JSON ---------------------------------------------------------------------------------- */

static void put(json_t *object, const char *key, json_t *value)
{
        if (json_object_set_new(object, key, value) < 0)
                mem_exhausted();
}

/* What @s takes between quotes in JSON. */
static size_t json_len(const char *s)
{
        size_t n = 0;

        for (; *s; s++)
                n += *s == '"' || *s == '\\' || *s == '\n' ? 2 : 1;
        return n;
}

static char **text_of(const struct message *m, size_t i)
{
        return (char **)((const char *)m + TEXTS[i].member);
}

/* Puts the texts and returns the bytes that are left. */
static size_t put_texts(json_t *data, const struct message *m)
{
        size_t left = MESSAGE_MAX_BYTES - FRAME_BYTES;

        for (size_t i = 0; i < ARRAY_LEN(TEXTS); i++) {
                const char *text = *text_of(m, i);
                AUTO_FREE char *s = excerpt(text, TEXTS[i].max_bytes);

                put(data, TEXTS[i].key, !text && TEXTS[i].nullable ? json_null() : json_string(s));
                left -= json_len(s);
        }
        return left;
}

/* PEM is ASCII, and whole or not there; returns the bytes that are left. */
static size_t put_pem(json_t *data, const struct message *m, size_t left)
{
        size_t size = m->missing_pem ? json_len(m->missing_pem) : 0;
        bool fits = m->missing_pem && size < left;

        put(data, "missing_pem", fits ? json_string(m->missing_pem) : json_null());
        return fits ? left - size : left;
}

/* Returns the bytes that are left. */
static size_t put_labels(json_t *data, const struct message *m, size_t left)
{
        json_t *labels = json_object();

        put(data, "labels", labels);

        for (size_t i = 0; i < m->n_labels; i++) {
                AUTO_FREE char *key = excerpt(m->labels[i].key, LABEL_KEY_BYTES);
                AUTO_FREE char *value = excerpt(m->labels[i].value, LABEL_VALUE_BYTES);
                size_t size = json_len(key) + json_len(value) + LABEL_FRAME_BYTES;

                if (size > left)
                        break;
                left -= size;
                put(labels, key, json_string(value));
        }
        return left;
}

static size_t put_text(json_t *object, const char *key, const char *text)
{
        AUTO_FREE char *s = excerpt(text, MEMBER_TEXT_BYTES);

        put(object, key, json_string(s));
        return json_len(s);
}

static json_t *time_to_json(int64_t s)
{
        static const int64_t YEAR_10000 = INT64_C(253402300800);
        char text[TIME_STR_MAX];

        return json_string(time_rfc3339(s < 0 ? 0 : s < YEAR_10000 ? s : YEAR_10000 - 1, text));
}

/* Its object, and what that takes at the most. */
static json_t *member_to_json(const struct message_member *member, size_t *ret_size)
{
        json_t *object = json_object();

        *ret_size = put_text(object, "endpoint", member->endpoint) +
                    put_text(object, "name", member->name) +
                    put_text(object, "target", member->target) + MEMBER_FRAME_BYTES;
        put(object, "transition", json_string(message_kind_str(member->kind)));
        put(object, "severity", json_string(message_severity_str(member->severity)));
        put(object, "since", time_to_json(member->since_s));
        return object;
}

static void put_members(json_t *data, const struct message *m, size_t left)
{
        json_t *members = json_array(), *member;
        size_t size;

        put(data, "members", members);
        for (size_t i = 0; i < m->n_members && i < MESSAGE_MAX_MEMBERS; i++) {
                member = member_to_json(&m->members[i], &size);
                if (size > left) {
                        json_decref(member);
                        break;
                }
                left -= size;
                if (json_array_append_new(members, member) < 0)
                        mem_exhausted();
        }
}

static json_t *counts_to_json(const struct message *m)
{
        json_t *counts = json_object();

        put(counts, "open", json_integer(m->n_open));
        put(counts, "opened", json_integer(m->n_opened));
        put(counts, "resolved", json_integer(m->n_resolved));
        return counts;
}

char *message_to_json(const struct message *m)
{
        json_t *root = json_object(), *data = json_object();

        put(root, "type", json_string(TYPES[m->kind]));
        put(root, "timestamp", time_to_json(m->at_s));
        put(root, "data", data);
        put(data, "id", json_string(m->id));
        put(data, "transition", json_string(message_kind_str(m->kind)));
        put(data, "code", json_string(message_code(m)));
        put(data, "severity", json_string(message_severity_str(m->severity)));
        put(data, "previous_severity", json_string(message_severity_str(m->previous)));
        put(data, "since", time_to_json(m->since_s));
        put(data, "at", time_to_json(m->at_s));
        put(data, "deadline", m->deadline_s ? time_to_json(m->deadline_s) : json_null());
        put(data, "flapping", json_boolean(m->flapping));
        size_t left = put_pem(data, m, put_texts(data, m));

        left = put_labels(data, m, left);
        put(data, "counts", counts_to_json(m));
        put_members(data, m, left);
        char *text = json_dumps(root, JSON_COMPACT);

        json_decref(root);
        if (!text)
                mem_exhausted();
        assert(strlen(text) < MESSAGE_MAX_BYTES);
        return text;
}

/* --- and back --------------------------------------------------------------------------------- */

/* The string at @key, or NULL. */
static const char *string_at(const json_t *object, const char *key)
{
        return json_string_value(json_object_get(object, key));
}

/* An id goes into headers and signatures: ours has no byte that could mean something there. */
static bool id_from_json(const char *s, char out[static MESSAGE_ID_SIZE])
{
        if (!s || strncmp(s, "msg_", 4) != 0 || strlen(s) >= MESSAGE_ID_SIZE ||
            strspn(s + 4, "0123456789abcdef") != strlen(s + 4))
                return false;
        strcpy(out, s);
        return true;
}

static bool severity_from_json(const char *s, enum severity *ret)
{
        return s && message_severity_parse(s, ret) == 0;
}

static bool time_from_json(const char *s, int64_t *ret)
{
        return s && parse_time(s, ret) == 0;
}

/* Null, or not there, as in the first release: there is none. */
static bool deadline_from_json(const json_t *deadline, int64_t *ret)
{
        return !json_is_string(deadline) || time_from_json(json_string_value(deadline), ret);
}

static bool texts_from_json(const json_t *data, struct message *m)
{
        for (size_t i = 0; i < ARRAY_LEN(TEXTS); i++) {
                const char *s = string_at(data, TEXTS[i].key);

                if (!s && !TEXTS[i].nullable)
                        return false;
                *text_of(m, i) = mem_strdup(s);
        }
        m->missing_pem = mem_strdup(string_at(data, "missing_pem"));
        return true;
}

static bool labels_from_json(json_t *labels, struct message *m)
{
        const char *key;
        json_t *value;

        if (!json_is_object(labels))
                return false;
        m->labels = mem_new0(json_object_size(labels) + 1, sizeof(*m->labels));
        json_object_foreach(labels, key, value) {
                if (!json_is_string(value))
                        return false;
                m->labels[m->n_labels++] = (struct message_label){
                        .key = mem_strdup(key),
                        .value = mem_strdup(json_string_value(value)),
                };
        }
        return true;
}

static bool kind_from_json(const char *s, enum message_kind *ret)
{
        return s && message_kind_parse(s, ret) == 0;
}

static bool code_from_json(const char *s, struct message *m)
{
        return s && (message_has_code(m) ? finding_code_parse(s, &m->code) == 0
                                         : strcmp(s, message_code(m)) == 0);
}

static bool member_from_json(const json_t *object, struct message_member *ret)
{
        const char *endpoint = string_at(object, "endpoint"), *name = string_at(object, "name"),
                   *target = string_at(object, "target");

        *ret = (struct message_member){
                .endpoint = mem_strdup(endpoint),
                .name = mem_strdup(name),
                .target = mem_strdup(target),
        };
        return endpoint && name && target &&
               kind_from_json(string_at(object, "transition"), &ret->kind) &&
               severity_from_json(string_at(object, "severity"), &ret->severity) &&
               time_from_json(string_at(object, "since"), &ret->since_s);
}

/* The releases that knew no groups wrote neither members nor counts. */
static bool members_from_json(const json_t *members, struct message *m)
{
        size_t n = json_array_size(members); /* 0 = it is none */
        bool ok = n <= MESSAGE_MAX_MEMBERS && (!members || json_is_array(members));

        m->members = ok && n > 0 ? mem_new0(n, sizeof(*m->members)) : NULL;
        for (size_t i = 0; ok && i < n; i++)
                ok = member_from_json(json_array_get(members, i), &m->members[m->n_members++]);
        return ok;
}

static void counts_from_json(const json_t *counts, struct message *m)
{
        m->n_open = json_integer_value(json_object_get(counts, "open"));
        m->n_opened = json_integer_value(json_object_get(counts, "opened"));
        m->n_resolved = json_integer_value(json_object_get(counts, "resolved"));
}

static bool data_from_json(const json_t *data, struct message *m)
{
        counts_from_json(json_object_get(data, "counts"), m);
        m->flapping = json_is_true(json_object_get(data, "flapping"));
        return kind_from_json(string_at(data, "transition"), &m->kind) &&
               code_from_json(string_at(data, "code"), m) &&
               id_from_json(string_at(data, "id"), m->id) &&
               severity_from_json(string_at(data, "severity"), &m->severity) &&
               severity_from_json(string_at(data, "previous_severity"), &m->previous) &&
               time_from_json(string_at(data, "since"), &m->since_s) &&
               time_from_json(string_at(data, "at"), &m->at_s) &&
               deadline_from_json(json_object_get(data, "deadline"), &m->deadline_s) &&
               texts_from_json(data, m) &&
               labels_from_json(json_object_get(data, "labels"), m) &&
               members_from_json(json_object_get(data, "members"), m);
}

int message_from_json(const char *json, struct message *ret)
{
        json_t *root = json_loads(json, JSON_REJECT_DUPLICATES, NULL);

        *ret = (struct message){ 0 };
        bool ok = data_from_json(json_object_get(root, "data"), ret);

        json_decref(root);
        if (!ok)
                message_done(ret);
        return ok ? 0 : -EBADMSG;
}
