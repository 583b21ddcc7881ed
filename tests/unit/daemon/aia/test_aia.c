/* SPDX-License-Identifier: Apache-2.0 */
/* Chases against a web server on loopback that publishes issuers, or lies about them. */
#include "daemon/aia/aia.h"

#include "common/base/buf.h"
#include "common/base/mem.h"
#include "daemon/loop/http_client.h"
#include "tests/support/http_server.h"
#include "tests/unit/cert/forge.h"

#include <event2/event.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>
#include <signal.h>
#include <stdio.h>

#define LONG_CHAIN (AIA_MAX_DEPTH + 3)

struct world {
        struct event_base *base;
        struct http_client *http;
        struct http_server *server;
        struct aia *aia;
        struct minted *root, *ca; /* the anchor, and the intermediate that it signed */
        struct trust *anchors;
        /* what came */
        size_t calls, wanted;
        struct trust *fetched;
        char *note;
        void (*then)(struct world *w);
        /* what was kept */
        char *kept_url, *kept_reason;
        uint8_t *kept_bytes;
        size_t n_kept, n_remembers;
        bool kept_long;
};

/* ---- a memory of one URL -------------------------------------------------------------------- */

static int recall(void *arg, const char *url, int64_t now_s, uint8_t **ret_bytes, size_t *ret_n,
                  char **ret_reason)
{
        struct world *w = arg;

        assert_true(now_s > 0);
        if (!w->kept_url || strcmp(url, w->kept_url) != 0)
                return 0;
        if (w->kept_reason) {
                *ret_reason = mem_strdup(w->kept_reason);
                return 2;
        }
        *ret_bytes = mem_copy(w->kept_bytes, w->n_kept);
        *ret_n = w->n_kept;
        return w->kept_long ? 3 : 1;
}

static void forget(struct world *w)
{
        free(w->kept_url);
        free(w->kept_reason);
        free(w->kept_bytes);
        w->kept_url = w->kept_reason = NULL;
        w->kept_bytes = NULL;
}

static void remember(void *arg, const char *url, int64_t now_s, const uint8_t *bytes, size_t n,
                     const char *reason)
{
        struct world *w = arg;

        (void)now_s;
        w->n_remembers++;
        forget(w);
        w->kept_url = mem_strdup(url);
        w->kept_reason = mem_strdup(reason);
        w->kept_bytes = mem_copy(bytes, n);
        w->n_kept = n;
}

/* ---- the world ------------------------------------------------------------------------------ */

static int world_new(void **state)
{
        struct world *w = *state = mem_new0(1, sizeof(*w));

        w->wanted = 1;
        w->base = event_base_new();
        w->server = http_server_start();
        assert_int_equal(http_client_new(&w->http, w->base), 0);
        assert_int_equal(aia_new(&w->aia, w->base, w->http, NULL), 0);
        w->root = make_ca("Root", NULL);
        w->ca = make_ca("Issuing CA", w->root);
        w->anchors = trust_of(MINTED(w->root));
        return 0;
}

static int world_free(void **state)
{
        struct world *w = *state;

        aia_free(w->aia);
        http_client_free(w->http);
        event_base_free(w->base);
        http_server_stop(w->server);
        minted_free(w->root);
        minted_free(w->ca);
        trust_unref(w->anchors);
        trust_unref(w->fetched);
        free(w->note);
        forget(w);
        free(w);
        return 0;
}

static void with_memory(struct world *w)
{
        struct aia_memory memory = { .recall = recall, .remember = remember, .arg = w };

        aia_free(w->aia);
        assert_int_equal(aia_new(&w->aia, w->base, w->http, &memory), 0);
}

static void on_done(struct trust *fetched, const char *note, void *arg)
{
        struct world *w = arg;

        trust_unref(w->fetched);
        free(w->note);
        w->fetched = trust_ref(fetched);
        w->note = mem_strdup(note);
        if (++w->calls >= w->wanted)
                event_base_loopbreak(w->base);
        if (w->then)
                w->then(w);
}

