/* SPDX-License-Identifier: Apache-2.0 */
/* Single numbers by name, each of which somebody needs after a restart. */
#include "daemon/store/database.h"

int store_keep(struct store *s, const char *name, int64_t value)
{
        return database_run(s, STATEMENT_KEEP, "ti", name, value);
}

int store_kept(struct store *s, const char *name, int64_t none, int64_t *ret)
{
        return database_answer(s, STATEMENT_KEPT, none, ret, "t", name);
}
