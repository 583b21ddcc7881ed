/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract is in silences.h. What comes through the socket goes through the configuration's own
 * reader, as a file with one silence: there is one language for matches, one set of checks, and the
 * configuration that comes out holds the match as long as the silence lasts.
 */
#include "daemon/monitor/silences.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/parse.h"
#include "common/base/text.h"
#include "common/cert/json_text.h"
#include "config/loader.h"
#include "config/model.h"
#include "daemon/store/silences.h"
#include "daemon/store/store.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define DOCUMENT "silence" /* what errors call that file */
#define ERROR_MAX_BYTES 2048

/* One of the store. */
struct kept {
        struct config *holder; /* of .silence.match and .silence.reason */
        char *id, *author;
        struct silence silence;
};

struct silences {
        struct store *store;
        struct config *config;
        struct kept *kept;
        size_t n_kept;
        struct silence_list list; /* those of the configuration, whose ids are malloc'ed; .kept */
};

/* --- the list --------------------------------------------------------------------------------- */

static void rebuild_list(struct silences *s)
{
        silence_list_done(&s->list);
        silence_list_of(s->config, s->n_kept, &s->list);
        for (size_t i = 0; i < s->n_kept; i++)
                s->list.items[s->list.n++] = s->kept[i].silence;
}

const struct silence_list *silences_list(const struct silences *s)
{
        return &s->list;
}

static void kept_done(struct kept *k)
{
        config_unref(k->holder);
        free(k->id);
        free(k->author);
}

static void drop(struct silences *s, size_t i)
{
        kept_done(&s->kept[i]);
        memmove(&s->kept[i], &s->kept[i + 1], (--s->n_kept - i) * sizeof(*s->kept));
}

/* --- from words ------------------------------------------------------------------------------- */

/* What is wrong with it, without the places in a file that nobody has. */
static char *words_of(const struct config_errors *errors)
{
        struct buf out = BUF_INIT(ERROR_MAX_BYTES);

        for (size_t i = 0; i < errors->n; i++) {
                const char *text = errors->items[i] + strlen(DOCUMENT ":");

                text += strspn(text, "0123456789: ");
                buf_printf(&out, "%s%s", i ? "; " : "", text);
        }
        return buf_steal(&out);
}

/* A silence without id and author; consumes @match. 0, or -errno and *ret_error (malloc'ed). */
static int read_silence(struct kept *ret, json_t *match, int64_t start_s, int64_t end_s,
                        const char *reason, char **ret_error)
{
        char from[TIME_STR_MAX], until[TIME_STR_MAX];
        struct config_errors errors = { 0 };
        struct config *c = NULL;
        json_t *doc = json_must(json_pack(
                "{s:[{s:o, s:s, s:s, s:s}]}", "silences", "match", match,
                "from", time_rfc3339(start_s, from), "until", time_rfc3339(end_s, until),
                "reason", reason));
        AUTO_FREE char *text = json_dumps(doc, 0);

        json_decref(doc);
        if (!text)
                mem_exhausted();
        int r = config_load_bytes(&c, DOCUMENT, text, strlen(text), &errors);

        if (r < 0)
                *ret_error = words_of(&errors);
        config_errors_done(&errors);
        if (r < 0)
                return r;
        *ret = (struct kept){
                .holder = c,
                .silence = { .match = &c->silences[0].match, .start_s = start_s, .end_s = end_s,
                             .reason = c->silences[0].reason },
        };
        return 0;
}

/* Moves @k to its place at the end. */
static void keep(struct silences *s, struct kept *k, const char *id, const char *author)
{
        k->id = mem_strdup(id);
        k->author = mem_strdup(author);
        k->silence.id = k->id;
        k->silence.author = k->author;
        s->kept = mem_resize(s->kept, s->n_kept + 1, sizeof(*s->kept));
        s->kept[s->n_kept++] = *k;
}

/* --- beginning and ending --------------------------------------------------------------------- */

static void recall_one(struct silences *s, const struct store_silence *row)
{
        AUTO_FREE char *error = NULL;
        json_t *match = json_loads(row->match, 0, NULL);
        struct kept k;

        if (read_silence(&k, match ? match : json_object(), row->start_s, row->end_s, row->reason,
                         &error) < 0)
                log_error("silence %s is left out, this notafter cannot read it: %s", row->id,
                          error);
        else
                keep(s, &k, row->id, row->author);
}

