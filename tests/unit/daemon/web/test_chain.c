/* SPDX-License-Identifier: Apache-2.0 */
/* Chains that are really broken, judged by the validator, and what is drawn of them. */
#include "tests/unit/cert/forge.h"

#include "common/base/buf.h"
#include "common/cert/report.h"
#include "common/cert/validate.h"
#include "daemon/demo/cases.h"
#include "daemon/web/bars.h"
#include "daemon/web/chain_draw.h"
#include "daemon/web/chain_view.h"

#define NOBODY ((const struct minted *const[]){ NULL })

static json_t *judge(const struct chain *served, const struct trust *anchors,
                     const struct trust *known, const char *host)
{
        struct verdict v;

        validate(&(struct validate_input){
                .served = served, .anchors = anchors, .pools = { .configured = known },
                .host = host, .now_s = NOW,
        }, &v);
        json_t *report = report_verdict(&v, served);

        verdict_done(&v);
        return report;
}

/* The lists end with NULL. */
static json_t *judge_minted(const struct minted *const *served, const struct minted *const *roots,
                            const struct minted *const *known)
{
        CLEANUP(chain_free_at_exit) struct chain *chain = chain_of(served);
        CLEANUP(trust_unref_at_exit) struct trust *anchors = trust_of(roots);
        CLEANUP(trust_unref_at_exit) struct trust *extra = trust_of(known);

        return judge(chain, anchors, extra, NULL);
}

/* --- a view as text --------------------------------------------------------------------------- */

static void tell_card(struct buf *b, const struct chain_card *c)
{
        static const char *const TONES[CHAIN_TONE_COUNT] = {
                [CHAIN_PLAIN] = "", [CHAIN_NEEDLESS] = " needless", [CHAIN_WARNING] = " warning",
                [CHAIN_ERROR] = " error", [CHAIN_MISSING] = " missing", [CHAIN_ANCHOR] = " anchor",
        };

        buf_printf(b, "%d %s%s", c->number, c->label, TONES[c->tone]);
        if (c->order)
                buf_printf(b, " {%s}", c->order);
        if (c->fault)
                buf_printf(b, " [%s]", c->fault);
        if (c->partner >= 0)
                buf_printf(b, " =%d", c->partner + 1);
        buf_puts(b, c->below == CHAIN_LINKED ? " |\n" : c->below == CHAIN_BROKEN ? " x\n" : "\n");
}

/* Number, label, tone, {order}, [fault], =row of its partner, | linked or x broken below. */
static char *tell(const json_t *report)
{
        struct buf b = BUF_INIT(8192);
        struct chain_view v;

        chain_view_init(&v, report, NOW);
        if (!v.alike) {
                for (size_t i = 0; i < v.n_served; i++)
                        tell_card(&b, &v.served[i]);
                buf_puts(&b, "->\n");
        }
        for (size_t i = 0; i < v.n_mended; i++)
                tell_card(&b, &v.mended[i]);
        chain_view_done(&v);
        return buf_steal(&b);
}

static void assert_told(json_t *report, const char *expected)
{
        AUTO_FREE char *told = tell(report);

        assert_string_equal(told, expected);
        json_decref(report);
}

/* --- the classic mistakes --------------------------------------------------------------------- */

static const struct {
        const char *name, *told;
} CASES[] = {
        { "good", "1 good.demo.test =1 |\n2 Demo Intermediate =2 |\n"
                  "0 Demo Root anchor {in the trust store}\n" },
        { "expired", "1 expired.demo.test error [certificate has expired] =1 |\n"
                     "2 Demo Intermediate =2 |\n0 Demo Root anchor {in the trust store}\n" },
        { "old-chain", "1 old-chain.demo.test =1 |\n"
                       "2 Demo Old Intermediate error [intermediate has expired] =2 |\n"
                       "0 Demo Root anchor {in the trust store}\n" },
        { "incomplete", "1 incomplete.demo.test =1 x\n->\n1 incomplete.demo.test =1 |\n"
                        "2 Demo Intermediate missing {not sent: add it here} |\n"
                        "0 Demo Root anchor {in the trust store}\n" },
        { "order", "1 order.demo.test =1 x\n2 Demo Root needless {clients have it: drop it}\n"
                   "3 Demo Intermediate =2\n->\n1 order.demo.test =1 |\n"
                   "2 Demo Intermediate =3 |\n0 Demo Root anchor {in the trust store}\n" },
        { "stranger", "1 stranger.demo.test =1 |\n2 Demo Intermediate =2\n"
                      "3 Demo Hidden CA needless {of another chain: drop it}\n->\n"
                      "1 stranger.demo.test =1 |\n2 Demo Intermediate =2 |\n"
                      "0 Demo Root anchor {in the trust store}\n" },
        { "twice", "1 twice.demo.test =1 |\n2 Demo Intermediate =2\n"
                   "3 Demo Intermediate needless {sent twice: drop it}\n->\n"
                   "1 twice.demo.test =1 |\n2 Demo Intermediate =2 |\n"
                   "0 Demo Root anchor {in the trust store}\n" },
        { "private-ca", "1 private-ca.demo.test =1 |\n"
                        "2 Demo Private CA error {clients need it installed, not sent} "
                        "[private or unknown root CA]\n->\n1 private-ca.demo.test =1 x\n"
                        "0 Demo Private CA error [not in the trust store]\n" },
        { "unknown-ca", "1 unknown-ca.demo.test =1 x\n"
                        "0 Demo Hidden CA error [unknown: neither sent nor found anywhere]\n" },
        { "self-signed", "1 self-signed.demo.test error [self-signed certificate] =1 x\n"
                         "0 Nobody error [it vouches for itself, and is not in the trust "
                         "store]\n" },
        { "weak-hash", "1 weak-hash.demo.test error [weak signature algorithm] =1 |\n"
                       "2 Demo Intermediate =2 |\n0 Demo Root anchor {in the trust store}\n" },
};

