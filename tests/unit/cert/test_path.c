/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of anchors, and the search for a path: mazes on purpose, and which way out is taken. */
#include "tests/unit/cert/forge.h"

#include "common/base/buf.h"
#include "common/cert/path.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

/* --- sets ------------------------------------------------------------------------------------ */

static void equal_sets_are_equal_whatever_their_order(void **state)
{
        CLEANUP(minted_free_at_exit) struct minted *a = make_ca("A", NULL), *b = make_ca("B", NULL),
                                                   *c = make_ca("C", NULL);
        CLEANUP(trust_unref_at_exit) struct trust *one = trust_of(MINTED(a, b, c)),
                                                  *other = trust_of(MINTED(c, a, b, a, c)),
                                                  *less = trust_of(MINTED(a, b)),
                                                  *none = trust_of(MINTED(NULL));

        (void)state;
        assert_int_equal(trust_count(one), 3);
        assert_int_equal(trust_count(other), 3); /* twice the same is once */
        assert_int_equal(trust_count(none), 0);
        assert_int_equal(trust_count(NULL), 0);
        assert_memory_equal(trust_digest(one), trust_digest(other), 32);
        assert_memory_not_equal(trust_digest(one), trust_digest(less), 32);
        assert_memory_not_equal(trust_digest(less), trust_digest(none), 32);
}

static void a_set_contains_its_members_and_nobody_of_the_same_name(void **state)
{
        CLEANUP(minted_free_at_exit) struct minted *a = make_ca("A", NULL), *b = make_ca("A", NULL),
                                                   *c = make_ca("A", NULL);
        CLEANUP(trust_unref_at_exit) struct trust *t = trust_of(MINTED(a, b));
        CLEANUP(cert_unref_at_exit) struct cert *x = cert_of(a), *y = cert_of(b), *z = cert_of(c);

        (void)state;
        assert_true(trust_contains(t, x) && trust_contains(t, y));
        assert_false(trust_contains(t, z));
        assert_false(trust_contains(NULL, x));
}

static void drop_key_identifier(struct x509_st *cert)
{
        remove_extension(cert, NID_authority_key_identifier);
}

static void every_possible_issuer_is_called_once(void **state)
{
        enum { SAME = 5 };
        const struct minted *members[SAME + 3] = { NULL };
        struct minted *leaf, *strict;
        size_t pos = 0, found = 0;

        (void)state;
        for (size_t i = 0; i < SAME; i++)
                members[i] = make_ca("M", NULL);
        members[SAME] = make_ca("A", NULL);
        members[SAME + 1] = make_ca("Z", NULL);
        leaf = forge(&(struct mint_spec){ .cn = "x", .not_after_s = NOW }, members[2],
                     drop_key_identifier);
        strict = make_leaf("x", members[2]);
        CLEANUP(trust_unref_at_exit) struct trust *t = trust_of(members);
        CLEANUP(cert_unref_at_exit) struct cert *c = cert_of(leaf), *s = cert_of(strict),
                                                *stranger = cert_of(members[SAME]);
        struct cert *seen[SAME] = { NULL }, *issuer;

        while ((issuer = trust_next_issuer(t, c, &pos))) {
                assert_string_equal(issuer->label, "M");
                assert_true(found < SAME);
                for (size_t i = 0; i < found; i++)
                        assert_ptr_not_equal(seen[i], issuer);
                seen[found++] = issuer;
        }
        assert_int_equal(found, SAME);
        assert_null(trust_next_issuer(t, c, &pos)); /* and stays at the end */
        pos = 0;
        issuer = trust_next_issuer(t, s, &pos);
        assert_non_null(issuer); /* the key identifier leaves one */
        assert_true(cert_verify_signature(s, issuer));
        assert_null(trust_next_issuer(t, s, &pos));
        pos = 0;
        assert_ptr_equal(trust_next_issuer(t, stranger, &pos)->x509, members[SAME]->cert);
        pos = 0;
        assert_null(trust_next_issuer(NULL, c, &pos));
        minted_free(leaf);
        minted_free(strict);
        for (size_t i = 0; members[i]; i++)
                minted_free((struct minted *)(uintptr_t)members[i]);
}

