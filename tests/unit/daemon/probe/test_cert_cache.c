/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decoding with the cache is decoding without it, but for the same object when the same bytes come
 * again: asked for every byte of a certificate, for garbage, and through a handshake of libssl.
 */
#include "daemon/probe/cert_cache.h"

#include "common/base/mem.h"
#include "common/cert/cert.h"
#include "daemon/demo/mint.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define NOW INT64_C(1800000000)
#define MANY 5

struct der {
        uint8_t *bytes;
        size_t len;
};

static struct minted *minted[MANY];
static struct der ders[MANY];

static int set_up(void **state)
{
        (void)state;
        for (size_t i = 0; i < MANY; i++) {
                minted[i] = mint(&(struct mint_spec){
                        .cn = "a.example", .names = (const char *const[]){ "a.example", NULL },
                        .not_before_s = NOW - 86400, .not_after_s = NOW + 86400,
                }, NULL);
                int n = i2d_X509(minted[i]->cert, &ders[i].bytes);

                assert_true(n > 0);
                ders[i].len = (size_t)n;
        }
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        for (size_t i = 0; i < MANY; i++) {
                OPENSSL_free(ders[i].bytes);
                minted_free(minted[i]);
        }
        return 0;
}

/* As libssl does it; NULL = refused. Says how many bytes were read. */
static X509 *decode(struct cert_cache *c, const uint8_t *der, size_t len, size_t *ret_read)
{
        const unsigned char *p = der;
        X509 *x = X509_new();

        cert_cache_use(c);
        X509 *r = d2i_X509(&x, &p, (long)len);

        cert_cache_use(NULL);
        ERR_clear_error();
        assert_ptr_equal(r, x); /* OpenSSL sets it to NULL when it refuses */
        *ret_read = (size_t)(p - der);
        return x;
}

/* Decodes what must be decodable. */
static X509 *see(struct cert_cache *c, size_t i)
{
        size_t n_read;
        X509 *x = decode(c, ders[i].bytes, ders[i].len, &n_read);

        assert_non_null(x);
        assert_int_equal(n_read, ders[i].len);
        return x;
}

static bool is_hit(struct cert_cache *c, size_t i)
{
        uint64_t hits = cert_cache_stats(c).hits;

        X509_free(see(c, i));
        return cert_cache_stats(c).hits == hits + 1;
}

static void the_same_bytes_are_the_same_object(void **state)
{
        struct cert_cache *c = cert_cache_new(10, 100000);
        X509 *first = see(c, 0), *again = see(c, 0), *other = see(c, 1);

        (void)state;
        assert_ptr_equal(first, again);
        assert_ptr_not_equal(first, other);
        assert_int_equal(cert_cache_stats(c).hits, 1);
        assert_int_equal(cert_cache_stats(c).misses, 2);
        assert_int_equal(cert_cache_stats(c).entries, 2);
        cert_cache_free(c);
        assert_int_equal(X509_cmp(again, minted[0]->cert), 0); /* others hold it still */
        X509_free(first);
        X509_free(again);
        X509_free(other);
}

/* The same answer as without a cache: refused by both, or equal to what OpenSSL makes of it. */
static void compare(struct cert_cache *c, const uint8_t *der, size_t len)
{
        size_t n_read, n_read_plain;
        X509 *cached = decode(c, der, len, &n_read);
        X509 *plain = decode(NULL, der, len, &n_read_plain);

        assert_int_equal(!cached, !plain);
        if (cached) {
                uint8_t *a = NULL, *b = NULL;
                int n_a = i2d_X509(cached, &a), n_b = i2d_X509(plain, &b);

                assert_int_equal(n_read, n_read_plain);
                assert_int_equal(n_a, n_b);
                assert_memory_equal(a, b, (size_t)n_a);
                OPENSSL_free(a);
                OPENSSL_free(b);
        }
        X509_free(cached);
        X509_free(plain);
}

