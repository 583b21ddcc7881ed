/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a handshake failed, in words. What the peer sent comes first: OpenSSL's own reasons speak of
 * its state machine and call an HTTP server a "wrong version number".
 */
#include "daemon/probe/tls_words.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/text.h"
#include "daemon/probe/tls_witness.h"

#include <errno.h>
#include <openssl/err.h>
#include <string.h>

/* Protocols whose server speaks in clear text where we expected a TLS record. */
static const struct {
        const char *first;
        const char *detail;
} PLAIN_PEERS[] = {
        { "HTTP/", "not TLS: peer answered with plain HTTP" },
        { "220 ", "not TLS: peer greeted in clear text, as SMTP and FTP servers do" },
        { "220-", "not TLS: peer greeted in clear text, as SMTP and FTP servers do" },
        { "* OK", "not TLS: peer greeted in clear text, as IMAP servers do" },
        { "+OK", "not TLS: peer greeted in clear text, as POP3 servers do" },
        { "SSH-", "not TLS: peer speaks SSH" },
};

/* OpenSSL's reasons whose own words would puzzle the reader. */
static const struct {
        int reason;
        const char *detail;
} REASONS[] = {
        { SSL_R_UNEXPECTED_EOF_WHILE_READING, "peer closed the connection during the handshake" },
        { SSL_R_WRONG_VERSION_NUMBER, "peer answered with a TLS version that nobody knows" },
        { SSL_R_UNSUPPORTED_PROTOCOL, "peer chose a TLS version older than 1.0 or unknown here" },
        { SSL_R_NO_PROTOCOLS_AVAILABLE, "no TLS version in common" },
        { SSL_R_EXCESSIVE_MESSAGE_SIZE, "peer sent a certificate message larger than 256 kB" },
        { SSL_R_RECORD_LENGTH_MISMATCH, "peer sent a malformed TLS record" },
        { SSL_R_PACKET_LENGTH_TOO_LONG, "peer sent a malformed TLS record" },
        { SSL_R_UNEXPECTED_MESSAGE, "peer sent handshake messages out of order" },
        { SSL_R_DH_KEY_TOO_SMALL, "peer's Diffie-Hellman key is too small" },
        { SSL_R_WRONG_SIGNATURE_TYPE, "peer signed with an algorithm that was not offered" },
        { SSL_R_BAD_SIGNATURE, "peer's handshake signature does not fit its certificate's key" },
        { SSL_R_UNKNOWN_CERTIFICATE_TYPE, "peer's certificate holds a key of an unknown kind" },
};

static bool looks_like_tls(const struct tls_witness *w)
{
        uint8_t type = (uint8_t)w->first[0];

        return type >= SSL3_RT_CHANGE_CIPHER_SPEC && type <= SSL3_RT_APPLICATION_DATA &&
               w->first[1] == SSL3_VERSION_MAJOR;
}

static void explain_plain_peer(const struct tls_witness *w, struct buf *out)
{
        for (size_t i = 0; i < ARRAY_LEN(PLAIN_PEERS); i++)
                if (memcmp(w->first, PLAIN_PEERS[i].first, strlen(PLAIN_PEERS[i].first)) == 0) {
                        buf_puts(out, PLAIN_PEERS[i].detail);
                        return;
                }
        buf_puts(out, "not TLS: peer answered with \"");
        text_escape(out, w->first, sizeof(w->first));
        buf_puts(out, "\"");
}

static void explain_alert(int alert, struct buf *out)
{
        const char *words = SSL_alert_desc_string_long(alert);

        if (alert == TLS13_AD_CERTIFICATE_REQUIRED)
                words = "certificate required"; /* not in OpenSSL 3.0's list */
        if (alert == TLS1_AD_NO_APPLICATION_PROTOCOL)
                words = "no application protocol (it speaks none of those offered by ALPN)";
        if (strcmp(words, "unknown") == 0)
                buf_printf(out, "peer sent alert: number %d", alert);
        else
                buf_printf(out, "peer sent alert: %s", words);
}

static void explain_error(unsigned long error, struct buf *out)
{
        int reason = ERR_GET_LIB(error) == ERR_LIB_SSL ? ERR_GET_REASON(error) : 0;
        const char *words = ERR_reason_error_string(error);

        if (reason >= SSL_AD_REASON_OFFSET) {
                explain_alert(reason - SSL_AD_REASON_OFFSET, out);
                return;
        }
        for (size_t i = 0; i < ARRAY_LEN(REASONS); i++)
                if (REASONS[i].reason == reason) {
                        buf_puts(out, REASONS[i].detail);
                        return;
                }
        buf_printf(out, "TLS error: %s", words ? words : "unknown");
}

/* The first entry is the cause, the last is the summary. */
enum tls_progress tls_words_of_queue(const struct tls_witness *w, struct buf *out)
{
        unsigned long cause = ERR_peek_error(), summary = ERR_peek_last_error();

        if (ERR_GET_REASON(cause) == ERR_R_MALLOC_FAILURE)
                return TLS_NO_MEMORY;
        if (w->has_first && !looks_like_tls(w))
                explain_plain_peer(w, out);
        else if (w->message)
                buf_puts(out, "peer sent a damaged certificate");
        else
                explain_error(summary, out);
        return TLS_FAILED;
}

enum tls_progress tls_words_of_errno(int e, struct buf *out)
{
        if (e == ENOMEM || e == ENOBUFS)
                return TLS_NO_MEMORY;
        if (e == 0)
                buf_puts(out, "peer closed the connection during the handshake");
        else if (e == ECONNRESET || e == EPIPE)
                buf_puts(out, "peer reset the connection during the handshake");
        else
                buf_printf(out, "connection lost during the handshake: %s", strerror(e));
        return TLS_FAILED;
}
