/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in past.h. A code that only a newer version knows is left out. */
#include "daemon/store/past.h"

#include "daemon/store/database.h"

static int put_past(struct store *s, const char *endpoint, const struct past_problem *p)
{
        int r = database_run(s, STATEMENT_PAST_PUT, "tittit", endpoint, p->ended_s,
                             FINDINGS[p->code].name, severity_str(p->severity), p->opened_s,
                             p->message);

        return r < 0 ? r : database_run(s, STATEMENT_PAST_TRIM, "ti", endpoint,
                                        (int64_t)STORE_MAX_PAST);
}

int store_past_put(struct store *s, const char *endpoint, const struct past_problem *p)
{
        bool own;
        int r = database_enter(s, &own);

        return r < 0 ? r : database_leave(s, own, put_past(s, endpoint, p));
}

int store_past_load(struct store *s, const char *endpoint, store_past_fn *fn, void *arg)
{
        sqlite3_stmt *stmt;
        int r = database_bind(s, &stmt, STATEMENT_PAST_LOAD, "t", endpoint);

        while (r == 0 && (r = database_step(s, stmt)) > 0) {
                AUTO_FREE char *code = database_text(stmt, 0);
                AUTO_FREE char *severity = database_text(stmt, 1);
                AUTO_FREE char *message = database_text(stmt, 4);
                struct past_problem p = {
                        .opened_s = sqlite3_column_int64(stmt, 2),
                        .ended_s = sqlite3_column_int64(stmt, 3),
                        .message = message,
                };

                if (finding_code_parse(code, &p.code) == 0 &&
                    severity_parse(severity, &p.severity) == 0)
                        fn(&p, arg);
                r = 0;
        }
        return r;
}