static struct aia_chase *start(struct world *w, const struct minted *orphan, enum aia_reach reach)
{
        CLEANUP(cert_unref_at_exit) struct cert *c = cert_of(orphan);
        size_t calls = w->calls;
        struct aia_chase *chase = aia_chase(w->aia, c, w->anchors, reach, on_done, w);

        assert_int_equal(w->calls, calls); /* never inside aia_chase() */
        return chase;
}

static void chase(struct world *w, const struct minted *orphan, enum aia_reach reach)
{
        size_t calls = w->calls;

        start(w, orphan, reach);
        event_base_dispatch(w->base);
        assert_int_equal(w->calls, calls + 1);
}

static bool has_fetched(const struct world *w, const struct minted *m)
{
        CLEANUP(cert_unref_at_exit) struct cert *c = cert_of(m);

        return trust_contains(w->fetched, c);
}

/* What came is @fetched (NULL = nothing), and the note has these words in it. */
static void check(const struct world *w, const struct minted *const *fetched, const char *words)
{
        size_t n = 0;

        for (; fetched && fetched[n]; n++)
                if (!has_fetched(w, fetched[n]))
                        fail_msg("number %zu was not fetched: %s", n, w->note);
        assert_int_equal(trust_count(w->fetched), n);
        assert_int_equal(w->fetched == NULL, n == 0);
        if (!strstr(w->note, words))
                fail_msg("'%s' is not in '%s'", words, w->note);
}

/* ---- certificates and pages ----------------------------------------------------------------- */

static char *urls; /* for the next forged certificate: "caIssuers;URI:..." */

static void set_urls(struct x509_st *cert)
{
        configure_extension(cert, NID_info_access, urls);
}

/* A certificate whose issuer is said to be at these paths of the server, or at other URLs. */
static struct minted *published(struct world *w, const char *cn, bool ca,
                                const struct minted *issuer, const char *const *paths)
{
        struct buf list = BUF_INIT(4096);

        for (; *paths; paths++) {
                AUTO_FREE char *url = **paths == '/' ? http_server_url(w->server, *paths)
                                                     : mem_strdup(*paths);

                buf_printf(&list, "%scaIssuers;URI:%s", list.len ? "," : "", url);
        }
        urls = buf_steal(&list);
        struct minted *m = forge(&(struct mint_spec){
                .cn = cn, .ca = ca, .not_before_s = NOW - DAY, .not_after_s = NOW + 60 * DAY,
        }, issuer, set_urls);

        free(urls);
        return m;
}

#define PATHS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static struct minted *orphan_at(struct world *w, const char *path)
{
        return published(w, "shop.example", false, w->ca, PATHS(path));
}

static void put_cert(struct world *w, const char *path, const struct minted *m)
{
        CLEANUP(cert_unref_at_exit) struct cert *c = cert_of(m);

        http_server_put(w->server, &(struct http_page){
                .path = path, .body = c->der, .n = c->der_len,
        });
}

static void put_text(struct world *w, const char *path, const char *text)
{
        http_server_put(w->server, &(struct http_page){
                .path = path, .body = text, .n = strlen(text),
        });
}

static void redirect(struct world *w, const char *path, const char *to)
{
        AUTO_FREE char *url = *to == '/' ? http_server_url(w->server, to) : mem_strdup(to);
        AUTO_FREE char *head = mem_printf("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n"
                                          "Location: %s", url);

        http_server_put(w->server, &(struct http_page){ .path = path, .head = head });
}

/* ---- what is found -------------------------------------------------------------------------- */

static void the_issuer_is_found(void **state)
{
        struct world *w = *state;
        CLEANUP(minted_free_at_exit) struct minted *orphan = orphan_at(w, "/ca.der");

        put_cert(w, "/ca.der", w->ca);
        chase(w, orphan, AIA_ANY);
        check(w, MINTED(w->ca), "/ca.der answered with Issuing CA");
}

static void a_pem_answer_is_read_as_well(void **state)
{
        struct world *w = *state;
        CLEANUP(minted_free_at_exit) struct minted *orphan = orphan_at(w, "/ca.pem");

        put_text(w, "/ca.pem", w->ca->pem);
        chase(w, orphan, AIA_ANY);
        check(w, MINTED(w->ca), "answered with Issuing CA");
}

