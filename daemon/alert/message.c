/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages to JSON and back. The size is bounded by arithmetic, not by trial: every text has a
 * limit of its own (TEXTS), JSON at most doubles it (only '"' and '\' need escaping once a text is
 * printable), and labels live on what is left.
 */
#include "daemon/alert/message.h"

#include "daemon/alert/excerpt.h"

#include "common/base/cleanup.h"
#include "common/base/lookup.h"
#include "common/base/mem.h"
#include "common/base/parse.h"

#include <assert.h>
#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <string.h>
#include <sys/random.h>

#define FRAME_BYTES 900 /* keys, punctuation, names of our own and dates; the test measures it */
#define LABEL_KEY_BYTES 128
#define LABEL_VALUE_BYTES 512
#define LABEL_FRAME_BYTES 6 /* "":"", */

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

static const char *const KINDS[MESSAGE_KIND_COUNT] = {
        [MESSAGE_OPENED]   = "opened",
        [MESSAGE_WORSENED] = "worsened",
        [MESSAGE_IMPROVED] = "improved",
        [MESSAGE_RESOLVED] = "resolved",
        [MESSAGE_REPLACED] = "replaced",
        [MESSAGE_AMENDED]  = "amended",
        [MESSAGE_REMINDER] = "reminder",
        [MESSAGE_TEST]     = "test",
        [MESSAGE_SUMMARY]  = "summary",
};

const char *message_kind_str(enum message_kind k)
{
        assert(k < MESSAGE_KIND_COUNT);
        return KINDS[k];
}

int message_kind_parse(const char *name, enum message_kind *ret)
{
        int i = lookup_index(KINDS, MESSAGE_KIND_COUNT, name);

        if (i < 0)
                return -EINVAL;
        *ret = (enum message_kind)i;
        return 0;
}

static const char *const SEVERITIES[SEVERITY_COUNT] = {
        [SEVERITY_OK]      = "ok",
        [SEVERITY_INFO]    = "info",
        [SEVERITY_WARNING] = "warning",
        [SEVERITY_ERROR]   = "critical",
};

static const int PRIORITIES[SEVERITY_COUNT] = {
        [SEVERITY_OK]      = 5, /* notice: normal, but worth knowing */
        [SEVERITY_INFO]    = 6,
        [SEVERITY_WARNING] = 4,
        [SEVERITY_ERROR]   = 2,
};

const char *message_severity_str(enum severity s)
{
        return SEVERITIES[s];
}

int message_priority(const struct message *m)
{
        return PRIORITIES[m->kind == MESSAGE_RESOLVED ? SEVERITY_OK : m->severity];
}

char *message_text(const struct message *m, size_t max_bytes)
{
        bool remedy = m->remedy && *m->remedy && m->kind != MESSAGE_RESOLVED;
        AUTO_FREE char *all = mem_printf("%s%s%s", m->summary ? m->summary : "",
                                         remedy ? " Remedy: " : "", remedy ? m->remedy : "");

        return excerpt(all, max_bytes);
}

void message_id_new(char out[static MESSAGE_ID_SIZE])
{
        static const char DIGITS[] = "0123456789abcdef";
        unsigned char bytes[16];
        ssize_t n = getrandom(bytes, sizeof(bytes), 0);

        assert(n == (ssize_t)sizeof(bytes)); /* promised by getrandom(2) for 256 bytes and less */
        (void)n;
        strcpy(out, "msg_");
        for (size_t i = 0; i < sizeof(bytes); i++) {
                out[4 + 2 * i] = DIGITS[bytes[i] >> 4];
                out[5 + 2 * i] = DIGITS[bytes[i] & 15];
        }
        out[4 + 2 * sizeof(bytes)] = '\0';
}

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

/* Puts the texts and returns the bytes that are left for labels. */
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

static json_t *labels_to_json(const struct message *m, size_t left)
{
        json_t *labels = json_object();

        for (size_t i = 0; i < m->n_labels; i++) {
                AUTO_FREE char *key = excerpt(m->labels[i].key, LABEL_KEY_BYTES);
                AUTO_FREE char *value = excerpt(m->labels[i].value, LABEL_VALUE_BYTES);
                size_t size = json_len(key) + json_len(value) + LABEL_FRAME_BYTES;

                if (size > left)
                        break;
                left -= size;
                put(labels, key, json_string(value));
        }
        return labels;
}

static json_t *time_to_json(int64_t s)
{
        static const int64_t YEAR_10000 = INT64_C(253402300800);
        char text[TIME_STR_MAX];

        return json_string(time_rfc3339(s < 0 ? 0 : s < YEAR_10000 ? s : YEAR_10000 - 1, text));
}

char *message_to_json(const struct message *m)
{
        json_t *root = json_object(), *data = json_object();

        put(root, "type", json_string(TYPES[m->kind]));
        put(root, "timestamp", time_to_json(m->at_s));
        put(root, "data", data);
        put(data, "id", json_string(m->id));
        put(data, "transition", json_string(message_kind_str(m->kind)));
        put(data, "code", json_string(FINDINGS[m->code].name));
        put(data, "severity", json_string(SEVERITIES[m->severity]));
        put(data, "previous_severity", json_string(SEVERITIES[m->previous]));
        put(data, "since", time_to_json(m->since_s));
        put(data, "at", time_to_json(m->at_s));
        size_t left = put_pem(data, m, put_texts(data, m));

        put(data, "labels", labels_to_json(m, left));
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
        int i = s ? lookup_index(SEVERITIES, SEVERITY_COUNT, s) : -1;

        if (i >= 0)
                *ret = (enum severity)i;
        return i >= 0;
}

static bool time_from_json(const char *s, int64_t *ret)
{
        return s && parse_time(s, ret) == 0;
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

static bool data_from_json(const json_t *data, struct message *m)
{
        const char *kind = string_at(data, "transition"), *code = string_at(data, "code");

        return kind && message_kind_parse(kind, &m->kind) == 0 &&
               code && finding_code_parse(code, &m->code) == 0 &&
               id_from_json(string_at(data, "id"), m->id) &&
               severity_from_json(string_at(data, "severity"), &m->severity) &&
               severity_from_json(string_at(data, "previous_severity"), &m->previous) &&
               time_from_json(string_at(data, "since"), &m->since_s) &&
               time_from_json(string_at(data, "at"), &m->at_s) &&
               texts_from_json(data, m) &&
               labels_from_json(json_object_get(data, "labels"), m);
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

void message_done(struct message *m)
{
        for (size_t i = 0; i < ARRAY_LEN(TEXTS); i++)
                free(*text_of(m, i));
        free(m->missing_pem);
        for (size_t i = 0; i < m->n_labels; i++) {
                free(m->labels[i].key);
                free(m->labels[i].value);
        }
        free(m->labels);
        *m = (struct message){ 0 };
}
