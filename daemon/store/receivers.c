/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Receivers by name, each of which has been told of what is open. One that is configured and not
 * here is new: it has everything to hear.
 */
#include "daemon/store/database.h"

int store_receiver_known(struct store *s, const char *name)
{
        sqlite3_stmt *stmt;
        int r = database_bind(s, &stmt, STATEMENT_RECEIVER_KNOWN, "t", name);

        if (r == 0)
                r = database_step(s, stmt);
        if (r > 0)
                sqlite3_reset(stmt);
        return r;
}

int store_receiver_remember(struct store *s, const char *name)
{
        return database_run(s, STATEMENT_RECEIVER_REMEMBER, "t", name);
}

int store_receiver_forget(struct store *s, const char *name)
{
        return database_run(s, STATEMENT_RECEIVER_FORGET, "t", name);
}

int store_receivers(struct store *s, store_receiver_fn *fn, void *arg)
{
        return database_names(s, STATEMENT_RECEIVERS, fn, arg);
}

/* --- gone for good ---------------------------------------------------------------------------- */

int store_receiver_disable(struct store *s, const char *name, uint32_t config, int64_t now_s,
                           const char *reason)
{
        return database_run(s, STATEMENT_RECEIVER_DISABLE, "tiit", name, (int64_t)config, now_s,
                            reason);
}

int store_receiver_disabled(struct store *s, const char *name, uint32_t config,
                            int64_t *ret_since_s, char **ret_reason)
{
        sqlite3_stmt *stmt;
        int r = database_bind(s, &stmt, STATEMENT_RECEIVER_DISABLED, "ti", name, (int64_t)config);

        if (r == 0)
                r = database_step(s, stmt);
        if (r <= 0)
                return r;
        *ret_since_s = sqlite3_column_int64(stmt, 0);
        *ret_reason = database_text(stmt, 1);
        sqlite3_reset(stmt);
        return 1;
}

int store_receiver_enable(struct store *s, const char *name)
{
        return database_run(s, STATEMENT_RECEIVER_ENABLE, "t", name);
}
