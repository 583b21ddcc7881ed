/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: when certificates come from cert_cache.c, a fifth of what is left of a handshake with
 * OpenSSL 3.0 makes an X25519 key pair (41 us of 430), and searches the same key derivation
 * function eight times over, behind locks that all threads share.
 *
 * How: by symbol interposition, as in cert_cache.c: libssl asks libcrypto for both by name, and
 * finds the functions below. Unless a cache is in use on this thread they hand on to libcrypto's
 * own. Where that does not take effect, probes are slower and nothing else changes.
 *
 * Right, because: RFC 8446 lets a client choose its key share as it likes, and X25519 is made for
 * keys that are used again (RFC 7748 section 6.1; the secrets differ by the server's share and by
 * the transcript). What it costs is forward secrecy within the time that a key is kept, of
 * connections that carry no secret: they end after the handshake. One that shows a certificate of
 * ours, whose owner is private until then, goes without the cache. A key is one thread's, it is
 * never written anywhere, and it is gone after HANDSHAKE_CACHE_KEY_MS.
 */
#include "daemon/probe/handshake_cache.h"

#include "common/base/mem.h"

#include <dlfcn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct handshake_cache {
        EVP_PKEY *key;     /* NULL = none yet */
        int64_t key_at_ms; /* when it was made */
        int64_t now_ms;
        EVP_KDF *kdf;      /* of TLS 1.3; NULL = not asked for yet */
};

static _Thread_local struct handshake_cache *in_use;

typedef int keygen_fn(EVP_PKEY_CTX *ctx, EVP_PKEY **key);
typedef EVP_KDF *kdf_fetch_fn(OSSL_LIB_CTX *library, const char *name, const char *properties);

/* What the two would be without us; NULL when linked statically: we are not called then. */
static keygen_fn *openssl_keygen;
static kdf_fetch_fn *openssl_kdf_fetch;

static void find_openssl(void)
{
        void *keygen = dlsym(RTLD_NEXT, "EVP_PKEY_keygen");
        void *kdf_fetch = dlsym(RTLD_NEXT, "EVP_KDF_fetch");

        memcpy(&openssl_keygen, &keygen, sizeof(keygen)); /* as dlsym(3) recommends */
        memcpy(&openssl_kdf_fetch, &kdf_fetch, sizeof(kdf_fetch));
}

static void prepare(void)
{
        static pthread_once_t once = PTHREAD_ONCE_INIT;

        pthread_once(&once, find_openssl);
}

struct handshake_cache *handshake_cache_new(void)
{
        prepare();
        return mem_new0(1, sizeof(struct handshake_cache));
}

void handshake_cache_free(struct handshake_cache *c)
{
        if (!c)
                return;
        if (in_use == c)
                in_use = NULL;
        EVP_PKEY_free(c->key);
        EVP_KDF_free(c->kdf);
        free(c);
}

void handshake_cache_use(struct handshake_cache *c, int64_t now_ms)
{
        in_use = c;
        if (c)
                c->now_ms = now_ms;
}

/* ---- where OpenSSL comes by ----------------------------------------------------------------- */

static int keygen_cached(struct handshake_cache *c, EVP_PKEY_CTX *ctx, EVP_PKEY **key)
{
        if (!c->key || c->now_ms - c->key_at_ms >= HANDSHAKE_CACHE_KEY_MS) {
                EVP_PKEY_free(c->key);
                c->key = NULL;
                int r = openssl_keygen(ctx, &c->key);

                if (r != 1)
                        return r;
                c->key_at_ms = c->now_ms;
        }
        EVP_PKEY_up_ref(c->key);
        *key = c->key;
        return 1;
}

/* Weak, so that they give way to a libcrypto that is linked statically. */
__attribute__((weak, visibility("default")))
int EVP_PKEY_keygen(EVP_PKEY_CTX *ctx, EVP_PKEY **key)
{
        prepare();
        if (in_use && key && !*key && EVP_PKEY_CTX_is_a(ctx, "X25519"))
                return keygen_cached(in_use, ctx, key);
        return openssl_keygen(ctx, key);
}

__attribute__((weak, visibility("default")))
EVP_KDF *EVP_KDF_fetch(OSSL_LIB_CTX *library, const char *name, const char *properties)
{
        prepare();
        if (!in_use || library || properties || strcmp(name, OSSL_KDF_NAME_TLS1_3_KDF) != 0)
                return openssl_kdf_fetch(library, name, properties);
        if (!in_use->kdf)
                in_use->kdf = openssl_kdf_fetch(NULL, name, NULL);
        if (in_use->kdf)
                EVP_KDF_up_ref(in_use->kdf);
        return in_use->kdf;
}