/* Bytes of a PKCS#7 bundle, or of a PKCS#12 file, with the CA in it. */
static void put_container(struct world *w, const char *path, bool is_pkcs12)
{
        BIO *bio = BIO_new(BIO_s_mem());
        STACK_OF(X509) *certs = sk_X509_new_null();
        char *bytes;

        sk_X509_push(certs, w->root->cert);
        sk_X509_push(certs, w->ca->cert);
        if (is_pkcs12) {
                PKCS12 *p12 = PKCS12_create("", NULL, NULL, NULL, certs, -1, -1, 0, 1, 0);

                assert_int_equal(i2d_PKCS12_bio(bio, p12), 1);
                PKCS12_free(p12);
        } else {
                PKCS7 *p7 = PKCS7_new();

                assert_int_equal(PKCS7_set_type(p7, NID_pkcs7_signed), 1);
                assert_int_equal(PKCS7_content_new(p7, NID_pkcs7_data), 1);
                assert_int_equal(PKCS7_add_certificate(p7, w->root->cert), 1);
                assert_int_equal(PKCS7_add_certificate(p7, w->ca->cert), 1);
                assert_int_equal(i2d_PKCS7_bio(bio, p7), 1);
                PKCS7_free(p7);
        }
        size_t n = (size_t)BIO_get_mem_data(bio, &bytes);

        http_server_put(w->server, &(struct http_page){ .path = path, .body = bytes, .n = n });
        sk_X509_free(certs);
        BIO_free(bio);
}

static void a_pkcs7_bundle_is_read_as_well(void **state)
{
        struct world *w = *state;
        CLEANUP(minted_free_at_exit) struct minted *orphan = orphan_at(w, "/ca.p7c");

        put_container(w, "/ca.p7c", false);
        chase(w, orphan, AIA_ANY);
        check(w, MINTED(w->ca), "answered with Issuing CA");
}

static void a_pkcs12_file_is_not_opened(void **state)
{
        struct world *w = *state;
        CLEANUP(minted_free_at_exit) struct minted *orphan = orphan_at(w, "/ca.p12");

        put_container(w, "/ca.p12", true);
        chase(w, orphan, AIA_ANY);
        check(w, NULL, "something that is no certificate");
}

static void chases_go_up_until_an_anchor_is_the_issuer(void **state)
{
        struct world *w = *state;
        CLEANUP(minted_free_at_exit) struct minted *middle =
                published(w, "Middle", true, w->root, PATHS("/root.der"));
        CLEANUP(minted_free_at_exit) struct minted *low =
                published(w, "Low", true, middle, PATHS("/middle.der"));
        CLEANUP(minted_free_at_exit) struct minted *orphan =
                published(w, "shop.example", false, low, PATHS("/low.der"));

        put_cert(w, "/low.der", low);
        put_cert(w, "/middle.der", middle);
        put_cert(w, "/root.der", w->root);
        chase(w, orphan, AIA_ANY);
        check(w, MINTED(low, middle), "/middle.der answered with Middle");
        assert_int_equal(http_server_asked(w->server, "/root.der"), 0);
}

static void a_bundle_that_goes_up_is_used_whole(void **state)
{
        struct world *w = *state;
        CLEANUP(minted_free_at_exit) struct minted *low =
                published(w, "Low", true, w->ca, PATHS("/not-needed"));
        CLEANUP(minted_free_at_exit) struct minted *stranger = make_ca("Stranger", NULL);
        CLEANUP(minted_free_at_exit) struct minted *orphan =
                published(w, "shop.example", false, low, PATHS("/bundle"));
        AUTO_FREE char *bundle = mem_printf("%s%s%s", w->ca->pem, stranger->pem, low->pem);

        put_cert(w, "/not-needed", w->ca);
        put_text(w, "/bundle", bundle);
        chase(w, orphan, AIA_ANY);
        assert_true(has_fetched(w, w->ca));
        assert_false(has_fetched(w, stranger));
        assert_int_equal(http_server_asked(w->server, "/bundle"), 1);
}

