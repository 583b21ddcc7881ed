/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common/cert/names.h - host names: their canonical form, and whether a certificate's name covers
 * one (RFC 9525, which replaced RFC 6125).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define HOST_MAX_BYTES 253 /* RFC 1035 section 2.3.4, in presentation form */

/*
 * The canonical form of a host name or IP literal: A-labels (IDNA2008 through libidn2), lower case,
 * no trailing dot; IP literals in their shortest form, IPv6 with or without brackets. *ret is
 * malloc'ed. -EINVAL when it is neither, with *ret_reason (borrowed, static) saying why.
 */
int host_canonical(const char *host, char **ret, const char **ret_reason);

/* True for an IPv4 or IPv6 literal. */
bool host_is_ip(const char *host);

/*
 * Does the dNSName @pattern (raw bytes of the certificate) cover @host (canonical)? RFC 9525
 * section 6.3: case is folded, "*" stands for exactly one whole left-most label and never for an
 * A-label fragment, a lone "*", "*.tld" or "*.co.uk" covers nothing, a NUL or a byte outside LDH
 * never matches.
 */
bool name_covers(const char *pattern, size_t pattern_len, const char *host);

/*
 * Is @name (canonical) a registry's, such as com or co.uk: in the ICANN section of the Public
 * Suffix List? What companies let others register below themselves (s3.amazonaws.com) is not.
 */
bool name_is_registry(const char *name);
