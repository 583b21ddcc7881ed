/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates as rows. A server certificate is kept once however many endpoints show it, and goes
 * with the last of them (a trigger sees to it); one that cannot be decoded any more is not there.
 */
#include "daemon/store/certificates.h"

#include "daemon/store/database.h"

#include "common/cert/cert.h"
#include "common/cert/chain.h"

static const char *const SOURCES[INTERMEDIATE_SOURCE_COUNT] = {
        [INTERMEDIATE_SERVED]  = "served",
        [INTERMEDIATE_FETCHED] = "fetched",
};

/* The certificate in a column, as a new reference, or NULL. */
static struct cert *column_cert(sqlite3_stmt *stmt, int column)
{
        struct cert *c = NULL;
        const char *reason;
        const uint8_t *der = sqlite3_column_blob(stmt, column);
        int n = sqlite3_column_bytes(stmt, column);

        return der && cert_parse(&c, der, (size_t)n, &reason) == 0 ? c : NULL;
}

int store_load_intermediates(struct store *s, store_intermediate_fn *fn, void *arg)
{
        sqlite3_stmt *stmt;
        int r = database_bind(s, &stmt, STATEMENT_INTERMEDIATES, "");

        while (r == 0 && (r = database_step(s, stmt)) > 0) {
                CLEANUP(cert_unref_at_exit) struct cert *c = column_cert(stmt, 0);

                if (c)
                        fn(c, sqlite3_column_int64(stmt, 1), arg);
                r = 0;
        }
        return r;
}

int store_put_intermediate(struct store *s, const struct cert *cert,
                           enum intermediate_source source, int64_t now_s)
{
        return database_run(s, STATEMENT_INTERMEDIATE_PUT, "ttiib", cert->fingerprint,
                            SOURCES[source], now_s, cert->not_after_s, cert->der, cert->der_len);
}

int store_trim_intermediates(struct store *s, int64_t now_s)
{
        return database_run(s, STATEMENT_INTERMEDIATES_TRIM, "ii", now_s,
                            (int64_t)STORE_MAX_INTERMEDIATES);
}

int store_leaf_seen(struct store *s, const char *endpoint, const char *sha256)
{
        int64_t seen;
        int r = database_answer(s, STATEMENT_LEAF_SEEN, 0, &seen, "tt", endpoint, sha256);

        return r < 0 ? r : (int)seen;
}

int store_leaf_load(struct store *s, const char *sha256, struct cert **ret)
{
        sqlite3_stmt *stmt;
        int r = database_bind(s, &stmt, STATEMENT_LEAF_LOAD, "t", sha256);

        if (r == 0)
                r = database_step(s, stmt);
        if (r <= 0)
                return r;
        struct cert *c = column_cert(stmt, 0);

        sqlite3_reset(stmt);
        if (!c)
                return 0;
        *ret = c;
        return 1;
}

int store_seen_load(struct store *s, const char *endpoint, store_seen_fn *fn, void *arg)
{
        sqlite3_stmt *stmt;
        int r = database_bind(s, &stmt, STATEMENT_SEEN_LOAD, "t", endpoint);

        while (r == 0 && (r = database_step(s, stmt)) > 0) {
                CLEANUP(cert_unref_at_exit) struct cert *c = column_cert(stmt, 0);

                if (c)
                        fn(&(struct store_seen){ c, sqlite3_column_int64(stmt, 1),
                                                 sqlite3_column_int64(stmt, 2) }, arg);
                r = 0;
        }
        return r;
}

int store_leaf_first(struct store *s, const char *sha256, int64_t *ret_s)
{
        return database_answer(s, STATEMENT_LEAF_FIRST, 0, ret_s, "t", sha256);
}

static int each_shower(struct store *s, enum statement which, const char *sha256, int64_t max,
                       store_shower_fn *fn, void *arg)
{
        sqlite3_stmt *stmt;
        int r = database_bind(s, &stmt, which, "ti", sha256, max);

        while (r == 0 && (r = database_step(s, stmt)) > 0) {
                AUTO_FREE char *endpoint = database_text(stmt, 0);

                fn(endpoint, sqlite3_column_int64(stmt, 1), arg);
                r = 0;
        }
        return r;
}

int store_leaf_showers(struct store *s, const char *sha256, int64_t max, store_shower_fn *fn,
                       void *arg)
{
        return each_shower(s, STATEMENT_LEAF_SHOWERS, sha256, max, fn, arg);
}