static void a_private_root_ends_the_chase(void **state)
{
        struct world *w = *state;
        CLEANUP(minted_free_at_exit) struct minted *private =
                published(w, "Private Root", true, NULL, PATHS("/private.der"));
        CLEANUP(minted_free_at_exit) struct minted *orphan =
                published(w, "shop.example", false, private, PATHS("/private.der"));

        put_cert(w, "/private.der", private);
        chase(w, orphan, AIA_ANY);
        check(w, MINTED(private), "answered with Private Root");
        assert_int_equal(http_server_asked(w->server, "/private.der"), 1);
}

static void every_url_is_asked_until_one_leads_to_an_anchor(void **state)
{
        struct world *w = *state;
        CLEANUP(minted_free_at_exit) struct minted *orphan =
                published(w, "shop.example", false, w->ca, PATHS("/none", "/html", "/ca.der"));

        put_text(w, "/html", "<html>Please log in.</html>");
        put_cert(w, "/ca.der", w->ca);
        chase(w, orphan, AIA_ANY);
        check(w, MINTED(w->ca), "/none answered 404; ");
        check(w, MINTED(w->ca), "/html answered with something that is no certificate; ");

        CLEANUP(cert_unref_at_exit) struct cert *c = cert_of(w->ca);
        AUTO_FREE char *url = http_server_url(w->server, "/ca.der");

        assert_string_equal(trust_url(w->fetched, c), url);
        assert_null(trust_url(w->anchors, c));
}

static void no_more_urls_are_asked_than_allowed(void **state)
{
        struct world *w = *state;
        CLEANUP(minted_free_at_exit) struct minted *orphan =
                published(w, "shop.example", false, w->ca, PATHS("/1", "/2", "/3", "/4"));

        put_cert(w, "/4", w->ca);
        chase(w, orphan, AIA_ANY);
        check(w, NULL, "/3 answered 404");
        assert_int_equal(http_server_connections(w->server), AIA_MAX_URLS);
}

static void no_more_issuers_are_climbed_than_allowed(void **state)
{
        struct world *w = *state;
        struct minted *chain[LONG_CHAIN] = { NULL };

        for (int i = LONG_CHAIN - 1; i >= 0; i--) {
                AUTO_FREE char *path = mem_printf("/%d", i + 1);
                AUTO_FREE char *own = mem_printf("/%d", i);
                AUTO_FREE char *cn = mem_printf("CA %d", i);

                chain[i] = published(w, cn, true, i == LONG_CHAIN - 1 ? w->root : chain[i + 1],
                                     PATHS(path));
                put_cert(w, own, chain[i]);
        }
        chase(w, chain[0], AIA_ANY);
        check(w, MINTED(chain[1], chain[2], chain[3], chain[4]), "/4 answered with CA 4");
        assert_int_equal(http_server_connections(w->server), AIA_MAX_DEPTH);
        for (size_t i = 0; i < LONG_CHAIN; i++)
                minted_free(chain[i]);
}

/* ---- lies ----------------------------------------------------------------------------------- */

static void what_did_not_sign_is_not_used(void **state)
{
        struct world *w = *state;
        CLEANUP(minted_free_at_exit) struct minted *other = make_ca("Other CA", w->root);
        CLEANUP(minted_free_at_exit) struct minted *impostor = make_ca("Issuing CA", w->root);
        CLEANUP(minted_free_at_exit) struct minted *orphan = orphan_at(w, "/x");
        const struct minted *const liars[] = { other, impostor, w->root, orphan };

        for (size_t i = 0; i < ARRAY_LEN(liars); i++) {
                put_cert(w, "/x", liars[i]);
                chase(w, orphan, AIA_ANY);
                check(w, NULL, ", which did not sign shop.example");
        }
}

