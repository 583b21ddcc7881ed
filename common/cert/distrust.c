/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of the CAs, by the names that their roots and intermediates bear, and the days on which
 * mainstream browsers began to reject them. Where a browser goes by the time of the first SCT, the
 * first day of the certificate stands for it: CAs issue within hours.
 */
#include "common/cert/distrust.h"

#include "common/base/cleanup.h"
#include "common/base/parse.h"
#include "common/cert/path.h"

#include <assert.h>
#include <openssl/x509.h>
#include <string.h>

#define DAY_S 86400

const struct distrust DISTRUSTED[] = {
        { .ca = "DigiNotar", .clients = "every browser", .since = "2011-08-30",
          .names = { { .organization = "DigiNotar*" } } },
        { .ca = "CNNIC", .clients = "Firefox and Chrome", .since = "2015-04-02",
          .issued_after = "2015-04-01",
          .names = { { .organization = "CNNIC" },
                     { .organization = "China Internet Network Information Center" } } },
        { .ca = "CNNIC", .clients = "Firefox and Chrome", .since = "2017-11-14",
          .names = { { .organization = "CNNIC" },
                     { .organization = "China Internet Network Information Center" } } },
        { .ca = "WoSign", .clients = "Firefox, Chrome and Safari", .since = "2017-01-25",
          .issued_after = "2016-10-21", .names = { { .organization = "WoSign*" } } },
        { .ca = "WoSign", .clients = "Firefox, Chrome and Safari", .since = "2017-09-05",
          .names = { { .organization = "WoSign*" } } },
        { .ca = "StartCom", .clients = "Firefox, Chrome and Safari", .since = "2017-01-25",
          .issued_after = "2016-10-21", .names = { { .organization = "StartCom*" } } },
        { .ca = "StartCom", .clients = "Firefox, Chrome and Safari", .since = "2017-09-05",
          .names = { { .organization = "StartCom*" } } },
        { .ca = "PROCERT", .clients = "Firefox", .since = "2018-01-23",
          .names = { { .common_name = "PSCProcert*" } } },
        { .ca = "TurkTrust", .clients = "Firefox", .since = "2018-05-09",
          .names = { { .organization = "TÜRKTRUST*" },
                     { .organization = "(c) 2005 TÜRKTRUST*" } } },
        { .ca = "Symantec (with GeoTrust, RapidSSL, thawte and VeriSign)",
          .clients = "Chrome, Firefox and Safari", .since = "2018-10-16",
          .names = { { .organization = "Symantec Corporation" },
                     { .organization = "GeoTrust Inc*" },
                     { .organization = "thawte, Inc*" },
                     { .organization = "Thawte Consulting*" },
                     { .organization = "VeriSign, Inc*" },
                     { .organization = "Equifax*" } },
          .spared = { { .organization = "Apple Inc*" }, { .organization = "Google Inc*" } } },
        { .ca = "Certinomis", .clients = "Firefox", .since = "2019-07-09",
          .names = { { .organization = "Certinomis*" } } },
        { .ca = "Camerfirma", .clients = "Chrome and Firefox", .since = "2021-04-14",
          .names = { { .organization = "AC Camerfirma S*" } } },
        { .ca = "TrustCor", .clients = "Firefox", .since = "2022-12-01",
          .issued_after = "2022-11-30", .names = { { .organization = "TrustCor Systems*" } } },
        { .ca = "TrustCor", .clients = "Chrome, Edge and Firefox", .since = "2023-03-07",
          .names = { { .organization = "TrustCor Systems*" } } },
        { .ca = "e-Tugra", .clients = "Firefox and Chrome", .since = "2023-09-12",
          .names = { { .organization = "E-Tuğra*" }, { .organization = "E-Tugra*" } } },
        { .ca = "GLOBALTRUST", .clients = "Chrome and Firefox", .since = "2024-07-01",
          .issued_after = "2024-06-30",
          .names = { { .organization = "e-commerce monitoring GmbH",
                       .common_name = "GLOBALTRUST*" } } },
        { .ca = "Entrust (with AffirmTrust)", .clients = "Chrome, Safari and Firefox",
          .since = "2024-11-12", .issued_after = "2024-11-11",
          .names = { { "Entrust, Inc.", "Entrust Root Certification Authority*" },
                     { "Entrust, Inc.", "Entrust Certification Authority*" },
                     { .organization = "Entrust.net" },
                     { "AffirmTrust", "AffirmTrust*" } } },
        { .ca = "Chunghwa Telecom", .clients = "Chrome", .since = "2025-08-01",
          .issued_after = "2025-07-31",
          .names = { { .organization = "Chunghwa Telecom Co., Ltd." } } },
        { .ca = "NetLock", .clients = "Chrome", .since = "2025-08-01",
          .issued_after = "2025-07-31",
          .names = { { .organization = "NetLock Kft.*" }, { .organization = "NETLOCK Ltd.*" },
                     { .organization = "NETLOCK Kft.*" } } },
};

