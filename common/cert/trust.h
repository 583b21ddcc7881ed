/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common/cert/trust.h - a set of certificates that is looked up by subject name: the trust anchors
 * of an endpoint, or intermediates that may complete a path (and give no trust).
 *
 * Immutable after loading, shared by all threads, reference-counted.
 */
#pragma once

#include "common/base/cleanup.h"
#include "common/cert/cert.h"

struct trust;

/*
 * Loads a PEM bundle. NULL as @path: the system's (SSL_CERT_FILE, then where Debian, Fedora and
 * others keep it). -errno, or -ENODATA when it holds no certificate; then *ret_error (malloc'ed)
 * says what is wrong with which file. 0 when some were read; then *ret_error is a warning when
 * others were not, because they are damaged or too many, and is left alone when all were.
 */
int trust_load(struct trust **ret, const char *path, char **ret_error);

/* An empty set with @n certificates put in (each gains a reference). */
struct trust *trust_new(struct cert *const *certs, size_t n);

/* The same of certificates that were fetched, each from the URL beside it (copied). */
struct trust *trust_new_fetched(struct cert *const *certs, const char *const *urls, size_t n);

/* The URL that a member was fetched from (borrowed), or NULL. */
const char *trust_url(const struct trust *t, const struct cert *c);

struct trust *trust_ref(struct trust *t);
void trust_unref(struct trust *t); /* NULL is fine */
CLEANUP_DEFINE(struct trust, trust_unref)

size_t trust_count(const struct trust *t); /* NULL: 0 */
bool trust_contains(const struct trust *t, const struct cert *c);

#define TRUST_DIGEST_BYTES 32

/* SHA-256 over all members: equal sets are equal, whatever their order. */
const uint8_t *trust_digest(const struct trust *t);

/*
 * Calls for the members whose subject could be @child's issuer by name and key identifier.
 * Those that last longest come first. @*pos starts at 0; returns NULL when there are no more.
 * Borrowed.
 */
struct cert *trust_next_issuer(const struct trust *t, const struct cert *child, size_t *pos);
