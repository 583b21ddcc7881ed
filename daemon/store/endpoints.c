/* SPDX-License-Identifier: Apache-2.0 */
/*
 * States of endpoints as rows. Codes and severities are stored by name, so that their numbers may
 * change; a name that only a newer version knows is left out when it is read.
 */
#include "daemon/store/database.h"

#include "common/base/addr.h"
#include "common/base/buf.h"
#include "common/base/lookup.h"
#include "common/base/parse.h"
#include "common/base/word.h"
#include "daemon/judge/state.h"

#include <arpa/inet.h>
#include <string.h>

#define OPENING_STR_MAX 64 /* the name of a code and a time */

/* The columns of STATEMENT_ENDPOINT_LOAD, in order. */
enum column {
        COLUMN_ID,
        COLUMN_LAST_PROBE,
        COLUMN_LAST_SUCCESS,
        COLUMN_FAILURES,
        COLUMN_EXPIRES,
        COLUMN_TRUSTED,
        COLUMN_LEAF_FINGERPRINT,
        COLUMN_LEAF_SUBJECT,
        COLUMN_LAST_ERROR,
        COLUMN_ADDRESS,
        COLUMN_PROTOCOL,
        COLUMN_CIPHER,
        COLUMN_GROUP,
        COLUMN_POST_QUANTUM,
        COLUMN_ALPN,
        COLUMN_STAPLE,
        COLUMN_N_SERVED,
        COLUMN_SERVED_ID,
        COLUMN_LEAF_NOT_BEFORE,
        COLUMN_LEAF_NOT_AFTER,
        COLUMN_SERVED_NOT_AFTER,
        COLUMN_TIMES, /* as many as there are */
        COLUMN_TIMES_LAST = COLUMN_TIMES + FACTS_TIME_COUNT - 1,
        COLUMN_OPENINGS,
        COLUMN_CODE,
        COLUMN_SEVERITY,
        COLUMN_SINCE,
        COLUMN_MESSAGE,
        COLUMN_REMEDY,
        COLUMN_FINGERPRINT,
        COLUMN_EVIDENCE,
        COLUMN_MISSING_PEM,
        COLUMN_SCOPE,
        COLUMN_DEADLINE,
        COLUMN_SEEN,
        COLUMN_STEADY,
        COLUMN_WORST,
};

static const char *const SCOPES[FINDING_SCOPE_COUNT] = {
        [FINDING_OWN] = "own",
        [FINDING_OF_RESOLVER] = "resolver",
        [FINDING_OF_NETWORK] = "network",
};

static const char *column_str(sqlite3_stmt *stmt, enum column column)
{
        const char *s = (const char *)sqlite3_column_text(stmt, (int)column);

        return s ? s : "";
}

static void read_facts(sqlite3_stmt *stmt, struct facts *ret)
{
        struct addr address;
        size_t n = 0;

        *ret = (struct facts){
                .protocol     = word_keep(column_str(stmt, COLUMN_PROTOCOL)),
                .cipher       = word_keep(column_str(stmt, COLUMN_CIPHER)),
                .group        = word_keep(column_str(stmt, COLUMN_GROUP)),
                .alpn         = word_keep(column_str(stmt, COLUMN_ALPN)),
                .staple       = word_keep(column_str(stmt, COLUMN_STAPLE)),
                .served_id    = sqlite3_column_int64(stmt, COLUMN_SERVED_ID),
                .leaf_not_before_s = sqlite3_column_int64(stmt, COLUMN_LEAF_NOT_BEFORE),
                .leaf_not_after_s = sqlite3_column_int64(stmt, COLUMN_LEAF_NOT_AFTER),
                .served_not_after_s = sqlite3_column_int64(stmt, COLUMN_SERVED_NOT_AFTER),
                .n_served     = (uint8_t)sqlite3_column_int(stmt, COLUMN_N_SERVED),
                .post_quantum = sqlite3_column_int(stmt, COLUMN_POST_QUANTUM) != 0,
        };
        if (addr_parse_ip(column_str(stmt, COLUMN_ADDRESS), 0, &address)) {
                const uint8_t *bytes = addr_ip_bytes(&address, &n);

                memcpy(ret->ip, bytes, n); /* 4 or 16 */
                ret->ip_len = (uint8_t)n;
        }
        for (int i = 0; i < FACTS_TIME_COUNT; i++)
                ret->us[i] = (uint32_t)sqlite3_column_int64(stmt, COLUMN_TIMES + i);
}

