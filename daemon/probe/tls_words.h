/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/probe/tls_words.h - why a handshake failed, as a printable phrase. Internal to
 * tls_client.c.
 */
#pragma once

#include "daemon/probe/tls_client.h"

struct buf;
struct tls_witness;

/*
 * Both append the phrase to @out and return TLS_FAILED; when it is we who have no memory, they
 * return TLS_NO_MEMORY and append nothing.
 */

/* From OpenSSL's error queue, which stays as it is, and what @w has noted. */
enum tls_progress tls_words_of_queue(const struct tls_witness *w, struct buf *out);

/* From a system call; 0 = the end of the stream. */
enum tls_progress tls_words_of_errno(int e, struct buf *out);
