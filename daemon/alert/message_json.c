/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages to JSON and back. The size is bounded by arithmetic, not by trial: every text has a
 * limit of its own (TEXTS), JSON at most doubles it (only '"' and '\' need escaping once a text is
 * printable), and the PEM, the labels and the members, in this order, live on what is left.
 */
#include "daemon/alert/message.h"

#include "daemon/alert/excerpt.h"

#include "common/base/buf.h"
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

/*
 * Written by hand: of the time that a flood of new problems takes, a tree of JSON for each was a
 * fifth. A comma is due when something stands before, which the last byte tells.
 */
static void put_comma(struct buf *out)
{
        char last = out->data[out->len - 1];

        if (last != '{' && last != '[')
                buf_append(out, ",", 1);
}

static void put_escaped(struct buf *out, char c)
{
        if (c == '"' || c == '\\')
                buf_append(out, (const char[]){ '\\', c }, 2);
        else if (c == '\n')
                buf_append(out, "\\n", 2);
        else
                buf_printf(out, "\\u%04X", (unsigned char)c);
}

/* @s is UTF-8. */
static void put_quoted(struct buf *out, const char *s)
{
        buf_append(out, "\"", 1);
        while (*s) {
                size_t n = 0;

                while ((unsigned char)s[n] >= ' ' && s[n] != '"' && s[n] != '\\')
                        n++;
                buf_append(out, s, n);
                s += n;
                if (*s)
                        put_escaped(out, *s++);
        }
        buf_append(out, "\"", 1);
}

/* @json as it is. */
static void put_raw(struct buf *out, const char *key, const char *json)
{
        put_comma(out);
        put_quoted(out, key);
        buf_append(out, ":", 1);
        buf_puts(out, json);
}

static void put_string(struct buf *out, const char *key, const char *s)
{
        put_raw(out, key, "");
        put_quoted(out, s);
}

static void put_time(struct buf *out, const char *key, int64_t s)
{
        static const int64_t YEAR_10000 = INT64_C(253402300800);
        char text[TIME_STR_MAX];

        put_string(out, key, time_rfc3339(s < 0 ? 0 : s < YEAR_10000 ? s : YEAR_10000 - 1, text));
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
static size_t put_texts(struct buf *out, const struct message *m)
{
        size_t left = MESSAGE_MAX_BYTES - FRAME_BYTES;

        for (size_t i = 0; i < ARRAY_LEN(TEXTS); i++) {
                const char *text = *text_of(m, i);
                AUTO_FREE char *s = excerpt(text, TEXTS[i].max_bytes);

                if (!text && TEXTS[i].nullable)
                        put_raw(out, TEXTS[i].key, "null");
                else
                        put_string(out, TEXTS[i].key, s);
                left -= json_len(s);
        }
        return left;
}

/* PEM is ASCII, and whole or not there; returns the bytes that are left. */
static size_t put_pem(struct buf *out, const struct message *m, size_t left)
{
        size_t size = m->missing_pem ? json_len(m->missing_pem) : 0;
        bool fits = m->missing_pem && size < left;

        if (fits)
                put_string(out, "missing_pem", m->missing_pem);
        else
                put_raw(out, "missing_pem", "null");
        return fits ? left - size : left;
}

/* Is there one with the same key before label @i? In a configuration there never is. */
static bool is_again(const struct message *m, size_t i)
{
        for (size_t j = 0; j < i; j++)
                if (strcmp(m->labels[j].key, m->labels[i].key) == 0)
                        return true;
        return false;
}

/* Returns the bytes that are left. */
static size_t put_labels(struct buf *out, const struct message *m, size_t left)
{
        put_raw(out, "labels", "{");
        for (size_t i = 0; i < m->n_labels; i++) {
                AUTO_FREE char *key = excerpt(m->labels[i].key, LABEL_KEY_BYTES);
                AUTO_FREE char *value = excerpt(m->labels[i].value, LABEL_VALUE_BYTES);
                size_t size = json_len(key) + json_len(value) + LABEL_FRAME_BYTES;

                if (is_again(m, i))
                        continue;
                if (size > left)
                        break;
                left -= size;
                put_string(out, key, value);
        }
        buf_puts(out, "}");
        return left;
}

/* Unless it takes more than @left; returns what it takes at the most. */
static size_t put_member(struct buf *out, const struct message_member *member, size_t left)
{
        AUTO_FREE char *endpoint = excerpt(member->endpoint, MEMBER_TEXT_BYTES);
        AUTO_FREE char *name = excerpt(member->name, MEMBER_TEXT_BYTES);
        AUTO_FREE char *target = excerpt(member->target, MEMBER_TEXT_BYTES);
        size_t size = json_len(endpoint) + json_len(name) + json_len(target) + MEMBER_FRAME_BYTES;

        if (size > left)
                return size;
        put_comma(out);
        buf_puts(out, "{");
        put_string(out, "endpoint", endpoint);
        put_string(out, "name", name);
        put_string(out, "target", target);
        put_string(out, "transition", message_kind_str(member->kind));
        put_string(out, "severity", message_severity_str(member->severity));
        put_time(out, "since", member->since_s);
        buf_puts(out, "}");
        return size;
}

static void put_members(struct buf *out, const struct message *m, size_t left)
{
        put_raw(out, "members", "[");
        for (size_t i = 0; i < m->n_members && i < MESSAGE_MAX_MEMBERS; i++) {
                size_t size = put_member(out, &m->members[i], left);

                if (size > left)
                        break;
                left -= size;
        }
        buf_puts(out, "]");
}

static void put_data(struct buf *out, const struct message *m)
{
        put_string(out, "id", m->id);
        put_string(out, "transition", message_kind_str(m->kind));
        put_string(out, "code", message_code(m));
        put_string(out, "severity", message_severity_str(m->severity));
        put_string(out, "previous_severity", message_severity_str(m->previous));
        put_time(out, "since", m->since_s);
        put_time(out, "at", m->at_s);
        if (m->deadline_s)
                put_time(out, "deadline", m->deadline_s);
        else
                put_raw(out, "deadline", "null");
        put_raw(out, "flapping", m->flapping ? "true" : "false");
        size_t left = put_pem(out, m, put_texts(out, m));

        left = put_labels(out, m, left);
        put_raw(out, "counts", "");
        buf_printf(out, "{\"open\":%lld,\"opened\":%lld,\"resolved\":%lld}", (long long)m->n_open,
                   (long long)m->n_opened, (long long)m->n_resolved);
        put_members(out, m, left);
}

char *message_to_json(const struct message *m)
{
        struct buf out = BUF_INIT(MESSAGE_MAX_BYTES);

        buf_puts(&out, "{");
        put_string(&out, "type", TYPES[m->kind]);
        put_time(&out, "timestamp", m->at_s);
        put_raw(&out, "data", "{");
        put_data(&out, m);
        buf_puts(&out, "}}");
        assert(out.len < MESSAGE_MAX_BYTES);
        return buf_steal(&out);
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