static int recall(struct silences *s, int64_t now_s)
{
        struct store_silence *rows = NULL;
        size_t n = 0;
        int r = store_silences(s->store, &rows, &n);

        for (size_t i = 0; i < n; i++)
                if (rows[i].end_s > now_s)
                        recall_one(s, &rows[i]);
        store_silences_free(rows, n);
        return r;
}

int silences_new(struct silences **ret, struct store *store, struct config *config, int64_t now_s)
{
        struct silences *s = mem_new0(1, sizeof(*s));

        s->store = store;
        s->config = config_ref(config);
        int r = recall(s, now_s);

        if (r < 0) {
                silences_free(s);
                return r;
        }
        rebuild_list(s);
        *ret = s;
        return 0;
}

void silences_free(struct silences *s)
{
        if (!s)
                return;
        silence_list_done(&s->list);
        for (size_t i = 0; i < s->n_kept; i++)
                kept_done(&s->kept[i]);
        free(s->kept);
        config_unref(s->config);
        free(s);
}

void silences_follow(struct silences *s, struct config *config)
{
        struct config *before = s->config;

        s->config = config_ref(config);
        rebuild_list(s);
        config_unref(before);
}

/* --- through the socket ----------------------------------------------------------------------- */

static const char *text_at(const json_t *request, const char *key)
{
        return json_string_value(json_object_get(request, key));
}

/* From when to when; NULL or what is wrong. */
static const char *read_times(const json_t *request, int64_t now_s, int64_t *ret_start_s,
                              int64_t *ret_end_s)
{
        const char *from = text_at(request, "from"), *until = text_at(request, "until");
        const char *span = text_at(request, "for");
        int64_t start_s = now_s, end_s, span_s;

        if (!until == !span)
                return "a silence ends: say until when, or for how long";
        if (from && parse_time(from, &start_s) < 0)
                return "its beginning is no date such as 2026-11-29 or 2026-11-29T12:00:00Z";
        if (until && parse_time(until, &end_s) < 0)
                return "its end is no date such as 2026-11-29 or 2026-11-29T12:00:00Z";
        if (span && parse_span(span, &span_s) < 0)
                return "its length is no span of time such as 90m, 2h or 1d12h";
        if (span)
                end_s = start_s + span_s;
        if (end_s <= now_s)
                return "that end has passed";
        if (end_s <= start_s)
                return "it must end after it begins";
        if (end_s - now_s > SILENCES_MAX_SPAN_S)
                return "it must end within a year; what nobody wants to hear of at all is set to "
                       "ignore below `policy:` of the configuration";
        *ret_start_s = start_s;
        *ret_end_s = end_s;
        return NULL;
}

static void make_id(char *out, size_t size)
{
        uint64_t random = 0;
        ssize_t n = getrandom(&random, 6, 0);

        assert(n == 6); /* promised by getrandom(2) for 256 bytes and less */
        (void)n;
        snprintf(out, size, "sil_%012" PRIx64, random);
}

static void log_change(const struct silence *s, const char *what, const char *who)
{
        char until[TIME_STR_MAX];
        json_t *json = silence_json(s, 0);
        AUTO_FREE char *match = json_dumps(json_object_get(json, "match"), JSON_COMPACT);
        const struct log_field fields[] = {
                { "silence", s->id }, { "until", time_rfc3339(s->end_s, until) },
                { "author", s->author }, { "match", match }, { 0 },
        };

        log_event(LOG_LEVEL_INFO, fields, "%s%s: %s", what, who, s->reason);
        json_decref(json);
}

/* Writes @k and keeps it; NULL or what is wrong. */
static char *add(struct silences *s, struct kept *k, const json_t *match, const char *user)
{
        char id[24];
        AUTO_FREE char *text = json_dumps(match, JSON_COMPACT);

        make_id(id, sizeof(id));
        int r = store_silence_put(s->store, &(struct store_silence){
                .id = id, .match = text, .start_s = k->silence.start_s, .end_s = k->silence.end_s,
                .reason = (char *)k->silence.reason, .author = (char *)user });

        if (r < 0)
                return mem_printf("it cannot be kept: %s", store_error(s->store));
        keep(s, k, id, user);
        rebuild_list(s);
        log_change(&s->kept[s->n_kept - 1].silence, "silenced by ", user);
        return NULL;
}