static void what_is_no_certificate_is_said(void **state)
{
        static const struct {
                struct http_page page;
                const char *words;
        } ROWS[] = {
                { { .path = "/x", .body = "<html>", .n = 6 }, "something that is no certificate" },
                { { .path = "/x" }, "something that is no certificate" },
                { { .path = "/x", .head = "HTTP/1.1 500 Oops\r\nContent-Length: 0" },
                  "/x answered 500" },
                { { .path = "/x", .head = "HTTP/1.1 204 Nothing" }, "/x answered 204" },
                { { .path = "/x", .head = "HTTP/1.1 200 OK", .body = "x", .n = 1,
                    .endless = true }, "/x could not be asked: its answer is too long" },
                { { .path = "/x", .head = "nonsense" }, "/x could not be asked: " },
                { { .path = "/x", .head = "HTTP/1.1 302 Found\r\nContent-Length: 0" },
                  "/x answered 302" },
        };
        struct world *w = *state;
        CLEANUP(minted_free_at_exit) struct minted *orphan = orphan_at(w, "/x");

        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                http_server_put(w->server, &ROWS[i].page);
                chase(w, orphan, AIA_ANY);
                check(w, NULL, ROWS[i].words);
        }
}

/* Two CAs that say they issued each other, and both did. */
static void circles_end(void **state)
{
        struct world *w = *state;
        AUTO_FREE char *url = http_server_url(w->server, "/second");
        struct mint_spec spec = {
                .cn = "First", .ca = true, .not_before_s = NOW - DAY, .not_after_s = NOW + DAY,
                .ca_issuers = url,
        };
        CLEANUP(minted_free_at_exit) struct minted *first = make_ca("First", NULL);
        CLEANUP(minted_free_at_exit) struct minted *second =
                published(w, "Second", true, first, PATHS("/first"));
        CLEANUP(minted_free_at_exit) struct minted *crossed = mint_cross(&spec, first, second);
        CLEANUP(minted_free_at_exit) struct minted *orphan =
                published(w, "shop.example", false, second, PATHS("/second"));

        put_cert(w, "/second", second);
        put_cert(w, "/first", crossed);
        chase(w, orphan, AIA_ANY);
        check(w, MINTED(second, crossed), "/first answered with First");
        assert_int_equal(http_server_connections(w->server), 3);
}

/* ---- redirects ------------------------------------------------------------------------------ */

static void redirects_are_followed_a_few_times(void **state)
{
        struct world *w = *state;
        CLEANUP(minted_free_at_exit) struct minted *orphan = orphan_at(w, "/0");

        redirect(w, "/0", "/1");
        redirect(w, "/1", "/2");
        redirect(w, "/2", "/3");
        put_cert(w, "/3", w->ca);
        chase(w, orphan, AIA_ANY);
        check(w, MINTED(w->ca), "/0 answered with Issuing CA");

        redirect(w, "/3", "/4");
        chase(w, orphan, AIA_ANY);
        check(w, NULL, "/0 redirected more than 3 times");
        redirect(w, "/0", "/0");
        chase(w, orphan, AIA_ANY);
        check(w, NULL, "/0 redirected more than 3 times");
}

static void redirects_to_what_may_not_be_asked_are_not_followed(void **state)
{
        static const struct {
                const char *to, *words;
        } ROWS[] = {
                { "file:///etc/passwd", "/0 led to a URL that could not be asked: it is neither" },
                { "ftp://127.0.0.1/ca.der", "neither http nor https" },
                { "http://me:hunter2@127.0.0.1:1/", "user name" },
        };
        struct world *w = *state;
        CLEANUP(minted_free_at_exit) struct minted *orphan = orphan_at(w, "/0");

        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                redirect(w, "/0", ROWS[i].to);
                chase(w, orphan, AIA_ANY);
                check(w, NULL, ROWS[i].words);
                assert_null(strstr(w->note, "hunter2"));
        }
}

/* ---- how far it may reach ------------------------------------------------------------------- */

static void public_only__nothing_else_is_connected_to(void **state)
{
        struct world *w = *state;
        uint16_t port = http_server_port(w->server);
        AUTO_FREE char *named = mem_printf("http://localhost:%u/x", port);
        AUTO_FREE char *mapped = mem_printf("http://[::ffff:127.0.0.1]:%u/x", port);
        CLEANUP(minted_free_at_exit) struct minted *orphan =
                published(w, "shop.example", false, w->ca, PATHS("/x", named, mapped));

        with_memory(w);
        put_cert(w, "/x", w->ca);
        chase(w, orphan, AIA_PUBLIC);
        check(w, NULL, "/x could not be asked: 127.0.0.1:");
        check(w, NULL, "http://localhost:");
        check(w, NULL, "/x could not be asked: [::ffff:127.0.0.1]:");
        assert_int_equal(http_server_connections(w->server), 0);
        assert_int_equal(w->n_remembers, 0); /* another endpoint may */
        chase(w, orphan, AIA_ANY);
        check(w, MINTED(w->ca), "answered with Issuing CA");
}