static void a_changed_byte_anywhere_misses(void **state)
{
        static const uint8_t FLIPS[] = { 0x01, 0x80, 0xff };
        struct cert_cache *c = cert_cache_new(1, 100000); /* all have the same place in it */
        uint8_t *der = mem_copy(ders[0].bytes, ders[0].len);

        (void)state;
        for (size_t i = 0; i < ders[0].len; i++)
                for (size_t k = 0; k < sizeof(FLIPS); k++) {
                        X509_free(see(c, 0));
                        uint64_t hits = cert_cache_stats(c).hits;

                        der[i] ^= FLIPS[k];
                        compare(c, der, ders[0].len);
                        der[i] ^= FLIPS[k];
                        assert_int_equal(cert_cache_stats(c).hits, hits);
                }
        cert_cache_free(c);
        free(der);
}

static void what_openssl_refuses_is_refused_and_not_kept(void **state)
{
        struct cert_cache *c = cert_cache_new(10, 100000);
        uint8_t *longer = mem_new0(ders[1].len + 10, 1);
        size_t n_read;

        (void)state;
        assert_false(is_hit(c, 0));
        for (size_t len = 1; len < ders[0].len; len++)
                compare(c, ders[0].bytes, len);
        compare(c, (const uint8_t *)"\x30\x03\x02\x01\x00", 5);
        assert_int_equal(cert_cache_stats(c).entries, 1);

        /* Bytes after it: OpenSSL reads what it can, and libssl refuses the rest. */
        memcpy(longer, ders[1].bytes, ders[1].len);
        for (int i = 0; i < 2; i++) {
                X509 *x = decode(c, longer, ders[1].len + 10, &n_read);

                assert_non_null(x);
                assert_int_equal(n_read, ders[1].len);
                X509_free(x);
        }
        assert_int_equal(cert_cache_stats(c).entries, 1);
        assert_int_equal(cert_cache_stats(c).hits, 0);
        cert_cache_free(c);
        free(longer);
}

static void the_least_recently_used_goes(void **state)
{
        struct cert_cache *c = cert_cache_new(3, 100000);
        X509 *held = see(c, 1);

        (void)state;
        X509_free(see(c, 0));
        X509_free(see(c, 2));
        assert_true(is_hit(c, 0));
        assert_false(is_hit(c, 3)); /* in the place of 1 */
        assert_int_equal(cert_cache_stats(c).entries, 3);
        assert_true(is_hit(c, 0));
        assert_true(is_hit(c, 2));
        assert_false(is_hit(c, 1));
        assert_int_equal(X509_cmp(held, minted[1]->cert), 0);
        X509_free(held);
        cert_cache_free(c);
}

static size_t cost_of(size_t i, size_t *ret)
{
        struct cert_cache *c = cert_cache_new(1, 100000);

        X509_free(see(c, i));
        *ret = cert_cache_stats(c).bytes;
        cert_cache_free(c);
        assert_in_range(*ret, 2 * ders[i].len, 30000);
        return *ret;
}

/* A certificate with @n empty DNS names, two bytes each: the most that two bytes can cost. */
static X509 *with_empty_names(size_t n)
{
        uint8_t *value = mem_new0(4 + 2 * n, 1);
        ASN1_OCTET_STRING *octets = ASN1_OCTET_STRING_new();
        X509 *x = X509_dup(minted[0]->cert);

        memcpy(value, (const uint8_t[]){ 0x30, 0x82, (uint8_t)(2 * n >> 8), (uint8_t)(2 * n) }, 4);
        for (size_t i = 0; i < n; i++)
                value[4 + 2 * i] = 0x82;
        assert_int_equal(ASN1_OCTET_STRING_set(octets, value, (int)(4 + 2 * n)), 1);
        X509_EXTENSION *e = X509_EXTENSION_create_by_NID(NULL, NID_issuer_alt_name, 0, octets);

        assert_int_equal(X509_add_ext(x, e, -1), 1);
        assert_true(X509_sign(x, minted[0]->key, EVP_sha256()) > 0);
        X509_EXTENSION_free(e);
        ASN1_OCTET_STRING_free(octets);
        free(value);
        return x;
}

