/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in silences.h. */
#include "daemon/store/silences.h"

#include "daemon/store/database.h"

#include <stdlib.h>

/* The columns of STATEMENT_SILENCES, in order. */
enum column { COLUMN_ID, COLUMN_MATCH, COLUMN_START, COLUMN_END, COLUMN_REASON, COLUMN_AUTHOR };

int store_silences(struct store *s, struct store_silence **ret, size_t *ret_n)
{
        struct store_silence *items = NULL;
        size_t n = 0;
        sqlite3_stmt *stmt;
        int r = database_bind(s, &stmt, STATEMENT_SILENCES, "");

        while (r == 0 && (r = database_step(s, stmt)) > 0) {
                items = mem_resize(items, n + 1, sizeof(*items));
                items[n++] = (struct store_silence){
                        .id = database_text(stmt, COLUMN_ID),
                        .match = database_text(stmt, COLUMN_MATCH),
                        .start_s = sqlite3_column_int64(stmt, COLUMN_START),
                        .end_s = sqlite3_column_int64(stmt, COLUMN_END),
                        .reason = database_text(stmt, COLUMN_REASON),
                        .author = database_text(stmt, COLUMN_AUTHOR),
                };
                r = 0;
        }
        if (r < 0) {
                store_silences_free(items, n);
                return r;
        }
        *ret = items;
        *ret_n = n;
        return 0;
}

void store_silences_free(struct store_silence *items, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                free(items[i].id);
                free(items[i].match);
                free(items[i].reason);
                free(items[i].author);
        }
        free(items);
}

int store_silence_put(struct store *s, const struct store_silence *silence)
{
        return database_run(s, STATEMENT_SILENCE_PUT, "ttiitt", silence->id, silence->match,
                            silence->start_s, silence->end_s, silence->reason, silence->author);
}

int store_silence_remove(struct store *s, const char *id)
{
        return database_run(s, STATEMENT_SILENCE_REMOVE, "t", id);
}

int store_silences_trim(struct store *s, int64_t now_s)
{
        return database_run(s, STATEMENT_SILENCES_TRIM, "i", now_s);
}
