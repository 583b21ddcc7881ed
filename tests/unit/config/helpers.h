/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of the configuration share: loading text that must load, and text that must not.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/loader.h"
#include "config/model.h"

#include <errno.h>
#include <string.h>

static inline struct config *must_load(const char *text)
{
        struct config_errors errors;
        struct config *c = NULL;
        int r = config_load_bytes(&c, "test.yaml", text, strlen(text), &errors);

        for (size_t i = 0; r < 0 && i < errors.n; i++)
                print_error("%s\n", errors.items[i]);
        assert_int_equal(r, 0);
        assert_int_equal(errors.n, 0);
        return c;
}

/* @expected is the only error. */
static inline void must_fail(const char *text, const char *expected)
{
        struct config_errors errors;
        struct config *c = NULL;

        assert_int_equal(config_load_bytes(&c, "test.yaml", text, strlen(text), &errors), -EINVAL);
        assert_null(c);
        assert_string_equal(errors.items[0], expected);
        assert_int_equal(errors.n, 1);
        config_errors_done(&errors);
}
