/* SPDX-License-Identifier: Apache-2.0 */
/* Words are kept once; and strangers cannot make us keep more and more of them. */
#include "unit.h"

#include "common/base/word.h"

#include <stdio.h>
#include <string.h>

static void the_same_text_is_the_same_word(void **state)
{
        char one[] = "TLSv1.3", two[] = "TLSv1.3";
        const char *kept = word_keep(one);

        (void)state;
        assert_string_equal(kept, "TLSv1.3");
        assert_ptr_equal(word_keep("x25519"), word_keep("x25519"));
        one[0] = 'X';
        assert_ptr_equal(word_keep(two), kept);
        assert_string_equal(kept, "TLSv1.3");
        assert_null(word_keep(NULL));
        assert_null(word_keep(""));
}

static void too_many_words_are_not_kept(void **state)
{
        const char *first = word_keep("first");
        char text[32];

        (void)state;
        for (int i = 0; i < 2 * WORD_MAX_KEPT; i++) {
                snprintf(text, sizeof(text), "word %d", i);
                word_keep(text);
        }
        assert_string_equal(word_keep(text), WORD_OTHER);
        assert_ptr_equal(word_keep("first"), first);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_same_text_is_the_same_word),
                cmocka_unit_test(too_many_words_are_not_kept),
        };

        return cmocka_run_group_tests_name("words", tests, NULL, NULL);
}
