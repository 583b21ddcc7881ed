/* SPDX-License-Identifier: Apache-2.0 */
/* The pictures, stroke by stroke. */
#include "daemon/app/draw_chain.h"
#include "tests/unit/cert/forge.h"

#include "common/base/buf.h"
#include "daemon/app/wrap.h"
#include "daemon/probe/examine.h"

struct world {
        struct minted *root, *ca, *leaf, *stranger, *alone, *old;
};

static struct world w;

/* Draws what @served looks like to who trusts the root, and knows @extra. */
static void check_picture(const struct minted *const *served, const struct minted *const *extra,
                          const struct terminal *t, const char *expected)
{
        CLEANUP(trust_unref_at_exit) struct trust *anchors = trust_of(MINTED(w.root));
        CLEANUP(trust_unref_at_exit) struct trust *pool = trust_of(extra);
        struct exam_report r = { .probe = { .chain = chain_of(served) } };
        struct buf out = BUF_INIT(65536);

        exam_judge(&(struct exam_request){
                .anchors = anchors, .pools = { .configured = pool },
        }, &r, NOW);
        draw_chain(&out, &r, t);
        assert_string_equal(buf_str(&out), expected);
        buf_done(&out);
        exam_report_done(&r);
}

static const struct terminal FILE_ = { .width = 100 };

static void a_good_chain(void **state)
{
        (void)state;
        check_picture(MINTED(w.leaf, w.ca), MINTED(NULL), &FILE_,
                      "    1  o a.test   ends 2027-03-16, in 60 d\n"
                      "       |\n"
                      "    2  o Test CA  ends 2034-02-27, in 7 years\n"
                      "       |\n"
                      "       * Root     in the trust store; ends 2034-02-27, in 7 years\n");
}

static void a_missing_link__is_dotted_where_it_is_missing(void **state)
{
        (void)state;
        check_picture(MINTED(w.leaf), MINTED(w.ca), &FILE_,
                      "    1  o a.test   ends 2027-03-16, in 60 d\n"
                      "       :\n"
                      "       ? Test CA  NOT SENT, known from the intermediates given\n"
                      "       :\n"
                      "       * Root     in the trust store; ends 2034-02-27, in 7 years\n");
}

static void disorder__shows_where_each_belongs(void **state)
{
        (void)state;
        check_picture(MINTED(w.leaf, w.root, w.ca), MINTED(NULL), &FILE_,
                      "    1  o a.test   ends 2027-03-16, in 60 d\n"
                      "       |   ^ warning: chain is in the wrong order\n"
                      "       |\n"
                      "    3  o Test CA  ends 2034-02-27, in 7 years; should be 2\n"
                      "       |\n"
                      "    2  * Root     in the trust store; ends 2034-02-27, in 7 years\n");
}

static void what_is_not_used__stands_beside(void **state)
{
        (void)state;
        check_picture(MINTED(w.leaf, w.ca, w.stranger, w.ca), MINTED(NULL), &FILE_,
                      "    1  o a.test    ends 2027-03-16, in 60 d\n"
                      "       |\n"
                      "    2  o Test CA   ends 2034-02-27, in 7 years\n"
                      "       |\n"
                      "       * Root      in the trust store; ends 2034-02-27, in 7 years\n"
                      "\n  sent besides\n"
                      "    3  - Stranger  ends 2034-02-27, in 7 years\n"
                      "           ^ warning: unrelated certificate is sent\n"
                      "    4  - Test CA   ends 2034-02-27, in 7 years\n"
                      "           ^ warning: certificate is sent twice\n");
}

static void a_path_that_ends_nowhere__says_so(void **state)
{
        (void)state;
        check_picture(MINTED(w.leaf), MINTED(NULL), &FILE_,
                      "    1  o a.test   ends 2027-03-16, in 60 d\n"
                      "       |   ^ error: unknown issuer\n"
                      "       :\n"
                      "       x Test CA  UNKNOWN: neither sent nor found anywhere\n");
        check_picture(MINTED(w.alone), MINTED(NULL), &FILE_,
                      "    1  o alone.test     ends 2027-03-16, in 60 d\n"
                      "       |   ^ error: self-signed certificate\n"
                      "       :\n"
                      "       x nothing above  it vouches for itself, and is not in the trust "
                      "store\n");
}

static void an_end_in_the_past__is_told(void **state)
{
        (void)state;
        check_picture(MINTED(w.old, w.ca), MINTED(NULL), &FILE_,
                      "    1  o old.test  ended 2027-01-12, 3 d ago\n"
                      "       |   ^ error: certificate has expired\n"
                      "       |\n"
                      "    2  o Test CA   ends 2034-02-27, in 7 years\n"
                      "       |\n"
                      "       * Root      in the trust store; ends 2034-02-27, in 7 years\n");
}

static void what_was_not_sent__is_marked_all_the_same(void **state)
{
        struct minted *ca = mint(&(struct mint_spec){
                .cn = "Old CA", .ca = true,
                .not_before_s = NOW - 90 * DAY, .not_after_s = NOW - 3 * DAY,
        }, w.root);
        struct minted *leaf = make_leaf("b.test", ca);

        (void)state;
        check_picture(MINTED(leaf), MINTED(ca), &FILE_,
                      "    1  o b.test  ends 2027-03-16, in 60 d\n"
                      "       :\n"
                      "       ? Old CA  NOT SENT, known from the intermediates given\n"
                      "       :   ^ error: intermediate has expired\n"
                      "       :\n"
                      "       * Root    in the trust store; ends 2034-02-27, in 7 years\n");
        minted_free(leaf);
        minted_free(ca);
}

static void a_terminal__has_lines_and_colours(void **state)
{
        (void)state;
        check_picture(MINTED(w.leaf), MINTED(NULL),
                      &(struct terminal){ .width = 100, .utf8 = true, .colour = true },
                      "    1  \033[1m● a.test\033[0m   ends 2027-03-16, in 60 d\n"
                      "       │   \033[31m^ error: unknown issuer\033[0m\n"
                      "       ┊\n"
                      "       \033[31m✗ Test CA\033[0m  UNKNOWN: neither sent nor found "
                      "anywhere\n");
}

static int set_up(void **state)
{
        (void)state;
        w.root = make_ca("Root", NULL);
        w.ca = make_ca("Test CA", w.root);
        w.leaf = make_leaf("a.test", w.ca);
        w.stranger = make_ca("Stranger", NULL);
        w.alone = make_leaf("alone.test", NULL);
        w.old = mint(&(struct mint_spec){
                .cn = "old.test", .names = NAMES("old.test"),
                .not_before_s = NOW - 90 * DAY, .not_after_s = NOW - 3 * DAY,
        }, w.ca);
        return 0;
}

static int tear_down(void **state)
{
        struct minted *const ALL[] = { w.root, w.ca, w.leaf, w.stranger, w.alone, w.old };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ALL); i++)
                minted_free(ALL[i]);
        return 0;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_good_chain),
                cmocka_unit_test(a_missing_link__is_dotted_where_it_is_missing),
                cmocka_unit_test(disorder__shows_where_each_belongs),
                cmocka_unit_test(what_is_not_used__stands_beside),
                cmocka_unit_test(a_path_that_ends_nowhere__says_so),
                cmocka_unit_test(an_end_in_the_past__is_told),
                cmocka_unit_test(what_was_not_sent__is_marked_all_the_same),
                cmocka_unit_test(a_terminal__has_lines_and_colours),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