static struct trust *trust_in(const char *pem)
{
        CLEANUP(chain_free_at_exit) struct chain *chain =
                chain_parse("PEM", (const uint8_t *)pem, strlen(pem), NULL);

        return trust_new(chain->certs, chain->n);
}

static json_t *judge_case(const struct demo_pki *pki, const char *name)
{
        CLEANUP(chain_free_at_exit) struct chain *served = chain_new();
        CLEANUP(trust_unref_at_exit) struct trust *anchors = trust_in(demo_pki_root(pki));
        CLEANUP(trust_unref_at_exit) struct trust *known = trust_in(demo_pki_intermediate(pki));
        size_t k = 0;

        while (strcmp(DEMO[k].name, name) != 0)
                assert_true(++k < DEMO_CASES);
        const struct demo_chain *chain = demo_pki_chain(pki, k);

        for (size_t i = 0; i < chain->n; i++) {
                CLEANUP(cert_unref_at_exit) struct cert *c = cert_of(chain->certs[i]);

                chain_add(served, c);
        }
        AUTO_FREE char *host = demo_host(&DEMO[k]);

        return judge(served, anchors, known, host);
}

static void every_classic_mistake__is_seen(void **state)
{
        struct demo_pki *pki = demo_pki_new(NOW);

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(CASES); i++)
                assert_told(judge_case(pki, CASES[i].name), CASES[i].told);
        demo_pki_free(pki);
}

/* --- rarer ones ------------------------------------------------------------------------------- */

struct family {
        struct minted *root, *upper, *lower, *leaf;
};

static void family_make(struct family *f)
{
        f->root = make_ca("Root", NULL);
        f->upper = make_ca("Upper", f->root);
        f->lower = make_ca("Lower", f->upper);
        f->leaf = make_leaf("a.test", f->lower);
}

static void family_free(struct family *f)
{
        minted_free(f->leaf);
        minted_free(f->lower);
        minted_free(f->upper);
        minted_free(f->root);
}

static void what_stands_too_early__is_moved(void **state)
{
        struct family f;

        (void)state;
        family_make(&f);
        assert_told(judge_minted(MINTED(f.leaf, f.upper, f.lower), MINTED(f.root), NOBODY),
                    "1 a.test =1 x\n2 Upper warning {belongs at place 3} =3\n3 Lower =2 x\n->\n"
                    "1 a.test =1 |\n2 Lower =3 |\n3 Upper {was at place 2} =2 |\n"
                    "0 Root anchor {in the trust store}\n");
        assert_told(judge_minted(MINTED(f.lower, f.leaf, f.upper), MINTED(f.root), NOBODY),
                    "1 Lower warning {belongs at place 2} =2 x\n2 a.test =1 x\n3 Upper =3\n->\n"
                    "1 a.test =2 |\n2 Lower {was at place 1} =1 |\n3 Upper =3 |\n"
                    "0 Root anchor {in the trust store}\n");
        family_free(&f);
}

static void what_is_missing_in_the_middle__has_its_place(void **state)
{
        struct family f;

        (void)state;
        family_make(&f);
        assert_told(judge_minted(MINTED(f.leaf, f.upper), MINTED(f.root), MINTED(f.lower)),
                    "1 a.test =1 x\n2 Upper =3\n->\n1 a.test =1 |\n"
                    "2 Lower missing {not sent: add it here} |\n3 Upper =2 |\n"
                    "0 Root anchor {in the trust store}\n");
        family_free(&f);
}

