/* SPDX-License-Identifier: Apache-2.0 */
/* Pages are copied but for what is made; a page of keys that lacks one is refused. */
#include "packaging/documents/documents.h"

#include "common/base/cleanup.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What manual_write() returns, and in *ret (malloc'ed) what it made of @page. */
static int write_page(const char *page, char **ret)
{
        size_t size = 0;
        FILE *in = fmemopen((void *)page, strlen(page), "r"), *out = open_memstream(ret, &size);

        assert_non_null(in);
        assert_non_null(out);
        int r = manual_write(in, out);

        fclose(in);
        fclose(out);
        return r;
}

static void what_is_written_by_hand__is_copied(void **state)
{
        AUTO_FREE char *made = NULL;
        const char *page = ".SH NAME\n.\\\" a comment\nx \\- y\n.\\\"\n";

        (void)state;
        assert_int_equal(write_page(page, &made), 0);
        assert_string_equal(made, page);
}

static void diagnoses__are_listed(void **state)
{
        AUTO_FREE char *made = NULL;

        (void)state;
        assert_int_equal(write_page(".SH A\n.\\\" diagnoses\n.SH B\n", &made), 0);
        assert_ptr_equal(strstr(made, ".SH A\n.SH Reading the input\n.TP\n"
                                      ".BR input\\-unreadable \" (error)\"\n"), made);
        assert_non_null(strstr(made, "\n.BR leaf\\-expired "));
        assert_string_equal(made + strlen(made) - strlen("\n.SH B\n"), "\n.SH B\n");
}

static void a_key__has_its_rules(void **state)
{
        AUTO_FREE char *made = NULL;

        (void)state;
        write_page(".\\\" key endpoint interval\n", &made);
        assert_string_equal(made, ".TP\n.B interval\n"
                                  "(a span of time from 1s to 30d; unless given, 1h)\n.br\n"
                                  "Time between two probes.\n");
}

static void a_page__tells_every_key_or_none(void **state)
{
        static const char *const BAD[] = {
                ".\\\" key endpoint interval\n",    /* and no other */
                ".\\\" key endpoint intervall\n",
                ".\\\" key endpoint expiry.wrong\n",
                ".\\\" key endpoint interval.x\n",
                ".\\\" key endpoint\n",
                ".\\\" keys nothing\n",
                ".\\\" keys\n",
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(BAD); i++) {
                AUTO_FREE char *made = NULL;

                assert_int_equal(write_page(BAD[i], &made), -EINVAL);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_is_written_by_hand__is_copied),
                cmocka_unit_test(diagnoses__are_listed),
                cmocka_unit_test(a_key__has_its_rules),
                cmocka_unit_test(a_page__tells_every_key_or_none),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