static int put_leaf(struct store *s, const char *endpoint, const struct cert *leaf,
                    const char *before, int64_t now_s)
{
        int r = database_run(s, STATEMENT_LEAF_PUT, "tib", leaf->fingerprint, now_s, leaf->der,
                             leaf->der_len);

        if (r == 0)
                r = database_run(s, STATEMENT_SEEN_STILL, "tti", endpoint, before, now_s);
        if (r == 0)
                r = database_run(s, STATEMENT_SEEN_PUT, "tti", endpoint, leaf->fingerprint, now_s);
        if (r == 0)
                r = database_run(s, STATEMENT_SEEN_TRIM, "ttii", endpoint, leaf->fingerprint,
                                 now_s - STORE_SEEN_AGE_S, (int64_t)STORE_MAX_SEEN);
        return r;
}

int store_leaf_put(struct store *s, const char *endpoint, const struct cert *leaf,
                   const char *before, int64_t now_s)
{
        bool own;
        int r = database_enter(s, &own);

        return r < 0 ? r : database_leave(s, own, put_leaf(s, endpoint, leaf, before, now_s));
}

static int put_served(struct store *s, const char *endpoint, const struct chain *chain,
                      int64_t now_s)
{
        int r = database_run(s, STATEMENT_SERVED_CLEAR, "t", endpoint);

        for (size_t i = 0; r == 0 && i < chain->n; i++) {
                const struct cert *c = chain->certs[i];

                r = database_run(s, STATEMENT_LEAF_PUT, "tib", c->fingerprint, now_s, c->der,
                                 c->der_len);
                if (r == 0)
                        r = database_run(s, STATEMENT_SERVED_PUT, "tit", endpoint, (int64_t)i,
                                         c->fingerprint);
        }
        return r;
}

int store_served_put(struct store *s, const char *endpoint, const struct chain *chain,
                     int64_t now_s)
{
        bool own;
        int r = database_enter(s, &own);

        return r < 0 ? r : database_leave(s, own, put_served(s, endpoint, chain, now_s));
}

int store_served_by(struct store *s, const char *sha256, int64_t max, store_shower_fn *fn,
                    void *arg, int64_t *ret_total)
{
        int r = database_answer(s, STATEMENT_SERVED_COUNT, 0, ret_total, "t", sha256);

        return r < 0 ? r : each_shower(s, STATEMENT_SERVED_BY, sha256, max, fn, arg);
}

int store_served_load(struct store *s, const char *endpoint, struct chain **ret)
{
        struct chain *chain = chain_new();
        sqlite3_stmt *stmt;
        int r = database_bind(s, &stmt, STATEMENT_SERVED_LOAD, "t", endpoint);

        while (r == 0 && (r = database_step(s, stmt)) > 0) {
                CLEANUP(cert_unref_at_exit) struct cert *c = column_cert(stmt, 0);

                if (c)
                        chain_add(chain, c);
                r = 0;
        }
        if (r < 0)
                chain_free(chain);
        else
                *ret = chain;
        return r;
}

int store_aia_get(struct store *s, const char *url, struct store_aia *ret)
{
        sqlite3_stmt *stmt;
        int r = database_bind(s, &stmt, STATEMENT_AIA_GET, "t", url);

        if (r == 0)
                r = database_step(s, stmt);
        if (r <= 0)
                return r;
        const void *body = sqlite3_column_blob(stmt, 0);
        size_t n = body ? (size_t)sqlite3_column_bytes(stmt, 0) : 0;

        *ret = (struct store_aia){
                .bytes     = body ? mem_copy(body, n) : NULL,
                .n         = n,
                .reason    = database_text(stmt, 1),
                .fetched_s = sqlite3_column_int64(stmt, 2),
                .until_s   = sqlite3_column_int64(stmt, 3),
                .failures  = sqlite3_column_int64(stmt, 4),
        };
        sqlite3_reset(stmt);
        return 1;
}

int store_aia_put(struct store *s, const char *url, const struct store_aia *aia)
{
        bool own;
        int r = database_enter(s, &own);

        if (r < 0)
                return r;
        r = database_run(s, STATEMENT_AIA_PUT, "tbtiii", url, (const void *)aia->bytes, aia->n,
                         aia->reason, aia->fetched_s, aia->until_s, aia->failures);
        if (r == 0)
                r = database_run(s, STATEMENT_AIA_TRIM, "i", (int64_t)STORE_MAX_AIA);
        return database_leave(s, own, r);
}

void store_aia_done(struct store_aia *aia)
{
        free(aia->bytes);
        free(aia->reason);
        *aia = (struct store_aia){ 0 };
}