static void what_grows_in_memory_counts_as_what_it_grows_to(void **state)
{
        static const size_t MANY_NAMES = 5000;
        struct cert_cache *c = cert_cache_new(10, 100 * MANY_NAMES), *large =
                cert_cache_new(10, 1000 * MANY_NAMES);
        X509 *made = with_empty_names(MANY_NAMES);
        uint8_t *der = NULL;
        size_t len = (size_t)i2d_X509(made, &der), n_read;

        (void)state;
        X509_free(decode(large, der, len, &n_read));
        assert_in_range(cert_cache_stats(large).bytes, 100 * MANY_NAMES, 200 * MANY_NAMES);
        X509_free(decode(c, der, len, &n_read));
        assert_int_equal(cert_cache_stats(c).entries, 0);
        cert_cache_free(c);
        cert_cache_free(large);
        OPENSSL_free(der);
        X509_free(made);
}

static void bytes_are_bounded_too(void **state)
{
        size_t cost[3], all = cost_of(0, &cost[0]) + cost_of(1, &cost[1]) + cost_of(2, &cost[2]);
        struct cert_cache *c = cert_cache_new(100, all - 1);

        (void)state;
        X509_free(see(c, 0));
        X509_free(see(c, 1));
        assert_true(is_hit(c, 0));
        assert_false(is_hit(c, 2));
        assert_true(cert_cache_stats(c).bytes <= all - 1);
        assert_true(is_hit(c, 0));
        assert_false(is_hit(c, 1));
        cert_cache_free(c);

        c = cert_cache_new(100, cost[0] - 1);
        assert_false(is_hit(c, 0));
        assert_false(is_hit(c, 0));
        assert_int_equal(cert_cache_stats(c).entries, 0);
        cert_cache_free(c);
}

static void only_the_chosen_cache_is_asked(void **state)
{
        struct cert_cache *c = cert_cache_new(10, 100000), *other = cert_cache_new(10, 100000);
        const unsigned char *p = ders[0].bytes;

        (void)state;
        assert_false(is_hit(c, 0));
        assert_false(is_hit(other, 0));
        X509 *kept = see(c, 0), *of_other = see(other, 0), *of_none = see(NULL, 0);

        assert_ptr_not_equal(kept, of_other);
        assert_ptr_not_equal(kept, of_none);
        cert_cache_use(c);
        X509 *fresh = d2i_X509(NULL, &p, (long)ders[0].len); /* not as libssl calls it */

        cert_cache_free(c); /* and it is in use no more */
        assert_ptr_not_equal(kept, fresh);
        X509_free(see(NULL, 0));
        X509_free(kept);
        X509_free(of_other);
        X509_free(of_none);
        X509_free(fresh);
        cert_cache_free(other);
}

static void a_certificate_is_read_once(void **state)
{
        struct cert_cache *c = cert_cache_new(1, 100000);
        X509 *kept = see(c, 0), *stranger = see(NULL, 0);
        struct cert *a, *b, *d, *e;
        const char *reason;

        (void)state;
        assert_int_equal(cert_cache_read(&a, kept, &reason), 0);
        assert_int_equal(cert_cache_read(&b, kept, &reason), 0);
        assert_ptr_equal(a, b);
        assert_int_equal(cert_cache_read(&d, stranger, &reason), 0);
        assert_ptr_not_equal(a, d);
        assert_true(cert_same(a, d));

        assert_false(is_hit(c, 1)); /* in its place */
        assert_int_equal(cert_cache_read(&e, kept, &reason), 0);
        assert_ptr_not_equal(a, e);
        cert_cache_free(c);
        assert_true(cert_same(a, e));
        cert_unref(a);
        cert_unref(b);
        cert_unref(d);
        cert_unref(e);
        X509_free(kept);
        X509_free(stranger);
}

/* ---- libssl --------------------------------------------------------------------------------- */