static void a_bundle_is_loaded_or_its_fault_told(void **state)
{
        CLEANUP(minted_free_at_exit) struct minted *a = make_ca("A", NULL);
        char path[] = "/tmp/notafter-test-trust-XXXXXX";
        int fd = mkstemp(path);
        struct trust *t = NULL;
        char *error = NULL;

        (void)state;
        assert_int_equal(write(fd, a->pem, strlen(a->pem)), strlen(a->pem));
        close(fd);
        assert_int_equal(trust_load(&t, path, &error), 0);
        assert_null(error);
        assert_int_equal(trust_count(t), 1);
        trust_unref(t);
        t = NULL;
        setenv("SSL_CERT_FILE", path, 1);
        assert_int_equal(trust_load(&t, NULL, &error), 0);
        assert_int_equal(trust_count(trust_ref(t)), 1);
        trust_unref(t);
        trust_unref(t);
        trust_unref(NULL);
        t = NULL;
        unlink(path);
        assert_int_equal(trust_load(&t, path, &error), -ENOENT);
        assert_non_null(strstr(error, path));
        free(error);
        assert_int_equal(trust_load(&t, "/dev/null", &error), -ENOTSUP);
        assert_string_equal(error, "cannot read /dev/null: Not a regular file");
        free(error);
        assert_null(t);
}

/* What cannot be read of a bundle is told with its place, and the rest is used. */
static void what_is_left_out_of_a_bundle_is_told(void **state)
{
        static const struct {
                int good, bad;
                int result;
                const char *told[2];
        } ROWS[] = {
                { 1, 1, 0, { "Certificate 1 of ", ", at line 1, is damaged (" } },
                { 2, 3, 0, { "Certificate 1 of ", " 2 more could not be read." } },
                { 0, 1, -ENODATA, { "Certificate 1 of ", ", at line 1, is damaged (" } },
        };
        static const char bad[] = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        CLEANUP(minted_free_at_exit) struct minted *a = make_ca("A", NULL), *b = make_ca("B", NULL);

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                char path[] = "/tmp/notafter-test-trust-XXXXXX";
                FILE *f = fdopen(mkstemp(path), "w");
                CLEANUP(trust_unref_at_exit) struct trust *t = NULL;
                AUTO_FREE char *error = NULL;

                for (int k = 0; k < ROWS[i].bad; k++)
                        fputs(bad, f);
                for (int k = 0; k < ROWS[i].good; k++)
                        fputs(k ? b->pem : a->pem, f);
                fclose(f);
                assert_int_equal(trust_load(&t, path, &error), ROWS[i].result);
                unlink(path);
                assert_int_equal(trust_count(t), ROWS[i].good);
                assert_non_null(error);
                assert_non_null(strstr(error, path));
                for (size_t k = 0; k < 2; k++)
                        assert_non_null(strstr(error, ROWS[i].told[k]));
        }
}

/* --- the search ------------------------------------------------------------------------------ */

/* "x < Inter(served 1) < Root(anchor)" of the best path; of a search from the first served. */
static char *path_found(const struct minted *const *served, const struct minted *const *anchors,
                        const struct minted *const *extra, struct path_search *ret)
{
        CLEANUP(chain_free_at_exit) struct chain *chain = chain_of(served);
        CLEANUP(trust_unref_at_exit) struct trust *t = trust_of(anchors), *more = trust_of(extra);
        struct buf out = BUF_INIT(4096);

        *ret = (struct path_search){
                .served = chain, .anchors = t, .pools = { .configured = more }, .now_s = NOW,
        };
        path_search_run(ret);
        for (size_t i = 0; i < ret->best.n; i++) {
                const struct path_step *s = &ret->best.steps[i];
                const char *const sources[] = {
                        [PATH_SERVED] = "served", [PATH_CONFIGURED] = "extra",
                        [PATH_ANCHOR] = "anchor",
                };

                buf_printf(&out, "%s%s(%s", i ? " < " : "", s->cert->label, sources[s->source]);
                if (s->position >= 0)
                        buf_printf(&out, " %d", s->position);
                buf_puts(&out, ")");
        }
        return buf_steal(&out);
}

#define CHECK_PATH(served, anchors, extra, expected)                                               \
        do {                                                                                       \
                AUTO_FREE char *found_ = path_found(served, anchors, extra, &search);              \
                assert_string_equal(found_, expected);                                             \
        } while (0)