const struct silence *silences_add(struct silences *s, const json_t *request, int64_t now_s,
                                   char **ret_error)
{
        json_t *match = json_object_get(request, "match");
        const char *reason = text_at(request, "reason"), *user = text_at(request, "user");
        int64_t start_s = 0, end_s = 0;
        const char *wrong = read_times(request, now_s, &start_s, &end_s);
        struct kept k;

        if (!reason)
                wrong = "a silence has a reason";
        if (!json_is_object(match))
                wrong = "a silence says which problems it takes";
        if (s->n_kept == SILENCES_MAX)
                wrong = "there are too many silences: let some expire";
        if (wrong) {
                *ret_error = mem_strdup(wrong);
                return NULL;
        }
        if (read_silence(&k, json_incref(match), start_s, end_s, reason, ret_error) < 0)
                return NULL;
        *ret_error = add(s, &k, match, user);
        if (*ret_error) {
                kept_done(&k);
                return NULL;
        }
        return &s->list.items[s->list.n - 1];
}

char *silences_expire(struct silences *s, const char *id, const char *user)
{
        for (size_t i = 0; i < s->n_kept; i++) {
                if (strcmp(s->kept[i].id, id) != 0)
                        continue;
                if (store_silence_remove(s->store, id) < 0)
                        return mem_printf("it cannot be removed: %s", store_error(s->store));
                log_change(&s->kept[i].silence, "silence expired by ", user);
                drop(s, i);
                rebuild_list(s);
                return NULL;
        }
        for (size_t i = 0; i < s->list.n; i++)
                if (strcmp(s->list.items[i].id, id) == 0)
                        return mem_printf("silence %s is of the configuration: remove it there, "
                                          "and reload", id);
        return mem_printf("there is no silence %s", id);
}

bool silences_tidy(struct silences *s, int64_t now_s)
{
        size_t before = s->n_kept;

        for (size_t i = s->n_kept; i-- > 0;) {
                if (s->kept[i].silence.end_s > now_s)
                        continue;
                log_change(&s->kept[i].silence, "silence is over", "");
                drop(s, i);
        }
        if (s->n_kept == before)
                return false;
        if (store_silences_trim(s->store, now_s) < 0)
                log_error("silences that are over stay in the store: %s", store_error(s->store));
        rebuild_list(s);
        return true;
}

/* --- for programs ----------------------------------------------------------------------------- */

static json_t *patterns_json(char *const *patterns, size_t n)
{
        json_t *out = json_must(json_array());

        for (size_t i = 0; i < n; i++)
                json_array_append_new(out, json_text(patterns[i]));
        return out;
}

static json_t *match_json(const struct config_match *m)
{
        json_t *labels = json_must(json_object());

        for (size_t i = 0; i < m->n_labels; i++)
                json_object_set_new(labels, m->labels[i].key, json_text(m->labels[i].value));
        return json_must(json_pack(
                "{s:o, s:o, s:o, s:s}", "labels", labels,
                "names", patterns_json(m->names, m->n_names),
                "codes", patterns_json(m->codes, m->n_codes),
                "severity", m->severity == SEVERITY_OK ? "any" : severity_str(m->severity)));
}

json_t *silence_json(const struct silence *s, int64_t now_s)
{
        return json_must(json_pack(
                "{s:s, s:s, s:o, s:o, s:s, s:o, s:o}", "id", s->id,
                "state", silence_holds(s, now_s) ? "holds" : now_s < s->start_s ? "later" : "over",
                "from", json_instant(s->start_s < 0 ? 0 : s->start_s),
                "until", json_instant(s->end_s), "reason", s->reason,
                "author", json_text(s->author), "match", match_json(s->match)));
}

json_t *silences_json(const struct silences *s, int64_t now_s)
{
        json_t *out = json_must(json_array());

        for (size_t i = 0; i < s->list.n; i++)
                json_array_append_new(out, silence_json(&s->list.items[i], now_s));
        return out;
}
