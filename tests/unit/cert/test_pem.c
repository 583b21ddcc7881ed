/* SPDX-License-Identifier: Apache-2.0 */
/* Texts and the blocks in them: where each begins, what is in it, and what it costs to find out. */
#include "common/cert/pem.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/mem.h"

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <string.h>
#include <time.h>

/* "A@1 3, B@4 0!": label, line, bytes decoded (- = not base64); ! = without an END line */
static char *blocks_str(struct pem_reader *r, const char *text, size_t n)
{
        struct buf out = BUF_INIT(4096);
        struct pem_block b;

        pem_start(r, text, n);
        while (pem_next(r, &b)) {
                const char *reason = NULL;
                size_t len = 0;
                AUTO_FREE uint8_t *bytes = pem_decode(&b, &len, &reason);

                assert_true(bytes ? !reason : reason != NULL);
                buf_printf(&out, "%s%s@%d ", out.len ? ", " : "", b.label, b.line);
                buf_printf(&out, bytes ? "%zu" : "-", len);
                buf_puts(&out, b.ended ? "" : "!");
        }
        return buf_steal(&out);
}

static void blocks_are_found_with_their_lines(void **state)
{
        static const struct {
                const char *text, *blocks, *repair;
                int line;
        } ROWS[] = {
                { "", "", NULL, 0 },
                { "nothing\n-----END A-----\n", "", NULL, 0 },
                { "-----BEGIN A-----\nMAA=\n-----END A-----\n", "A@1 2", NULL, 0 },
                { "-----BEGIN A-----\nMAA=\n-----END A-----", "A@1 2", NULL, 0 },
                { "x\n\n-----BEGIN A-----\r\nMAA=\r\n-----END A-----\r\n", "A@3 2", NULL, 0 },
                { "-----BEGIN A-----\rMAA=\r-----END A-----\r-----BEGIN B-----\r-----END B-----",
                  "A@1 2, B@4 0", "line ends without a line feed", 2 },
                { "-----BEGIN A-----\nMAA=\n-----END A----------BEGIN B-----\n-----END B-----\n",
                  "A@1 2, B@3 0", "text before a BEGIN marker", 3 },
                { "-----BEGIN A-----\nMAA=\n-----BEGIN B-----\nMAAA\n-----END B-----\n",
                  "A@1 2!, B@3 3", NULL, 0 },
                { "-----BEGIN A-----\nM*A=\n-----END A-----\n-----BEGIN B-----\nM", "A@1 -, B@4 -!",
                  NULL, 0 },
                { "-----BEGIN A-----\nMAA=\n-----END B-----\n", "A@1 2", NULL, 0 },
                { "------BEGIN A-----\nMAA=\n-----END A------\n", "A@1 2",
                  "text before a BEGIN marker", 1 },
                { "\xef\xbb\xbf-----BEGIN A-----\nMAA=\n-----END A-----\n", "A@1 2",
                  "a byte order mark", 1 },
                { "-----BEGIN A-----MAA=-----END A-----", "A@1 2", "text after a BEGIN marker", 1 },
                { "-----BEGIN A-----\n MAA=\n-----END A-----\n", "A@1 2", "indented lines", 2 },
                { "-----BEGIN A-----\nMA\n\nA=\n-----END A-----\n", "A@1 2",
                  "blank lines inside a block", 3 },
                { "-----BEGIN A-----\nX-Y: 1\nZ: 2\n\nMAA=\n-----END A-----\n", "A@1 2", NULL, 0 },
                { "-----BEGIN "
                  "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
                  "-----\n", "", NULL, 0 },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
                struct pem_reader r;
                struct pem_block b;
                AUTO_FREE char *blocks = blocks_str(&r, ROWS[i].text, strlen(ROWS[i].text));

                if (strcmp(blocks, ROWS[i].blocks) != 0)
                        fail_msg("row %zu: %s", i, blocks);
                pem_start(&r, ROWS[i].text, strlen(ROWS[i].text));
                while (pem_next(&r, &b))
                        pem_check_layout(&r, &b);
                if (!ROWS[i].repair) {
                        assert_null(r.repair);
                        continue;
                }
                assert_non_null(r.repair);
                if (strcmp(r.repair, ROWS[i].repair) != 0 || r.repair_line != ROWS[i].line)
                        fail_msg("row %zu: %s, line %d", i, r.repair, r.repair_line);
        }
}