#define NO_CERTS MINTED(NULL)

static void a_plain_chain_is_its_own_path(void **state)
{
        CLEANUP(minted_free_at_exit) struct minted *root = make_ca("Root", NULL);
        CLEANUP(minted_free_at_exit) struct minted *inter = make_ca("Inter", root);
        CLEANUP(minted_free_at_exit) struct minted *leaf = make_leaf("x", inter);
        struct path_search search;

        (void)state;
        CHECK_PATH(MINTED(leaf, inter), MINTED(root), NO_CERTS,
                   "x(served 0) < Inter(served 1) < Root(anchor)");
        assert_true(search.best.anchored && search.best.complete);
        assert_int_equal(search.best.cost, 0);
        assert_int_equal(search.n_checks, 2);
        CHECK_PATH(MINTED(leaf), MINTED(root), MINTED(inter),
                   "x(served 0) < Inter(extra) < Root(anchor)");
        assert_int_equal(search.best.n_added, 1);
        CHECK_PATH(MINTED(leaf, inter), MINTED(root), MINTED(inter),
                   "x(served 0) < Inter(served 1) < Root(anchor)"); /* what is sent is preferred */
        assert_int_equal(search.best.n_added, 0);
        CHECK_PATH(MINTED(leaf, inter, root), MINTED(root), NO_CERTS,
                   "x(served 0) < Inter(served 1) < Root(anchor 2)");
        CHECK_PATH(MINTED(leaf, inter), MINTED(inter), NO_CERTS, "x(served 0) < Inter(anchor 1)");
        CHECK_PATH(MINTED(leaf, inter), MINTED(leaf), NO_CERTS, "x(anchor 0)");
        assert_true(search.best.anchored);
        CHECK_PATH(MINTED(leaf, inter), NO_CERTS, NO_CERTS, "x(served 0) < Inter(served 1)");
        assert_false(search.best.anchored || search.best.complete);
        CHECK_PATH(MINTED(leaf, inter, root), NO_CERTS, NO_CERTS,
                   "x(served 0) < Inter(served 1) < Root(served 2)");
        assert_true(search.best.complete && !search.best.anchored);
}

static void a_dead_end_is_left_again(void **state)
{
        CLEANUP(minted_free_at_exit) struct minted *root = make_ca("Root", NULL);
        CLEANUP(minted_free_at_exit) struct minted *gone = make_ca("Gone", NULL);
        CLEANUP(minted_free_at_exit) struct minted *inter = make_ca("Inter", root);
        const struct mint_spec spec = {
                .cn = "Inter",
                .ca = true,
                .not_before_s = NOW - DAY,
                .not_after_s = NOW + 999 * DAY,
        };
        CLEANUP(minted_free_at_exit) struct minted *dead = mint_cross(&spec, inter, gone);
        CLEANUP(minted_free_at_exit) struct minted *leaf = make_leaf("x", inter);
        struct path_search search;

        (void)state;
        CHECK_PATH(MINTED(leaf, dead, inter), MINTED(root), NO_CERTS,
                   "x(served 0) < Inter(served 2) < Root(anchor)");
        CHECK_PATH(MINTED(leaf, dead), MINTED(root), MINTED(inter),
                   "x(served 0) < Inter(extra) < Root(anchor)");
}

static void a_path_without_faults_is_preferred_to_the_first_one(void **state)
{
        CLEANUP(minted_free_at_exit) struct minted *root = make_ca("Root", NULL);
        CLEANUP(minted_free_at_exit) struct minted *inter = make_ca("Inter", root);
        const struct mint_spec spec = {
                .cn = "Inter", .ca = true, .not_before_s = NOW - 99 * DAY, .not_after_s = NOW - DAY,
        };
        CLEANUP(minted_free_at_exit) struct minted *expired = mint_cross(&spec, inter, root);
        CLEANUP(minted_free_at_exit) struct minted *leaf = make_leaf("x", inter);
        struct path_search search;

        (void)state;
        CHECK_PATH(MINTED(leaf, expired, inter), MINTED(root), NO_CERTS,
                   "x(served 0) < Inter(served 2) < Root(anchor)");
        assert_int_equal(search.best.cost, 0);
        /* What clients meet is the expired one, even where a better one is known. */
        CHECK_PATH(MINTED(leaf, expired), MINTED(root), MINTED(inter),
                   "x(served 0) < Inter(served 1) < Root(anchor)");
        assert_true(search.best.cost > 0);
}