static SSL_CTX *server_context(void)
{
        SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

        assert_int_equal(SSL_CTX_use_certificate(ctx, minted[0]->cert), 1);
        assert_int_equal(SSL_CTX_use_PrivateKey(ctx, minted[0]->key), 1);
        return ctx;
}

/* Shakes hands in memory; returns the certificate that the client has got. */
static X509 *shake_hands(struct cert_cache *c, SSL_CTX *server_ctx, SSL_CTX *client_ctx)
{
        SSL *server = SSL_new(server_ctx), *client = SSL_new(client_ctx);
        BIO *one, *two;

        assert_int_equal(BIO_new_bio_pair(&one, 0, &two, 0), 1);
        SSL_set_bio(server, one, one);
        SSL_set_bio(client, two, two);
        SSL_set_accept_state(server);
        SSL_set_connect_state(client);
        for (int i = 0; i < 20 && !SSL_is_init_finished(client); i++) {
                cert_cache_use(c);
                SSL_do_handshake(client);
                cert_cache_use(NULL);
                SSL_do_handshake(server);
        }
        assert_true(SSL_is_init_finished(client));
        X509 *x = SSL_get1_peer_certificate(client);

        SSL_free(server);
        SSL_free(client);
        ERR_clear_error();
        return x;
}

static void libssl_decodes_through_it(void **state)
{
        struct cert_cache *c = cert_cache_new(10, 100000);
        SSL_CTX *server = server_context(), *client = SSL_CTX_new(TLS_client_method());
        X509 *first = shake_hands(c, server, client), *again = shake_hands(c, server, client);
        X509 *without = shake_hands(NULL, server, client);

        (void)state;
        assert_ptr_equal(first, again);
        assert_int_equal(cert_cache_stats(c).hits, 1);
        assert_ptr_not_equal(first, without);
        assert_int_equal(X509_cmp(first, minted[0]->cert), 0);
        X509_free(first);
        X509_free(again);
        X509_free(without);
        SSL_CTX_free(server);
        SSL_CTX_free(client);
        cert_cache_free(c);
}

/* ---- threads -------------------------------------------------------------------------------- */

static void *decode_often(void *arg)
{
        struct cert_cache *c = cert_cache_new(2, 100000);
        struct cert **ret = arg;
        const char *reason;

        for (size_t i = 0; i < 60; i++) {
                X509 *x = see(c, i / 4 % MANY);

                cert_unref(*ret);
                assert_int_equal(cert_cache_read(ret, x, &reason), 0);
                X509_free(x);
        }
        cert_cache_free(c);
        return NULL;
}

static void threads_share_nothing_but_what_they_hand_on(void **state)
{
        struct cert *certs[2] = { NULL };
        pthread_t threads[2];

        (void)state;
        for (size_t i = 0; i < 2; i++)
                assert_int_equal(pthread_create(&threads[i], NULL, decode_often, &certs[i]), 0);
        for (size_t i = 0; i < 2; i++)
                pthread_join(threads[i], NULL);
        assert_ptr_not_equal(certs[0], certs[1]);
        assert_true(cert_same(certs[0], certs[1]));
        for (size_t i = 0; i < 2; i++) {
                assert_true(cert_verify_signature(certs[i], certs[i]));
                cert_unref(certs[i]);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_same_bytes_are_the_same_object),
                cmocka_unit_test(a_changed_byte_anywhere_misses),
                cmocka_unit_test(what_openssl_refuses_is_refused_and_not_kept),
                cmocka_unit_test(the_least_recently_used_goes),
                cmocka_unit_test(bytes_are_bounded_too),
                cmocka_unit_test(what_grows_in_memory_counts_as_what_it_grows_to),
                cmocka_unit_test(only_the_chosen_cache_is_asked),
                cmocka_unit_test(a_certificate_is_read_once),
                cmocka_unit_test(libssl_decodes_through_it),
                cmocka_unit_test(threads_share_nothing_but_what_they_hand_on),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
