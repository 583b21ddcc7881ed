/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/alert/webhook_sign.h - signatures of the Standard Webhooks specification 1.0.0:
 * HMAC-SHA256 over "id.timestamp.body". Errors and logs never show a secret, nor a part of one.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define WEBHOOK_MAX_SECRETS 4 /* a rotation has two for a while; more is a slip */
#define WEBHOOK_MIN_KEY_BYTES 24
#define WEBHOOK_MAX_KEY_BYTES 64
#define WEBHOOK_MAX_FILE_BYTES 4096

struct webhook_secrets {
        struct webhook_key {
                unsigned char bytes[WEBHOOK_MAX_KEY_BYTES];
                size_t len;
        } keys[WEBHOOK_MAX_SECRETS];
        size_t n;
};

/*
 * Secrets from @n bytes of text, one per line: "whsec_" and the base64 form of 24 to 64 bytes.
 * Blank lines do not count. Every message carries a signature of each: that is how one is rotated.
 * 0, or -EINVAL with *ret_error (malloc'ed).
 */
int webhook_secrets_parse(struct webhook_secrets *ret, const char *text, size_t n,
                          char **ret_error);

/* The same from a file. 0 or -errno with *ret_error. */
int webhook_secrets_read(struct webhook_secrets *ret, const char *path, char **ret_error);

/* Wipes them. */
void webhook_secrets_done(struct webhook_secrets *s);

/* The value of the header webhook-signature: "v1,BASE64" of each secret, with spaces. free(). */
char *webhook_signature(const struct webhook_secrets *secrets, const char *id, int64_t timestamp_s,
                        const char *body, size_t body_len);