static void permit_corp(struct x509_st *cert)
{
        configure_extension(cert, NID_name_constraints, "critical,permitted;DNS:corp.example");
}

static void exclude_subject(NAME_CONSTRAINTS *nc, const char *cn)
{
        GENERAL_SUBTREE *tree = GENERAL_SUBTREE_new();
        X509_NAME *name = X509_NAME_new();

        assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                                    (const unsigned char *)cn, -1, -1, 0), 1);
        GENERAL_NAME_set0_value(tree->base, GEN_DIRNAME, name);
        sk_GENERAL_SUBTREE_push(nc->excludedSubtrees, tree);
}

static void exclude_two(struct x509_st *cert)
{
        NAME_CONSTRAINTS *nc = NAME_CONSTRAINTS_new();

        nc->excludedSubtrees = sk_GENERAL_SUBTREE_new_null();
        exclude_subject(nc, "CA");
        exclude_subject(nc, "Other");
        assert_int_equal(X509_add1_ext_i2d(cert, NID_name_constraints, nc, 1, 0), 1);
        NAME_CONSTRAINTS_free(nc);
}

static void exclude_many(struct x509_st *cert)
{
        NAME_CONSTRAINTS *nc = NAME_CONSTRAINTS_new();
        char name[16];

        nc->excludedSubtrees = sk_GENERAL_SUBTREE_new_null();
        for (int i = 0; i < 900; i++) {
                snprintf(name, sizeof(name), "N%d", i);
                exclude_subject(nc, name);
        }
        assert_int_equal(X509_add1_ext_i2d(cert, NID_name_constraints, nc, 1, 0), 1);
        NAME_CONSTRAINTS_free(nc);
}

static void a_path_whose_constraints_permit_the_names_is_preferred(void **state)
{
        CLEANUP(minted_free_at_exit) struct minted *root = make_ca("Root", NULL);
        CLEANUP(minted_free_at_exit) struct minted *inter = make_ca("Inter", root);
        const struct mint_spec spec = {
                .cn = "Inter", .ca = true, .not_before_s = NOW - 99 * DAY,
                .not_after_s = NOW + 99 * DAY,
        };
        CLEANUP(minted_free_at_exit) struct minted *narrow = mint_cross(&spec, inter, root);
        CLEANUP(minted_free_at_exit) struct minted *leaf = make_leaf("x", inter);
        struct path_search search;

        (void)state;
        permit_corp(narrow->cert);
        assert_true(X509_sign(narrow->cert, root->key, EVP_sha256()) > 0);
        CHECK_PATH(MINTED(leaf, narrow, inter), MINTED(root), NO_CERTS,
                   "x(served 0) < Inter(served 2) < Root(anchor)");
        assert_int_equal(search.best.cost, 0);
        CHECK_PATH(MINTED(leaf, narrow), MINTED(root), NO_CERTS,
                   "x(served 0) < Inter(served 1) < Root(anchor)");
        assert_true(search.best.cost > 0);
}

/* A thousand names under a thousand constraints, again for each of many CAs: a limit ends it. */
static void endless_constraints_end_the_search(void **state)
{
        enum { MANY = 1000, CAS = 4 };
        static char texts[MANY][24];
        static const char *names[MANY + 1];
        const struct minted *served[CAS + 2] = { NULL };
        CLEANUP(minted_free_at_exit) struct minted *root = make_ca("Root", NULL);
        struct minted *ca = root;
        struct path_search search;

        (void)state;
        for (int i = 0; i < MANY; i++) {
                snprintf(texts[i], sizeof(texts[i]), "n%d.example", i);
                names[i] = texts[i];
        }
        for (int i = CAS; i > 0; i--)
                served[i] = ca = forge(&(struct mint_spec){
                        .cn = (char[]){ (char)('A' + i), '\0' }, .ca = true,
                        .not_before_s = NOW - DAY, .not_after_s = NOW + DAY,
                }, ca, exclude_many);
        served[0] = mint(&(struct mint_spec){
                .cn = "x", .names = names, .not_before_s = NOW - DAY, .not_after_s = NOW + DAY,
        }, ca);
        free(path_found(served, MINTED(root), NO_CERTS, &search));
        assert_true(search.exhausted);
        assert_true(search.n_name_checks <= PATH_MAX_NAME_CHECKS);
        for (size_t i = 0; served[i]; i++)
                minted_free((struct minted *)(uintptr_t)served[i]);
}

