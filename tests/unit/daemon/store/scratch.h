/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A directory for one test, with the store in it; gone afterwards.
 */
#pragma once

#include "daemon/store/store.h"

#include "common/base/mem.h"

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct scratch {
        char dir[64];
        struct store *store; /* NULL while closed */
};

static inline int scratch_remove_one(const char *path, const struct stat *st, int type,
                                     struct FTW *ftw)
{
        (void)st, (void)type, (void)ftw;
        return remove(path);
}

static inline struct store *scratch_open(struct scratch *s)
{
        AUTO_FREE char *error = NULL;

        assert_null(s->store);
        if (store_open(&s->store, s->dir, &error) < 0)
                fail_msg("store_open: %s", error);
        assert_null(error);
        return s->store;
}

static inline void scratch_close(struct scratch *s)
{
        store_close(s->store);
        s->store = NULL;
}

static inline struct store *scratch_reopen(struct scratch *s)
{
        scratch_close(s);
        return scratch_open(s);
}

static inline char *scratch_path(const struct scratch *s, const char *file)
{
        return mem_printf("%s/%s", s->dir, file);
}

static inline int scratch_setup(void **state)
{
        struct scratch *s = mem_new0(1, sizeof(*s));

        snprintf(s->dir, sizeof(s->dir), "/tmp/notafter-store-XXXXXX");
        assert_non_null(mkdtemp(s->dir));
        *state = s;
        return 0;
}

static inline int scratch_teardown(void **state)
{
        struct scratch *s = *state;

        store_close(s->store);
        nftw(s->dir, scratch_remove_one, 8, FTW_DEPTH | FTW_PHYS);
        free(s);
        return 0;
}

#define SCRATCH_TEST(fn) cmocka_unit_test_setup_teardown(fn, scratch_setup, scratch_teardown)
