/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LDAP turns to TLS by an extended operation (RFC 4511 section 4.14). Messages are BER with
 * definite lengths (section 5.1); only the few elements that answer us are looked at, and whatever
 * claims to be longer than what holds it is no LDAP.
 */
#include "common/base/cleanup.h"
#include "daemon/probe/dialogue_internal.h"

#include <stdint.h>

#define LDAP_MAX_MESSAGE 8192

#define TAG_INTEGER 0x02
#define TAG_OCTET_STRING 0x04
#define TAG_ENUMERATED 0x0a
#define TAG_SEQUENCE 0x30
#define TAG_EXTENDED_RESPONSE 0x78

#define OUR_MESSAGE_ID 1
#define UNSOLICITED_ID 0 /* a Notice of Disconnection is the only one there is (section 4.4.1) */

struct span {
        const uint8_t *p;
        size_t n;
};

/* How many bytes the element has in all: 0 = cannot be told yet, SIZE_MAX = none we accept. */
static size_t element_size(struct span in)
{
        size_t n_length, length = 0;

        if (in.n < 2)
                return 0;
        if (in.p[1] < 0x80)
                return 2 + (size_t)in.p[1];
        n_length = in.p[1] & 0x7f;
        if (n_length == 0 || n_length > 4)
                return SIZE_MAX;
        if (in.n < 2 + n_length)
                return 0;
        for (size_t i = 0; i < n_length; i++)
                length = length << 8 | in.p[2 + i];
        return length > LDAP_MAX_MESSAGE ? SIZE_MAX : 2 + n_length + length;
}

/* Takes the element with @tag, which must be there, whole, at the begin of @in. */
static bool take(struct span *in, uint8_t tag, struct span *ret)
{
        size_t size = element_size(*in);

        if (size == 0 || size > in->n || in->p[0] != tag)
                return false;
        size_t header = in->p[1] < 0x80 ? 2 : 2 + (size_t)(in->p[1] & 0x7f);

        *ret = (struct span){ in->p + header, size - header };
        *in = (struct span){ in->p + size, in->n - size };
        return true;
}

static bool take_number(struct span *in, uint8_t tag, uint32_t *ret)
{
        struct span number;
        uint32_t value = 0;

        if (!take(in, tag, &number) || number.n == 0 || number.n > 4)
                return false;
        for (size_t i = 0; i < number.n; i++)
                value = value << 8 | number.p[i];
        *ret = value;
        return true;
}

static enum frame frame_ldap(struct dialogue *d)
{
        struct span in = { (const uint8_t *)d->in.data, d->in.len };
        size_t size = element_size(in);

        if (in.p[0] != TAG_SEQUENCE || size == SIZE_MAX)
                return FRAME_ALIEN;
        return size == in.n ? FRAME_WHOLE : FRAME_PART;
}

static void refuse(struct dialogue *d, uint32_t code, struct span diagnostic)
{
        static const struct {
                uint32_t code;
                const char *name;
        } RESULTS[] = { /* RFC 4511 section 4.1.9 */
                { 1, "operationsError" },
                { 2, "protocolError" },
                { 8, "strongerAuthRequired" },
                { 10, "referral" },
                { 13, "confidentialityRequired" },
                { 50, "insufficientAccessRights" },
                { 51, "busy" },
                { 52, "unavailable" },
                { 53, "unwillingToPerform" },
                { 80, "other" },
        };
        const char *name = "result";
        struct buf words = BUF_INIT(LDAP_MAX_MESSAGE);

        for (size_t i = 0; i < ARRAY_LEN(RESULTS); i++)
                if (RESULTS[i].code == code)
                        name = RESULTS[i].name;
        while (diagnostic.n > 0 && diagnostic.p[diagnostic.n - 1] == '\0')
                diagnostic.n--; /* Active Directory sends the end of its C string */
        buf_printf(&words, "%s (%u)%s", name, code, diagnostic.n > 0 ? ": " : "");
        buf_append(&words, diagnostic.p, diagnostic.n);
        dialogue_refused(d, buf_str(&words), words.len);
        buf_done(&words);
}

static void hear_ldap(struct dialogue *d)
{
        struct span in = { (const uint8_t *)d->in.data, d->in.len };
        struct span message, response, matched_dn, diagnostic;
        uint32_t id, code;

        if (!take(&in, TAG_SEQUENCE, &message) || !take_number(&message, TAG_INTEGER, &id) ||
            !take(&message, TAG_EXTENDED_RESPONSE, &response) ||
            !take_number(&response, TAG_ENUMERATED, &code) ||
            !take(&response, TAG_OCTET_STRING, &matched_dn) ||
            !take(&response, TAG_OCTET_STRING, &diagnostic) ||
            (id != OUR_MESSAGE_ID && id != UNSOLICITED_ID))
                dialogue_alien(d);
        else if (code == 0 && id == OUR_MESSAGE_ID)
                dialogue_ready(d);
        else
                refuse(d, code, diagnostic);
}

static void begin_ldap(struct dialogue *d)
{
        static const char REQUEST[] = "\x30\x1d\x02\x01\x01"
                                      "\x77\x18\x80\x16" "1.3.6.1.4.1.1466.20037";

        dialogue_ask(d, REQUEST, sizeof(REQUEST) - 1, "StartTLS");
}

const struct dialect DIALECT_LDAP = {
        "ldap", "LDAP", "ldaps", LDAP_MAX_MESSAGE, begin_ldap, frame_ldap, hear_ldap,
};