/* RFC 5280 section 6.1.3: a CA that rolls its key over may still be called what it is called. */
static void self_issued_cas_need_not_obey_name_constraints(void **state)
{
        CLEANUP(minted_free_at_exit) struct minted *root = make_ca("Root", NULL);
        const struct mint_spec spec = {
                .cn = "CA", .ca = true, .not_before_s = NOW - DAY, .not_after_s = NOW + 999 * DAY,
        };
        CLEANUP(minted_free_at_exit) struct minted *narrow = forge(&spec, root, exclude_two);
        CLEANUP(minted_free_at_exit) struct minted *rollover = make_ca("CA", narrow);
        CLEANUP(minted_free_at_exit) struct minted *other = make_ca("Other", narrow);
        CLEANUP(minted_free_at_exit) struct minted *x = make_leaf("x", rollover);
        CLEANUP(minted_free_at_exit) struct minted *y = make_leaf("y", other);
        CLEANUP(minted_free_at_exit) struct minted *itself = make_leaf("CA", narrow);
        struct path_search search;

        (void)state;
        CHECK_PATH(MINTED(x, rollover, narrow), MINTED(root), NO_CERTS,
                   "x(served 0) < CA(served 1) < CA(served 2) < Root(anchor)");
        assert_int_equal(search.best.cost, 0);
        CHECK_PATH(MINTED(y, other, narrow), MINTED(root), NO_CERTS,
                   "y(served 0) < Other(served 1) < CA(served 2) < Root(anchor)");
        assert_true(search.best.cost > 0);
        CHECK_PATH(MINTED(itself, narrow), MINTED(root), NO_CERTS,
                   "CA(served 0) < CA(served 1) < Root(anchor)");
        assert_true(search.best.cost > 0); /* the leaf must obey, whatever its issuer */
}

/* Of two editions of a root, the one that outlives the leaf; the other is no fault by itself. */
static void an_anchor_that_outlives_the_leaf_is_preferred(void **state)
{
        CLEANUP(minted_free_at_exit) struct minted *old = mint(&(struct mint_spec){
                .cn = "Root", .ca = true, .not_before_s = NOW - DAY, .not_after_s = NOW + 3 * DAY,
        }, NULL);
        CLEANUP(minted_free_at_exit) struct minted *leaf = make_leaf("x", old);
        struct path_search search;

        (void)state;
        for (int i = 0; i < 4; i++) { /* they are sorted by fingerprint: some come first */
                const struct mint_spec spec = {
                        .cn = "Root", .ca = true, .not_before_s = NOW - DAY - i,
                        .not_after_s = NOW + 999 * DAY,
                };
                CLEANUP(minted_free_at_exit) struct minted *young = mint_cross(&spec, old, old);

                CHECK_PATH(MINTED(leaf), MINTED(old, young), NO_CERTS,
                           "x(served 0) < Root(anchor)");
                assert_int_equal(search.best.cost, 0);
        }
        CHECK_PATH(MINTED(leaf), MINTED(old), NO_CERTS, "x(served 0) < Root(anchor)");
        assert_int_equal(search.best.cost, 1);
}

static void a_rekeyed_ca_is_told_by_its_signature(void **state)
{
        CLEANUP(minted_free_at_exit) struct minted *root = make_ca("Root", NULL);
        CLEANUP(minted_free_at_exit) struct minted *old = make_ca("Inter", root);
        CLEANUP(minted_free_at_exit) struct minted *young = make_ca("Inter", root);
        CLEANUP(minted_free_at_exit) struct minted *leaf = forge(&(struct mint_spec){
                .cn = "x", .not_before_s = NOW, .not_after_s = NOW + DAY,
        }, young, drop_key_identifier);
        struct path_search search;

        (void)state;
        CHECK_PATH(MINTED(leaf, old, young), MINTED(root), NO_CERTS,
                   "x(served 0) < Inter(served 2) < Root(anchor)");
        CHECK_PATH(MINTED(leaf, old), MINTED(root), NO_CERTS, "x(served 0)");
}