static void a_server_certificate_that_is_trusted_itself__needs_nobody(void **state)
{
        struct minted *leaf = make_leaf("a.test", NULL);

        (void)state;
        assert_told(judge_minted(MINTED(leaf), MINTED(leaf), NOBODY),
                    "1 a.test {in the trust store} =1\n");
        minted_free(leaf);
}

/* The newer of two with the same key leads to another root, and takes the place of the old one. */
static void a_mended_chain__leads_to_its_own_anchor(void **state)
{
        struct minted *old_root = make_ca("Old Root", NULL), *root = make_ca("Root", NULL);
        struct minted *ca = make_ca("CA", root), *leaf = make_leaf("a.test", ca);
        struct minted *old = mint_cross(&(struct mint_spec){
                .cn = "CA", .ca = true,
                .not_before_s = NOW - 1000 * DAY, .not_after_s = NOW - 5 * DAY,
        }, ca, old_root);

        (void)state;
        assert_told(judge_minted(MINTED(leaf, old), MINTED(old_root, root), MINTED(ca)),
                    "1 a.test =1 |\n2 CA needless {expired: replace it}\n->\n1 a.test =1 |\n"
                    "2 CA missing {not sent: add it here} |\n"
                    "0 Root anchor {in the trust store}\n");
        minted_free(old);
        minted_free(leaf);
        minted_free(ca);
        minted_free(root);
        minted_free(old_root);
}

static void dates__are_those_of_now(void **state)
{
        struct family f;
        struct chain_view v;

        (void)state;
        family_make(&f);
        json_t *report = judge_minted(MINTED(f.leaf, f.lower, f.upper), MINTED(f.root), NOBODY);

        chain_view_init(&v, report, NOW);
        assert_string_equal(v.mended[0].when, "ends 2027-03-16, in 60 days");
        assert_string_equal(v.mended[3].when, "ends 2034-02-27, in 7 years");
        chain_view_done(&v);
        chain_view_init(&v, report, NOW + 61 * DAY);
        assert_string_equal(v.mended[0].when, "ended 2027-03-16, 24 hours ago");
        chain_view_done(&v);
        chain_view_init(&v, report, NOW - 32 * DAY);
        assert_string_equal(v.mended[0].when, "begins 2026-12-16, in 2 days");
        chain_view_done(&v);
        json_decref(report);
        family_free(&f);
}

/* --- the drawing ------------------------------------------------------------------------------ */

static char *draw(const json_t *report)
{
        struct buf b = BUF_INIT(1024 * 1024);

        chain_draw(&b, report, NOW);
        assert_false(b.full);
        return buf_steal(&b);
}

static size_t count(const char *text, const char *what)
{
        size_t n = 0;

        for (; (text = strstr(text, what)) != NULL; text += strlen(what))
                n++;
        return n;
}

static void a_broken_chain__is_two_columns_and_words(void **state)
{
        struct demo_pki *pki = demo_pki_new(NOW);
        json_t *report = judge_case(pki, "incomplete");
        AUTO_FREE char *svg = draw(report);

        (void)state;
        assert_int_equal(count(svg, "<svg "), 2); /* for a wide window and for a phone */
        assert_int_equal(count(svg, ">As served</text>"), 2);
        assert_int_equal(count(svg, "class=\"chain-card missing error\""), 2);
        assert_int_equal(count(svg, "class=\"chain-link missing\""), 4);
        assert_int_equal(count(svg, "class=\"chain-link broken\""), 2);
        assert_non_null(strstr(svg, "<li>Demo Intermediate, ends 2029-07-03, in 900 days, "
                                    "not sent: add it here</li>"));
        json_decref(report);
        demo_pki_free(pki);
}

static void a_chain_in_order__is_one_column(void **state)
{
        struct demo_pki *pki = demo_pki_new(NOW);
        json_t *report = judge_case(pki, "good");
        AUTO_FREE char *svg = draw(report);

        (void)state;
        assert_int_equal(count(svg, "As served</text>"), 0);
        assert_int_equal(count(svg, "<g class=\"chain-card"), 6);
        assert_non_null(strstr(svg, "Served as it should be:"));
        json_decref(report);
        demo_pki_free(pki);
}

