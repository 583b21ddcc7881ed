/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common/cert/asn1_time.h - dates of certificates, CRLs and OCSP responses as seconds. Inside
 * common/cert.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct asn1_string_st; /* OpenSSL's ASN1_TIME, UTCTime or GeneralizedTime */

/* False, and *ret_s untouched, when there is none or it cannot be read. */
bool asn1_time_seconds(const struct asn1_string_st *t, int64_t *ret_s);