static void a_circle_of_cross_signed_cas_is_walked_once(void **state)
{
        CLEANUP(minted_free_at_exit) struct minted *a = make_ca("A", NULL), *b = make_ca("B", NULL);
        const struct mint_spec as_a = {
                .cn = "A", .ca = true, .not_before_s = NOW - DAY, .not_after_s = NOW + 99 * DAY,
        }, as_b = {
                .cn = "B", .ca = true, .not_before_s = NOW - DAY, .not_after_s = NOW + 99 * DAY,
        };
        CLEANUP(minted_free_at_exit) struct minted *a_by_b = mint_cross(&as_a, a, b);
        CLEANUP(minted_free_at_exit) struct minted *b_by_a = mint_cross(&as_b, b, a);
        CLEANUP(minted_free_at_exit) struct minted *leaf = make_leaf("x", a);
        struct path_search search;

        (void)state;
        CHECK_PATH(MINTED(leaf, a_by_b, b_by_a), NO_CERTS, NO_CERTS,
                   "x(served 0) < A(served 1) < B(served 2)");
        assert_false(search.exhausted);
        CHECK_PATH(MINTED(leaf, a_by_b, b_by_a), MINTED(b), NO_CERTS,
                   "x(served 0) < A(served 1) < B(anchor)");
}

static void self_issued_cas_do_not_count_for_the_path_length(void **state)
{
        CLEANUP(minted_free_at_exit) struct minted *root = make_ca("Root", NULL);
        CLEANUP(minted_free_at_exit) struct minted *first = mint(&(struct mint_spec){
                .cn = "CA", .ca = true, .limit_path = true, .path_length = 0,
                .not_before_s = NOW - DAY, .not_after_s = NOW + 999 * DAY,
        }, root);
        CLEANUP(minted_free_at_exit) struct minted *rollover = make_ca("CA", first);
        CLEANUP(minted_free_at_exit) struct minted *other = make_ca("Other", first);
        CLEANUP(minted_free_at_exit) struct minted *x = make_leaf("x", rollover);
        CLEANUP(minted_free_at_exit) struct minted *y = make_leaf("y", other);
        struct path_search search;

        (void)state;
        CHECK_PATH(MINTED(x, rollover, first), MINTED(root), NO_CERTS,
                   "x(served 0) < CA(served 1) < CA(served 2) < Root(anchor)");
        assert_int_equal(search.best.cost, 0);
        CHECK_PATH(MINTED(y, other, first), MINTED(root), NO_CERTS,
                   "y(served 0) < Other(served 1) < CA(served 2) < Root(anchor)");
        assert_true(search.best.cost > 0);
}

static void a_long_chain_ends_at_the_limit(void **state)
{
        enum { CAS = PATH_MAX_LENGTH + 2 };
        const struct minted *served[CAS + 2] = { NULL };
        struct minted *ca = make_ca("CA 0", NULL);
        struct path_search search;

        (void)state;
        served[CAS] = ca; /* the root last, the leaf first */
        for (int i = 1; i < CAS; i++) {
                char name[16];

                snprintf(name, sizeof(name), "CA %d", i);
                served[CAS - i] = ca = make_ca(name, ca);
        }
        served[0] = make_leaf("x", ca);
        AUTO_FREE char *found = path_found(served, MINTED(served[CAS]), NO_CERTS, &search);

        assert_int_equal(search.best.n, PATH_MAX_LENGTH);
        assert_false(search.best.anchored);
        free(path_found(served + 4, MINTED(served[CAS]), NO_CERTS, &search));
        assert_true(search.best.anchored);
        for (size_t i = 0; served[i]; i++)
                minted_free((struct minted *)(uintptr_t)served[i]);
}