/* Ends at the first word that is not as we write it. */
static void read_openings(sqlite3_stmt *stmt, struct endpoint_state *ret)
{
        AUTO_FREE char *text = database_text(stmt, COLUMN_OPENINGS);
        char *rest = text, *code, *at;
        struct opening o;

        while (ret->n_openings < STATE_MAX_OPENINGS && (code = strsep(&rest, " ")) != NULL &&
               (at = strsep(&rest, " ")) != NULL && finding_code_parse(code, &o.code) == 0 &&
               parse_int(at, &o.at_s) == 0) {
                ret->openings = mem_resize(ret->openings, ret->n_openings + 1, sizeof(o));
                ret->openings[ret->n_openings++] = o;
        }
}

/* Or NULL, when there are none. */
static char *openings_str(const struct endpoint_state *state)
{
        struct buf out = BUF_INIT(STATE_MAX_OPENINGS * OPENING_STR_MAX);

        for (size_t i = 0; i < state->n_openings; i++)
                buf_printf(&out, "%s%s %lld", i ? " " : "", FINDINGS[state->openings[i].code].name,
                           (long long)state->openings[i].at_s);
        return state->n_openings > 0 ? buf_steal(&out) : NULL;
}

static void read_endpoint(sqlite3_stmt *stmt, struct endpoint_state *ret)
{
        const char *fingerprint = column_str(stmt, COLUMN_LEAF_FINGERPRINT);

        *ret = (struct endpoint_state){
                .last_probe_s   = sqlite3_column_int64(stmt, COLUMN_LAST_PROBE),
                .last_success_s = sqlite3_column_int64(stmt, COLUMN_LAST_SUCCESS),
                .failures       = sqlite3_column_int64(stmt, COLUMN_FAILURES),
                .expires_s      = sqlite3_column_int64(stmt, COLUMN_EXPIRES),
                .trusted        = sqlite3_column_int64(stmt, COLUMN_TRUSTED) != 0,
                .leaf_subject   = database_text(stmt, COLUMN_LEAF_SUBJECT),
                .last_error     = database_text(stmt, COLUMN_LAST_ERROR),
        };
        if (strlen(fingerprint) < sizeof(ret->leaf_fingerprint))
                strcpy(ret->leaf_fingerprint, fingerprint);
        read_facts(stmt, &ret->facts);
        read_openings(stmt, ret);
}

static void read_problem(sqlite3_stmt *stmt, struct endpoint_state *state)
{
        enum severity seen = SEVERITY_OK;
        struct problem p = {
                .since_s    = sqlite3_column_int64(stmt, COLUMN_SINCE),
                .deadline_s = sqlite3_column_int64(stmt, COLUMN_DEADLINE),
                .steady_s   = sqlite3_column_int64(stmt, COLUMN_STEADY),
                .flapping   = severity_parse(column_str(stmt, COLUMN_SEEN), &seen) == 0,
        };
        int scope = lookup_index(SCOPES, FINDING_SCOPE_COUNT, column_str(stmt, COLUMN_SCOPE));

        if (finding_code_parse(column_str(stmt, COLUMN_CODE), &p.code) < 0 ||
            severity_parse(column_str(stmt, COLUMN_SEVERITY), &p.severity) < 0)
                return;
        if (severity_parse(column_str(stmt, COLUMN_WORST), &p.worst) < 0)
                p.worst = p.severity; /* it was opened before anybody kept that */
        AUTO_FREE char *message = database_text(stmt, COLUMN_MESSAGE);
        AUTO_FREE char *remedy = database_text(stmt, COLUMN_REMEDY);
        AUTO_FREE char *fingerprint = database_text(stmt, COLUMN_FINGERPRINT);
        AUTO_FREE char *evidence = database_text(stmt, COLUMN_EVIDENCE);
        AUTO_FREE char *missing_pem = database_text(stmt, COLUMN_MISSING_PEM);

        p.seen = seen;
        p.scope = scope < 0 ? FINDING_OWN : (enum finding_scope)scope;
        p.message = message;
        p.remedy = remedy;
        p.fingerprint = fingerprint;
        p.evidence = evidence;
        p.missing_pem = missing_pem;
        endpoint_state_put(state, &p);
}