/* ---- the memory ----------------------------------------------------------------------------- */

static void what_came_before_is_not_asked_again(void **state)
{
        struct world *w = *state;
        CLEANUP(minted_free_at_exit) struct minted *orphan = orphan_at(w, "/x");

        with_memory(w);
        put_cert(w, "/x", w->ca);
        for (int i = 0; i < 3; i++) {
                chase(w, orphan, AIA_ANY);
                check(w, MINTED(w->ca), "/x answered with Issuing CA");
        }
        assert_int_equal(http_server_asked(w->server, "/x"), 1);
        assert_int_equal(w->n_remembers, 1);
        assert_null(w->kept_reason);
}

static void what_failed_before_is_not_asked_again(void **state)
{
        struct world *w = *state;
        CLEANUP(minted_free_at_exit) struct minted *orphan = orphan_at(w, "/x");

        with_memory(w);
        for (int i = 0; i < 3; i++) {
                chase(w, orphan, AIA_ANY);
                check(w, NULL, "/x answered 404");
        }
        assert_int_equal(http_server_connections(w->server), 1);
        assert_int_equal(w->n_remembers, 1);
        assert_string_equal(w->kept_reason, "answered 404");
        assert_int_equal(w->n_kept, 0);
}

static void a_memory_gone_bad_is_asked_again(void **state)
{
        struct world *w = *state;
        CLEANUP(minted_free_at_exit) struct minted *orphan = orphan_at(w, "/x");
        AUTO_FREE char *url = http_server_url(w->server, "/x");

        with_memory(w);
        put_cert(w, "/x", w->ca);
        remember(w, url, 0, (const uint8_t *)"rotten", 6, NULL);
        chase(w, orphan, AIA_ANY);
        check(w, MINTED(w->ca), "answered with Issuing CA");
}

/* A CA with a new key publishes at the old URL. */
static void what_came_long_ago_and_does_not_help_is_asked_again(void **state)
{
        struct world *w = *state;
        CLEANUP(minted_free_at_exit) struct minted *orphan = orphan_at(w, "/x");
        CLEANUP(cert_unref_at_exit) struct cert *former = cert_of(w->root);
        AUTO_FREE char *url = http_server_url(w->server, "/x");

        with_memory(w);
        put_cert(w, "/x", w->ca);
        remember(w, url, 0, former->der, former->der_len, NULL);
        chase(w, orphan, AIA_ANY);
        check(w, NULL, "which did not sign");
        assert_int_equal(http_server_connections(w->server), 0);
        w->kept_long = true;
        for (int i = 0; i < 3; i++) {
                chase(w, orphan, AIA_ANY);
                check(w, MINTED(w->ca), "answered with Issuing CA");
        }
        assert_int_equal(http_server_connections(w->server), 1);
}

/* ---- many at once --------------------------------------------------------------------------- */

static void chases_for_the_same_url_share_a_request(void **state)
{
        struct world *w = *state;
        CLEANUP(minted_free_at_exit) struct minted *orphan = orphan_at(w, "/x");
        CLEANUP(minted_free_at_exit) struct minted *sibling = orphan_at(w, "/x");
        CLEANUP(cert_unref_at_exit) struct cert *c = cert_of(w->ca);

        http_server_put(w->server, &(struct http_page){
                .path = "/x", .body = c->der, .n = c->der_len, .delay_ms = 50,
        });
        w->wanted = 3;
        start(w, orphan, AIA_ANY);
        start(w, sibling, AIA_ANY);
        start(w, orphan, AIA_ANY);
        event_base_dispatch(w->base);
        assert_int_equal(w->calls, 3);
        assert_true(has_fetched(w, w->ca));
        assert_int_equal(http_server_asked(w->server, "/x"), 1);
}

