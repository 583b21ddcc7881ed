/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handshakes in memory, and the key shares that the server has seen in them: the same for a while
 * with a cache, another each time without one, and a handshake that comes to its end either way.
 */
#include "daemon/probe/handshake_cache.h"

#include "common/base/mem.h"
#include "common/cert/cert.h"
#include "daemon/demo/mint.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define NOW INT64_C(1800000000)
#define MAX_SHARE 256

struct share {
        uint8_t bytes[MAX_SHARE];
        size_t len;
};

static struct minted *minted;

static int set_up(void **state)
{
        (void)state;
        minted = mint(&(struct mint_spec){
                .cn = "a.example", .names = (const char *const[]){ "a.example", NULL },
                .not_before_s = NOW - 86400, .not_after_s = NOW + 86400,
        }, NULL);
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        minted_free(minted);
        return 0;
}

static SSL *new_server(void)
{
        SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

        assert_int_equal(SSL_CTX_use_certificate(ctx, minted->cert), 1);
        assert_int_equal(SSL_CTX_use_PrivateKey(ctx, minted->key), 1);
        SSL *ssl = SSL_new(ctx);

        SSL_CTX_free(ctx);
        SSL_set_accept_state(ssl);
        return ssl;
}

static SSL *new_client(const char *groups)
{
        SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
        SSL *ssl = SSL_new(ctx);

        SSL_CTX_free(ctx);
        assert_int_equal(SSL_set1_groups_list(ssl, groups), 1);
        SSL_set_connect_state(ssl);
        return ssl;
}

static struct share share_seen_by(SSL *server)
{
        struct share s;
        EVP_PKEY *key = NULL;
        uint8_t *bytes = NULL;

        assert_true(SSL_get_peer_tmp_key(server, &key));
        s.len = EVP_PKEY_get1_encoded_public_key(key, &bytes);
        assert_in_range(s.len, 1, MAX_SHARE);
        memcpy(s.bytes, bytes, s.len);
        OPENSSL_free(bytes);
        EVP_PKEY_free(key);
        return s;
}

/* The key share of a client that shakes hands at @now_ms. */
static struct share shake_hands(struct handshake_cache *c, int64_t now_ms, const char *groups)
{
        SSL *server = new_server(), *client = new_client(groups);
        BIO *one, *two;

        assert_int_equal(BIO_new_bio_pair(&one, 0, &two, 0), 1);
        SSL_set_bio(server, one, one);
        SSL_set_bio(client, two, two);
        for (int i = 0; i < 20 && !(SSL_is_init_finished(client) && SSL_is_init_finished(server));
             i++) {
                handshake_cache_use(c, now_ms);
                SSL_do_handshake(client);
                handshake_cache_use(NULL, 0);
                SSL_do_handshake(server);
        }
        assert_true(SSL_is_init_finished(client) && SSL_is_init_finished(server));
        struct share s = share_seen_by(server);

        SSL_free(server);
        SSL_free(client);
        ERR_clear_error();
        return s;
}

static bool same(struct share a, struct share b)
{
        return a.len == b.len && memcmp(a.bytes, b.bytes, a.len) == 0;
}

static void a_key_share_is_kept_for_a_while(void **state)
{
        struct handshake_cache *c = handshake_cache_new();
        struct share first = shake_hands(c, 5, "X25519");
        struct share late = shake_hands(c, 5 + HANDSHAKE_CACHE_KEY_MS - 1, "X25519");
        struct share next = shake_hands(c, 5 + HANDSHAKE_CACHE_KEY_MS, "X25519");
        struct share again = shake_hands(c, 6 + HANDSHAKE_CACHE_KEY_MS, "X25519");

        (void)state;
        assert_true(same(first, late));
        assert_false(same(first, next));
        assert_true(same(next, again));
        handshake_cache_free(c);
}

static void other_groups_have_a_new_one_each_time(void **state)
{
        struct handshake_cache *c = handshake_cache_new();

        (void)state;
        shake_hands(c, 0, "X25519");
        struct share a = shake_hands(c, 0, "P-256");
        struct share b = shake_hands(c, 0, "P-256");

        assert_false(same(a, b));
        handshake_cache_free(c);
}

static void without_a_cache_nothing_is_kept(void **state)
{
        struct handshake_cache *c = handshake_cache_new(), *other = handshake_cache_new();
        struct share kept = shake_hands(c, 0, "X25519");
        struct share others = shake_hands(other, 0, "X25519");
        struct share none = shake_hands(NULL, 0, "X25519");
        struct share none_again = shake_hands(NULL, 0, "X25519");

        (void)state;
        assert_false(same(kept, others));
        assert_false(same(kept, none));
        assert_false(same(none, none_again));
        handshake_cache_use(c, 0);
        handshake_cache_free(c); /* and it is in use no more */
        EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");

        assert_non_null(key);
        EVP_PKEY_free(key);
        handshake_cache_free(other);
}

static void *shake_often(void *arg)
{
        struct handshake_cache *c = handshake_cache_new();
        struct share *ret = arg;

        for (int i = 0; i < 20; i++)
                *ret = shake_hands(c, i * HANDSHAKE_CACHE_KEY_MS / 4, "X25519");
        handshake_cache_free(c);
        return NULL;
}

static void threads_share_nothing(void **state)
{
        struct share shares[2];
        pthread_t threads[2];

        (void)state;
        for (size_t i = 0; i < 2; i++)
                assert_int_equal(pthread_create(&threads[i], NULL, shake_often, &shares[i]), 0);
        for (size_t i = 0; i < 2; i++)
                pthread_join(threads[i], NULL);
        assert_false(same(shares[0], shares[1]));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_key_share_is_kept_for_a_while),
                cmocka_unit_test(other_groups_have_a_new_one_each_time),
                cmocka_unit_test(without_a_cache_nothing_is_kept),
                cmocka_unit_test(threads_share_nothing),
        };

        return cmocka_run_group_tests_name("probe: handshake cache", tests, set_up, tear_down);
}