/* The endpoint whose rows are being read: one row per problem, or one without a problem. */
struct loading {
        char *id;
        struct endpoint_state state;
        store_endpoint_fn *fn;
        void *arg;
};

static void loading_flush(struct loading *l)
{
        if (l->id)
                l->fn(l->id, &l->state, l->arg);
        free(TAKE(l->id));
        endpoint_state_done(&l->state);
}

static void loading_row(struct loading *l, sqlite3_stmt *stmt)
{
        if (!l->id || strcmp(l->id, column_str(stmt, COLUMN_ID)) != 0) {
                loading_flush(l);
                l->id = database_text(stmt, COLUMN_ID);
                read_endpoint(stmt, &l->state);
        }
        if (sqlite3_column_type(stmt, COLUMN_CODE) != SQLITE_NULL)
                read_problem(stmt, &l->state);
}

int store_load_endpoints(struct store *s, store_endpoint_fn *fn, void *arg)
{
        struct loading l = { .fn = fn, .arg = arg };
        sqlite3_stmt *stmt;
        int r = database_bind(s, &stmt, STATEMENT_ENDPOINT_LOAD, "");

        if (r < 0)
                return r;
        while ((r = database_step(s, stmt)) > 0)
                loading_row(&l, stmt);
        if (r < 0) {
                free(TAKE(l.id)); /* perhaps only half of its problems are known */
                endpoint_state_done(&l.state);
                return r;
        }
        loading_flush(&l);
        return 0;
}

static int put_problems(struct store *s, const char *endpoint, const struct endpoint_state *state)
{
        int r = database_run(s, STATEMENT_PROBLEMS_CLEAR, "t", endpoint);

        for (size_t i = 0; r == 0 && i < state->n_problems; i++) {
                const struct problem *p = &state->problems[i];

                r = database_run(s, STATEMENT_PROBLEM_PUT, "tttitttttti" "tit", endpoint,
                                 FINDINGS[p->code].name, severity_str(p->severity), p->since_s,
                                 p->message, p->remedy, p->fingerprint, p->evidence,
                                 p->missing_pem, SCOPES[p->scope], p->deadline_s,
                                 p->flapping ? severity_str(p->seen) : NULL, p->steady_s,
                                 severity_str(p->worst));
        }
        return r;
}

static int put_endpoint(struct store *s, const char *endpoint, const struct endpoint_state *state)
{
        const struct facts *f = &state->facts;
        char ip[INET6_ADDRSTRLEN];
        const char *address = NULL;
        AUTO_FREE char *openings = openings_str(state);

        if (f->ip_len > 0)
                address = inet_ntop(f->ip_len == 4 ? AF_INET : AF_INET6, f->ip, ip, sizeof(ip));
        return database_run(s, STATEMENT_ENDPOINT_PUT, "tiiiiittt" "ttttittii" "iii" "iiiiii" "t",
                            endpoint,
                            state->last_probe_s, state->last_success_s, state->failures,
                            state->expires_s, (int64_t)state->trusted, state->leaf_fingerprint,
                            state->leaf_subject, state->last_error, address, f->protocol,
                            f->cipher, f->group, (int64_t)f->post_quantum, f->alpn, f->staple,
                            (int64_t)f->n_served, f->served_id, f->leaf_not_before_s,
                            f->leaf_not_after_s, f->served_not_after_s,
                            (int64_t)f->us[FACTS_RESOLVE],
                            (int64_t)f->us[FACTS_CONNECT], (int64_t)f->us[FACTS_PROXY],
                            (int64_t)f->us[FACTS_STARTTLS], (int64_t)f->us[FACTS_HANDSHAKE],
                            (int64_t)f->us[FACTS_TOTAL], openings);
}

int store_put_endpoint(struct store *s, const char *endpoint, const struct endpoint_state *state)
{
        bool own;
        int r = database_enter(s, &own);

        if (r < 0)
                return r;
        r = put_endpoint(s, endpoint, state);
        if (r == 0)
                r = put_problems(s, endpoint, state);
        return database_leave(s, own, r);
}

int store_remove_endpoint(struct store *s, const char *endpoint)
{
        return database_run(s, STATEMENT_ENDPOINT_REMOVE, "t", endpoint);
}
