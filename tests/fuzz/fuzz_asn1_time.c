/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "g20270115080000Z@@u270115080000Z": the dates of a certificate, U(TCTime) or G(eneralizedTime),
 * against a reading of RFC 5280 section 4.1.2.5 of our own.
 */
#include "tests/fuzz/fuzz.h"

#include "common/base/mem.h"
#include "common/cert/cert.h"

#include <ctype.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

static const struct minted *template(void)
{
        static struct minted *m;

        if (!m)
                m = mint(&(struct mint_spec){
                        .cn = "a.example", .not_before_s = FUZZ_NOW, .not_after_s = FUZZ_NOW + 1,
                }, NULL);
        return m;
}

/* From year 0 to 1 January of @year. */
static int64_t days_before(int64_t year)
{
        return year * 365 + (year + 3) / 4 - (year + 99) / 100 + (year + 399) / 400;
}

static bool is_leap(int year)
{
        return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* "MMDDHHMMSSZ" of @year. */
static bool read_rest(int year, const char *s, int64_t *ret_s)
{
        int days[] = { 31, is_leap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
        int v[5];
        int64_t day = days_before(year) - days_before(1970);

        for (int i = 0; i < 5; i++)
                v[i] = (s[2 * i] - '0') * 10 + s[2 * i + 1] - '0';
        if (v[0] < 1 || v[0] > 12 || v[1] < 1 || v[1] > days[v[0] - 1] || v[2] > 23 || v[3] > 59 ||
            v[4] > 59)
                return false;
        for (int month = 1; month < v[0]; month++)
                day += days[month - 1];
        *ret_s = ((day + v[1] - 1) * 24 + v[2]) * 3600 + v[3] * 60 + v[4];
        return true;
}

/* Only what RFC 5280 allows: UTCTime through 2049, then GeneralizedTime, both to the second. */
static bool reference(const struct fuzz_part *part, int64_t *ret_s)
{
        const char *s = (const char *)part->bytes + 1;
        size_t digits = part->n ? part->n - 2 : 0;
        bool utc = part->n == 14 && part->bytes[0] == 'u';

        if (!utc && !(part->n == 16 && part->bytes[0] == 'g'))
                return false;
        for (size_t i = 0; i < digits; i++)
                if (!isdigit((unsigned char)s[i]))
                        return false;
        int year = (s[0] - '0') * 10 + s[1] - '0';

        year = utc ? year + (year < 50 ? 2000 : 1900) : year * 100 + (s[2] - '0') * 10 + s[3] - '0';
        return s[digits] == 'Z' && (utc || year >= 2050) && read_rest(year, s + digits - 10, ret_s);
}

static ASN1_TIME *time_of(const struct fuzz_part *part)
{
        bool general = part->n && part->bytes[0] == 'g';
        ASN1_TIME *t = ASN1_STRING_type_new(general ? V_ASN1_GENERALIZEDTIME : V_ASN1_UTCTIME);

        ASN1_STRING_set(t, part->n ? part->bytes + 1 : NULL, part->n ? (int)part->n - 1 : 0);
        return t;
}

static struct cert *cert_with(const struct fuzz_part dates[2])
{
        X509 *x = X509_dup(template()->cert);
        ASN1_TIME *from = time_of(&dates[0]), *until = time_of(&dates[1]);
        struct cert *c = NULL;
        const char *reason;
        uint8_t *der = NULL;

        X509_set1_notBefore(x, from);
        X509_set1_notAfter(x, until);
        i2d_re_X509_tbs(x, NULL); /* forgets the old encoding */
        int n = i2d_X509(x, &der);

        if (n > 0)
                cert_parse(&c, der, (size_t)n, &reason);
        OPENSSL_free(der);
        ASN1_TIME_free(from);
        ASN1_TIME_free(until);
        X509_free(x);
        return c;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct fuzz_part dates[2];
        int64_t from, until;

        fuzz_split(data, size, dates, 2);
        CLEANUP(cert_unref_at_exit) struct cert *c = cert_with(dates);
        bool from_ok = reference(&dates[0], &from), until_ok = reference(&dates[1], &until);

        if (!c)
                return 0;
        if (from_ok && until_ok)
                fuzz_check(c->dates_ok == (from <= until));
        if (c->dates_ok)
                fuzz_check(c->not_before_s <= c->not_after_s);
        if (c->dates_ok && from_ok)
                fuzz_check(c->not_before_s == from);
        if (c->dates_ok && until_ok)
                fuzz_check(c->not_after_s == until);
        return 0;
}

void fuzz_seeds(void)
{
        static const char *const SEEDS[] = {
                "u270115080000Z@@u270415080000Z", "u491231235959Z@@g20500101000000Z",
                "u500101000000Z@@g99991231235959Z", "u240229000000Z@@g20960229120000Z",
                "u2701150800Z@@u270415080000+0100", "g20270115080000.5Z@@g20270115080000",
                "g20270115080000+0000@@u270415080060Z", "u@@g",
        };

        for (size_t i = 0; i < ARRAY_LEN(SEEDS); i++)
                fuzz_seed(SEEDS[i], strlen(SEEDS[i]));
}