/* More issuers of the right name than signatures that may be verified. */
static void a_maze_ends_with_the_limit_of_signatures(void **state)
{
        enum { SAME = PATH_MAX_CHECKS + 5 };
        const struct minted *served[SAME + 2] = { NULL };
        CLEANUP(minted_free_at_exit) struct minted *hidden = make_ca("CA", NULL);
        CLEANUP(minted_free_at_exit) struct minted *root = make_ca("Root", NULL);
        struct path_search search;

        (void)state;
        served[0] = forge(&(struct mint_spec){
                .cn = "x", .not_before_s = NOW, .not_after_s = NOW + DAY,
        }, hidden, drop_key_identifier);
        for (size_t i = 1; i <= SAME; i++)
                served[i] = make_ca("CA", NULL);
        AUTO_FREE char *found = path_found(served, MINTED(root), NO_CERTS, &search);

        assert_string_equal(found, "x(served 0)");
        assert_true(search.exhausted);
        assert_int_equal(search.n_checks, PATH_MAX_CHECKS);
        for (size_t i = 0; served[i]; i++)
                minted_free((struct minted *)(uintptr_t)served[i]);
}

/* Every CA signed by every other: the number of partial paths grows as the factorial. */
static void a_maze_of_cross_signed_cas_ends(void **state)
{
        enum { CAS = 9 };
        const struct minted *served[CAS * CAS + 2] = { NULL };
        struct minted *own[CAS];
        struct path_search search;
        size_t n = 1;

        (void)state;
        for (int i = 0; i < CAS; i++)
                own[i] = make_ca((char[]){ (char)('A' + i), '\0' }, NULL);
        for (int i = 0; i < CAS; i++)
                for (int k = 0; k < CAS; k++)
                        if (i != k)
                                served[n++] = mint_cross(&(struct mint_spec){
                                        .cn = (char[]){ (char)('A' + i), '\0' }, .ca = true,
                                        .not_before_s = NOW - DAY, .not_after_s = NOW + DAY,
                                }, own[i], own[k]);
        served[0] = make_leaf("x", own[0]);
        free(path_found(served, NO_CERTS, NO_CERTS, &search));
        assert_true(search.exhausted);
        assert_true(search.n_checks <= PATH_MAX_CHECKS);
        assert_false(search.best.anchored);
        for (size_t i = 0; i < n; i++)
                minted_free((struct minted *)(uintptr_t)served[i]);
        for (int i = 0; i < CAS; i++)
                minted_free(own[i]);
}

static void an_edge_is_verified_once(void **state)
{
        CLEANUP(minted_free_at_exit) struct minted *root = make_ca("Root", NULL);
        CLEANUP(minted_free_at_exit) struct minted *other = make_ca("Other", NULL);
        CLEANUP(minted_free_at_exit) struct minted *leaf = make_leaf("x", root);
        CLEANUP(cert_unref_at_exit) struct cert *r = cert_of(root), *o = cert_of(other),
                                                *l = cert_of(leaf);
        struct path_search search = { .n_checks = 0 };

        (void)state;
        assert_true(path_search_edge(&search, l, r));
        assert_true(path_search_edge(&search, l, r));
        assert_int_equal(search.n_checks, 1);
        assert_false(path_search_edge(&search, l, o)); /* not even by name */
        assert_false(path_search_edge(&search, r, l));
        assert_int_equal(search.n_checks, 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(equal_sets_are_equal_whatever_their_order),
                cmocka_unit_test(a_set_contains_its_members_and_nobody_of_the_same_name),
                cmocka_unit_test(every_possible_issuer_is_called_once),
                cmocka_unit_test(a_bundle_is_loaded_or_its_fault_told),
                cmocka_unit_test(what_is_left_out_of_a_bundle_is_told),
                cmocka_unit_test(a_plain_chain_is_its_own_path),
                cmocka_unit_test(a_dead_end_is_left_again),
                cmocka_unit_test(a_path_without_faults_is_preferred_to_the_first_one),
                cmocka_unit_test(a_path_whose_constraints_permit_the_names_is_preferred),
                cmocka_unit_test(endless_constraints_end_the_search),
                cmocka_unit_test(self_issued_cas_need_not_obey_name_constraints),
                cmocka_unit_test(an_anchor_that_outlives_the_leaf_is_preferred),
                cmocka_unit_test(a_rekeyed_ca_is_told_by_its_signature),
                cmocka_unit_test(a_circle_of_cross_signed_cas_is_walked_once),
                cmocka_unit_test(self_issued_cas_do_not_count_for_the_path_length),
                cmocka_unit_test(a_long_chain_ends_at_the_limit),
                cmocka_unit_test(a_maze_ends_with_the_limit_of_signatures),
                cmocka_unit_test(a_maze_of_cross_signed_cas_ends),
                cmocka_unit_test(an_edge_is_verified_once),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
