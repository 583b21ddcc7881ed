/* SPDX-License-Identifier: Apache-2.0 */
/* Closed sets of names: finding one, and finding the one that was meant. */
#include "tests/unit/base/unit.h"

#include "common/base/cleanup.h"
#include "common/base/lookup.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char *const NAMES[] = {
        "interval", "timeout", NULL, "server_name", "ip", "labels", "endpoints", "",
        "a-very-long-name-of-more-than-sixty-four-bytes-which-nobody-types-by-hand-ever",
};

static void an_index_is_found_by_the_exact_name(void **state)
{
        (void)state;
        assert_int_equal(lookup_index(NAMES, ARRAY_LEN(NAMES), "interval"), 0);
        assert_int_equal(lookup_index(NAMES, ARRAY_LEN(NAMES), "labels"), 5);
        assert_int_equal(lookup_index(NAMES, ARRAY_LEN(NAMES), ""), 7);
        assert_int_equal(lookup_index(NAMES, ARRAY_LEN(NAMES), "Interval"), -1);
        assert_int_equal(lookup_index(NAMES, ARRAY_LEN(NAMES), "interva"), -1);
        assert_int_equal(lookup_index(NAMES, 0, "interval"), -1);
        assert_int_equal(lookup_index(NULL, 0, "interval"), -1);
}

static void a_slip_finds_the_name_that_was_meant(void **state)
{
        static const struct {
                const char *word, *meant;
        } ROWS[] = {
                { "interval", "interval" },
                { "intervall", "interval" },   /* one too many */
                { "INTERVAL", "interval" },    /* in other letters */
                { "interal", "interval" },     /* one left out */
                { "interwal", "interval" },    /* one wrong */
                { "intreval", "interval" },    /* neighbours swapped */
                { "itnervla", "interval" },    /* twice */
                { "servername", "server_name" },
                { "server-name", "server_name" },
                { "sevrer_nmae", "server_name" },
                { "label", "labels" },
                { "endpoint", "endpoints" },
                { "ipp", "ip" },
                { "p", "ip" },
                { "pi", "ip" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                const char *found = lookup_nearest(NAMES, ARRAY_LEN(NAMES), ROWS[i].word);

                if (!found || strcmp(found, ROWS[i].meant) != 0)
                        fail_msg("\"%s\" found %s", ROWS[i].word, found ? found : "nothing");
        }
}

static void a_word_too_far_away_means_nothing(void **state)
{
        static const char *const ROWS[] = {
                "", "x", "xyz", "int", "colour", "Interval time", "tmt",
                "i1n2t3e4r5val", "ippppp",
                "a-very-long-name-of-more-than-sixty-four-bytes-which-nobody-types-by-hand-ever",
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                const char *found = lookup_nearest(NAMES, ARRAY_LEN(NAMES), ROWS[i]);

                if (found)
                        fail_msg("\"%s\" found %s", ROWS[i], found);
        }
        assert_null(lookup_nearest(NULL, 0, "interval"));
}

static void of_two_names_the_nearer_one_is_meant(void **state)
{
        static const char *const PAIR[] = { "warnings", "warn", "warning" };

        (void)state;
        assert_string_equal(lookup_nearest(PAIR, ARRAY_LEN(PAIR), "warnig"), "warning");
        assert_string_equal(lookup_nearest(PAIR, ARRAY_LEN(PAIR), "warn"), "warn");
        assert_string_equal(lookup_nearest(PAIR, ARRAY_LEN(PAIR), "warm"), "warn");
}

static void an_exact_name_beats_a_neighbour_that_stands_before_it(void **state)
{
        static const char *const PAIR[] = { "ipv4", "ipv6" };

        (void)state;
        assert_string_equal(lookup_nearest(PAIR, ARRAY_LEN(PAIR), "ipv6"), "ipv6");
}

/* --- the distance, against a slow recursive one ---------------------------------------------- */

static size_t least(size_t a, size_t b)
{
        return a < b ? a : b;
}

static size_t slow_distance(const char *a, size_t la, const char *b, size_t lb)
{
        if (la == 0 || lb == 0)
                return la + lb;
        size_t d = slow_distance(a, la - 1, b, lb - 1) + (a[la - 1] != b[lb - 1]);

        d = least(d, slow_distance(a, la - 1, b, lb) + 1);
        d = least(d, slow_distance(a, la, b, lb - 1) + 1);
        if (la > 1 && lb > 1 && a[la - 1] == b[lb - 2] && a[la - 2] == b[lb - 1])
                d = least(d, slow_distance(a, la - 2, b, lb - 2) + 1);
        return d;
}

static void word_of(unsigned number, size_t len, char out[8])
{
        for (size_t i = 0; i < len; i++, number /= 3)
                out[i] = "abc"[number % 3];
        out[len] = '\0';
}

static void nearness_is_the_optimal_string_alignment_distance(void **state)
{
        char name[8], word[8];
        const char *const one[] = { name };

        (void)state;
        for (unsigned x = 0; x < 243; x += 2)
                for (unsigned y = 0; y < 243; y++) {
                        word_of(x, 3 + x % 3, name);
                        word_of(y, 3 + y % 3, word);
                        bool near = slow_distance(word, strlen(word), name, strlen(name)) <= 1;

                        if ((lookup_nearest(one, 1, word) != NULL) != near)
                                fail_msg("%s and %s", word, name);
                }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_index_is_found_by_the_exact_name),
                cmocka_unit_test(a_slip_finds_the_name_that_was_meant),
                cmocka_unit_test(a_word_too_far_away_means_nothing),
                cmocka_unit_test(of_two_names_the_nearer_one_is_meant),
                cmocka_unit_test(an_exact_name_beats_a_neighbour_that_stands_before_it),
                cmocka_unit_test(nearness_is_the_optimal_string_alignment_distance),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