static void more_than_may_be_asked_at_once_wait_their_turn(void **state)
{
        struct world *w = *state;
        struct minted *orphans[3 * AIA_MAX_AT_ONCE];

        for (size_t i = 0; i < ARRAY_LEN(orphans); i++) {
                AUTO_FREE char *path = mem_printf("/%zu", i);

                orphans[i] = orphan_at(w, path);
                put_cert(w, path, w->ca);
                start(w, orphans[i], AIA_ANY);
        }
        w->wanted = ARRAY_LEN(orphans);
        event_base_dispatch(w->base);
        assert_int_equal(w->calls, ARRAY_LEN(orphans));
        assert_int_equal(http_server_connections(w->server), ARRAY_LEN(orphans));
        assert_true(has_fetched(w, w->ca));
        for (size_t i = 0; i < ARRAY_LEN(orphans); i++)
                minted_free(orphans[i]);
}

static void run_for(struct world *w, int ms)
{
        struct timeval tv = { .tv_usec = ms * 1000 };

        event_base_loopexit(w->base, &tv);
        event_base_dispatch(w->base);
}

static void chases_may_be_cancelled_at_any_time(void **state)
{
        struct world *w = *state;
        CLEANUP(minted_free_at_exit) struct minted *orphan = orphan_at(w, "/x");

        http_server_put(w->server, &(struct http_page){ .path = "/x", .silent = true });
        aia_cancel(NULL);
        aia_cancel(start(w, orphan, AIA_ANY));

        struct aia_chase *one = start(w, orphan, AIA_ANY), *two = start(w, orphan, AIA_ANY);

        run_for(w, 30);
        aia_cancel(one); /* the other one still waits for the same request */
        run_for(w, 10);
        aia_cancel(two);
        for (int i = 0; i < 3; i++)
                start(w, orphan, AIA_ANY);
        run_for(w, 30);
        aia_free(w->aia); /* with some in flight */
        w->aia = NULL;
        run_for(w, 10);
        assert_int_equal(w->calls, 0);
}

static void free_all(struct world *w)
{
        aia_free(w->aia);
        w->aia = NULL;
}

static void a_callback_may_free_all(void **state)
{
        struct world *w = *state;
        CLEANUP(minted_free_at_exit) struct minted *orphan = orphan_at(w, "/x");

        w->then = free_all;
        for (int i = 0; i < 3; i++)
                start(w, orphan, AIA_ANY);
        event_base_dispatch(w->base);
        run_for(w, 10);
        assert_int_equal(w->calls, 1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, world_new, world_free)
        const struct CMUnitTest tests[] = {
                TEST(the_issuer_is_found),
                TEST(a_pem_answer_is_read_as_well),
                TEST(a_pkcs7_bundle_is_read_as_well),
                TEST(a_pkcs12_file_is_not_opened),
                TEST(chases_go_up_until_an_anchor_is_the_issuer),
                TEST(a_bundle_that_goes_up_is_used_whole),
                TEST(a_private_root_ends_the_chase),
                TEST(every_url_is_asked_until_one_leads_to_an_anchor),
                TEST(no_more_urls_are_asked_than_allowed),
                TEST(no_more_issuers_are_climbed_than_allowed),
                TEST(what_did_not_sign_is_not_used),
                TEST(what_is_no_certificate_is_said),
                TEST(circles_end),
                TEST(redirects_are_followed_a_few_times),
                TEST(redirects_to_what_may_not_be_asked_are_not_followed),
                TEST(public_only__nothing_else_is_connected_to),
                TEST(what_came_before_is_not_asked_again),
                TEST(what_failed_before_is_not_asked_again),
                TEST(a_memory_gone_bad_is_asked_again),
                TEST(what_came_long_ago_and_does_not_help_is_asked_again),
                TEST(chases_for_the_same_url_share_a_request),
                TEST(more_than_may_be_asked_at_once_wait_their_turn),
                TEST(chases_may_be_cancelled_at_any_time),
                TEST(a_callback_may_free_all),
        };

        signal(SIGPIPE, SIG_IGN);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