/* Nothing that strangers wrote breaks out, and what is long is cut, but stands in the words. */
static void strange_names__stay_inside(void **state)
{
        char name[65];
        struct minted *root = make_ca("</text><script>alert(1)</script>", NULL);

        (void)state;
        memset(name, 'W', 64);
        name[64] = '\0';

        struct minted *leaf = make_leaf(name, root);
        json_t *report = judge_minted(MINTED(leaf), MINTED(root), NOBODY);
        AUTO_FREE char *svg = draw(report);

        assert_null(strstr(svg, "<script"));
        assert_int_equal(count(svg, name), 3); /* two titles and the words */
        assert_int_equal(count(svg, "\u2026</text>"), 1); /* on a phone */
        json_decref(report);
        minted_free(leaf);
        minted_free(root);
}

static void a_hundred_certificates__are_not_all_drawn(void **state)
{
        const struct minted *list[101] = { NULL };
        struct family f;

        (void)state;
        family_make(&f);
        for (size_t i = 0; i < 100; i++)
                list[i] = i == 0 ? f.leaf : i == 98 ? f.lower : i == 99 ? f.upper : f.root;
        json_t *report = judge_minted(list, MINTED(f.root), NOBODY);
        AUTO_FREE char *svg = draw(report);

        assert_int_equal(count(svg, "and 84 more</text>"), 2);
        assert_int_equal(count(svg, "<li>Lower, "), 1); /* as it should be, with no line to it */
        assert_true(strlen(svg) < 64 * 1024);
        json_decref(report);
        family_free(&f);
}

static void nothing_served__is_nothing_drawn(void **state)
{
        json_t *report = judge_minted(NOBODY, NOBODY, NOBODY), *none = json_object();
        AUTO_FREE char *svg = draw(report), *other = draw(none);

        (void)state;
        assert_string_equal(svg, "");
        assert_string_equal(other, "");
        json_decref(report);
        json_decref(none);
}

/* --- bars ------------------------------------------------------------------------------------- */

static void bars__are_as_long_as_certificates_are_valid(void **state)
{
        struct buf b = BUF_INIT(65536);
        struct demo_pki *pki = demo_pki_new(NOW);
        json_t *report = judge_case(pki, "old-chain");

        (void)state;
        bars_validity(&b, report, NOW);
        /* the leaf of 90 days fills the scale between its margins, and today is at a third */
        assert_non_null(strstr(buf_str(&b), "<rect class=\"fill-calm\" x=\"40\" y=\"3\" "
                                            "width=\"919\""));
        assert_int_equal(count(buf_str(&b), "d=\"M346 0v10\""), 3);
        /* the intermediate came from before, and has ended */
        assert_non_null(strstr(buf_str(&b), "<rect class=\"fill-error\" x=\"0\" y=\"3\" "
                                            "width=\"244\""));
        /* the root goes on */
        assert_non_null(strstr(buf_str(&b), "<rect class=\"fill-calm\" x=\"0\" y=\"3\" "
                                            "width=\"1000\""));
        json_decref(report);
        demo_pki_free(pki);
        buf_done(&b);
}

static void steps_of_a_look__share_a_bar(void **state)
{
        struct buf b = BUF_INIT(4096);
        json_t *seconds = json_pack("{s:f, s:f, s:f}", "connect", 0.01, "handshake", 0.03, "total",
                                    0.04);

        (void)state;
        bars_timing(&b, seconds);
        assert_non_null(strstr(buf_str(&b), "class=\"step-1\" x=\"0.0\" width=\"250.0\""));
        assert_non_null(strstr(buf_str(&b), "class=\"step-4\" x=\"250.0\" width=\"750.0\""));
        assert_non_null(strstr(buf_str(&b), "TLS handshake <span class=\"muted\">30.0 ms"));
        assert_null(strstr(buf_str(&b), "STARTTLS"));
        json_decref(seconds);
        buf_done(&b);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_classic_mistake__is_seen),
                cmocka_unit_test(what_stands_too_early__is_moved),
                cmocka_unit_test(what_is_missing_in_the_middle__has_its_place),
                cmocka_unit_test(a_server_certificate_that_is_trusted_itself__needs_nobody),
                cmocka_unit_test(a_mended_chain__leads_to_its_own_anchor),
                cmocka_unit_test(dates__are_those_of_now),
                cmocka_unit_test(a_broken_chain__is_two_columns_and_words),
                cmocka_unit_test(a_chain_in_order__is_one_column),
                cmocka_unit_test(strange_names__stay_inside),
                cmocka_unit_test(a_hundred_certificates__are_not_all_drawn),
                cmocka_unit_test(nothing_served__is_nothing_drawn),
                cmocka_unit_test(bars__are_as_long_as_certificates_are_valid),
                cmocka_unit_test(steps_of_a_look__share_a_bar),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