const size_t N_DISTRUSTED = ARRAY_LEN(DISTRUSTED);

static bool text_fits(const uint8_t *text, size_t n, const char *pattern)
{
        size_t len = strlen(pattern);

        if (pattern[len - 1] == '*')
                return n >= len - 1 && memcmp(text, pattern, len - 1) == 0;
        return n == len && memcmp(text, pattern, n) == 0;
}

/* Has @name an attribute of this kind that fits? */
static bool has_attribute(const X509_NAME *name, int nid, const char *pattern)
{
        for (int at = -1; (at = X509_NAME_get_index_by_NID(name, nid, at)) >= 0;) {
                X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, at);
                uint8_t *utf8 = NULL;
                int n = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(entry));
                bool fits = n >= 0 && text_fits(utf8, (size_t)n, pattern);

                OPENSSL_free(utf8);
                if (fits)
                        return true;
        }
        return false;
}

static bool name_fits(const X509_NAME *name, const struct distrust_name *wanted)
{
        const char *o = wanted->organization, *cn = wanted->common_name;

        return (o || cn) && (!o || has_attribute(name, NID_organizationName, o)) &&
               (!cn || has_attribute(name, NID_commonName, cn));
}

static bool is_named(const struct distrust *d, const X509_NAME *name)
{
        for (size_t i = 0; i < DISTRUST_MAX_NAMES; i++)
                if (name_fits(name, &d->names[i]))
                        return true;
        return false;
}

static bool is_spared(const struct distrust *d, const struct path *p)
{
        for (size_t i = 1; i < p->n; i++)
                for (size_t k = 0; k < ARRAY_LEN(d->spared); k++)
                        if (name_fits(X509_get_subject_name(p->steps[i].cert->x509),
                                      &d->spared[k]))
                                return true;
        return false;
}

/* The first second of a day that the table names. */
static int64_t day(const char *date)
{
        int64_t at_s = 0;

        if (parse_time(date, &at_s) < 0)
                assert(!"a date of the table");
        return at_s;
}

static bool applies(const struct distrust *d, const struct path *p, int64_t now_s)
{
        const struct cert *leaf = p->steps[0].cert;

        if (now_s < day(d->since) || is_spared(d, p))
                return false;
        return !d->issued_after ||
               (leaf->dates_ok && leaf->not_before_s >= day(d->issued_after) + DAY_S);
}

const struct distrust *distrust_find(const struct path *p, int64_t now_s)
{
        const struct cert *top = p->steps[p->n - 1].cert;
        const X509_NAME *ca = p->complete ? X509_get_subject_name(top->x509)
                                          : X509_get_issuer_name(top->x509);

        if (p->complete && p->n == 1)
                return NULL; /* a server certificate that vouches for itself is no CA */
        for (size_t i = 0; i < N_DISTRUSTED; i++)
                if (is_named(&DISTRUSTED[i], ca) && applies(&DISTRUSTED[i], p, now_s))
                        return &DISTRUSTED[i];
        return NULL;
}
