/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in asn1_time.h. */
#include "common/cert/asn1_time.h"

#include <openssl/asn1.h>
#include <time.h>

bool asn1_time_seconds(const struct asn1_string_st *t, int64_t *ret_s)
{
        struct tm tm;

        if (!t || ASN1_TIME_to_tm(t, &tm) != 1)
                return false;
        *ret_s = (int64_t)timegm(&tm);
        return true;
}