static void headers_are_no_part_of_the_body(void **state)
{
        static const char TEXT[] = "-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\r\n"
                                   "DEK-Info: X,00\r\n\r\nMAA=\n-----END A-----\n";
        struct pem_reader r;
        struct pem_block b;

        (void)state;
        pem_start(&r, TEXT, strlen(TEXT));
        assert_true(pem_next(&r, &b));
        assert_non_null(b.headers);
        assert_memory_equal(b.headers, "Proc-Type: 4", 12);
        assert_true(b.body > strstr(TEXT, "X,00"));
        assert_true(b.body <= strstr(TEXT, "MAA="));
}

static void why_a_body_cannot_be_decoded_is_said(void **state)
{
        static const struct {
                const char *body, *reason;
        } ROWS[] = {
                { "MAA=M", "a character that is not base64" },
                { "MA-A", "a character that is not base64" },
                { "MAAAM", "base64 that breaks off" },
                { "MA===", "base64 that breaks off" },
                { "\\nMAAA\\n", "\\n is written out where lines should end" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
                struct pem_block b = {
                        .body = ROWS[i].body, .body_end = ROWS[i].body + strlen(ROWS[i].body),
                };
                const char *reason = NULL;
                size_t len;

                assert_null(pem_decode(&b, &len, &reason));
                assert_string_equal(reason, ROWS[i].reason);
        }
}

static void utf16_becomes_ascii(void **state)
{
        static const struct {
                const char *bytes;
                size_t n;
                const char *text;
        } ROWS[] = {
                { "\xff\xfe-\0A\0", 6, "-A" },
                { "\xfe\xff\0-\0A", 6, "-A" },
                { "-\0A\0", 4, "-A" },
                { "\0-\0A", 4, "-A" },
                { "\xff\xfe\x01\x02" "A\0", 6, "?A" },
                { "\xff\xfe-\0A", 5, "-" }, /* cut inside a character */
                { "-----BEGIN", 10, NULL },
                { "", 0, NULL },
                { "\0\0\0\0", 4, NULL },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
                size_t len = 99;
                AUTO_FREE char *text =
                        pem_from_utf16((const uint8_t *)ROWS[i].bytes, ROWS[i].n, &len);

                if (!ROWS[i].text) {
                        assert_null(text);
                        continue;
                }
                assert_non_null(text);
                assert_string_equal(text, ROWS[i].text);
                assert_int_equal(len, strlen(text));
        }
}

static double cpu_s(void)
{
        struct timespec ts;

        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
        return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* A quadratic splitter takes minutes for what a linear one does in a few milliseconds. */
static void a_hundred_thousand_markers_take_linear_time(void **state)
{
        static const char *const PIECES[] = {
                "-----BEGIN CERTIFICATE-----\n", "-----END CERTIFICATE-----\n", "-----BEGIN ",
                "-----BEGIN A-----\nX: y\n", "----------", "-----BEGIN A-----\r\r",
        };

        (void)state;
        for (size_t i = 0; i < sizeof(PIECES) / sizeof(PIECES[0]); i++) {
                struct buf text = BUF_INIT(8 << 20);
                struct pem_reader r;
                struct pem_block b;
                size_t total = 0;

                for (int k = 0; k < 100000; k++)
                        buf_puts(&text, PIECES[i]);
                double before = cpu_s();

                pem_start(&r, text.data, text.len);
                while (pem_next(&r, &b)) {
                        total += (size_t)(b.body_end - b.body);
                        pem_check_layout(&r, &b);
                }
                if (cpu_s() - before > 5)
                        fail_msg("piece %zu took %.1f s", i, cpu_s() - before);
                assert_true(total <= text.len);
                buf_done(&text);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(blocks_are_found_with_their_lines),
                cmocka_unit_test(headers_are_no_part_of_the_body),
                cmocka_unit_test(why_a_body_cannot_be_decoded_is_said),
                cmocka_unit_test(utf16_becomes_ascii),
                cmocka_unit_test(a_hundred_thousand_markers_take_linear_time),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
