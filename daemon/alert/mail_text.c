/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in mail_text.h. */
#include "daemon/alert/mail_text.h"

#include "daemon/alert/excerpt.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/text.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

#define MAIL_MAX_BYTES ((size_t)1 << 20)
#define BODY_MAX_BYTES 40000
#define SUBJECT_MAX_BYTES 400
#define WORD_MAX_BYTES 63 /* RFC 2047: 75, with what stands around it */
#define LINE_MAX_BYTES 75 /* RFC 2045: 76, with the "=" at the end */

static const char DIGITS[] = "0123456789ABCDEF";

/* --- headers ---------------------------------------------------------------------------------- */

static bool is_plain(const char *s)
{
        for (const char *p = s; *p; p++)
                if ((unsigned char)*p >= 0x80)
                        return false;
        return strstr(s, "=?") == NULL;
}

/* One character of an encoded word (RFC 2047, 4.2). */
static void put_encoded(struct buf *word, const char *s, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                unsigned char c = (unsigned char)s[i];

                if (c == ' ')
                        buf_puts(word, "_");
                else if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))
                        buf_append(word, &s[i], 1);
                else
                        buf_printf(word, "=%c%c", DIGITS[c >> 4], DIGITS[c & 15]);
        }
}

/* @s, printable UTF-8 in one line, after a header's name. */
static void put_words(struct buf *out, const char *s)
{
        struct buf word = BUF_INIT(SUBJECT_MAX_BYTES);
        struct buf next = BUF_INIT(SUBJECT_MAX_BYTES);

        if (is_plain(s)) {
                buf_puts(out, s);
                return;
        }
        buf_puts(out, "=?UTF-8?Q?");
        for (size_t len, n = strlen(s); n > 0; s += len, n -= len) {
                len = text_printable(s, n); /* a character is not divided */
                len = len ? len : 1;
                buf_clear(&next);
                put_encoded(&next, s, len);
                if (word.len + next.len > WORD_MAX_BYTES) {
                        buf_printf(out, "%s?=\r\n =?UTF-8?Q?", buf_str(&word));
                        buf_clear(&word);
                }
                buf_puts(&word, buf_str(&next));
        }
        buf_printf(out, "%s?=", buf_str(&word));
        buf_done(&word);
        buf_done(&next);
}

/* "Mon, 23 Nov 2026 09:00:00 +0000", in whatever locale. */
static void put_date(struct buf *out, int64_t s)
{
        static const char DAYS[] = "SunMonTueWedThuFriSat";
        static const char MONTHS[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
        time_t t = (time_t)s;
        struct tm tm = { 0 };

        gmtime_r(&t, &tm);
        buf_printf(out, "Date: %.3s, %d %.3s %d %02d:%02d:%02d +0000\r\n", DAYS + 3 * tm.tm_wday,
                   tm.tm_mday, MONTHS + 3 * tm.tm_mon, tm.tm_year + 1900, tm.tm_hour, tm.tm_min,
                   tm.tm_sec);
}

static void put_headers(struct buf *out, const struct message *m, const char *from,
                        char *const *to, size_t n_to)
{
        const char *domain = strrchr(from, '@') + 1;
        AUTO_FREE char *subject = excerpt(m->summary, SUBJECT_MAX_BYTES);

        put_date(out, m->at_s);
        buf_printf(out, "From: notafter <%s>\r\nTo: ", from);
        for (size_t i = 0; i < n_to; i++)
                buf_printf(out, "%s%s", i ? ",\r\n " : "", to[i]);
        buf_puts(out, "\r\nSubject: ");
        put_words(out, subject);
        buf_printf(out, "\r\nMessage-ID: <%s@%s>\r\n", m->id, domain);
        if (m->group)
                buf_printf(out, "In-Reply-To: <%s@%s>\r\nReferences: <%s@%s>\r\n", m->group,
                           domain, m->group, domain);
        /* RFC 3834, and the same for Exchange: nobody's absence is to be told to a machine. */
        buf_puts(out, "Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\n");
        buf_printf(out, "X-Notafter-Transition: %s\r\nX-Notafter-Code: %s\r\n"
                        "X-Notafter-Severity: %s\r\n", message_kind_str(m->kind), message_code(m),
                   message_severity_str(m->severity));
}

/* --- bodies ----------------------------------------------------------------------------------- */

/* Quoted-printable (RFC 2045, 6.7); @text has lines that end in \n. */
static void put_quoted(struct buf *out, const char *text)
{
        size_t column = 0;

        for (const char *p = text; *p; p++) {
                unsigned char c = (unsigned char)*p;
                bool last = p[1] == '\n' || !p[1];
                bool plain = (c > ' ' && c < 0x7f && c != '=') || (c == ' ' && !last);

                if (c == '\n') {
                        buf_puts(out, "\r\n");
                        column = 0;
                        continue;
                }
                if (column + (plain ? 1 : 3) > LINE_MAX_BYTES) {
                        buf_puts(out, "=\r\n");
                        column = 0;
                }
                if (plain)
                        buf_append(out, p, 1);
                else
                        buf_printf(out, "=%c%c", DIGITS[c >> 4], DIGITS[c & 15]);
                column += plain ? 1 : 3;
        }
}

static void put_html(struct buf *out, const char *s, size_t n)
{
        for (size_t i = 0; i < n; i++)
                switch (s[i]) {
                case '&':
                        buf_puts(out, "&amp;");
                        break;
                case '<':
                        buf_puts(out, "&lt;");
                        break;
                case '>':
                        buf_puts(out, "&gt;");
                        break;
                default:
                        buf_append(out, &s[i], 1);
                        break;
                }
}

/* The first line of @body is what it is about; the others are set as they are. */
static char *html_of(const struct message *m, const char *body)
{
        static const char *const COLOURS[SEVERITY_COUNT] = {
                [SEVERITY_OK]      = "#2e7d32",
                [SEVERITY_INFO]    = "#1565c0",
                [SEVERITY_WARNING] = "#ef6c00",
                [SEVERITY_ERROR]   = "#c62828",
        };
        struct buf out = BUF_INIT(MAIL_MAX_BYTES);
        size_t n = strcspn(body, "\n");
        enum severity s = m->kind == MESSAGE_RESOLVED ? SEVERITY_OK : m->severity;

        buf_printf(&out, "<!DOCTYPE html>\n<html><body>\n<p style=\"border-left:6px solid %s;"
                         "padding-left:10px;font:bold 16px sans-serif\">", COLOURS[s]);
        put_html(&out, body, n);
        buf_puts(&out, "</p>\n<pre style=\"white-space:pre-wrap\">");
        put_html(&out, body + n, strlen(body + n));
        buf_puts(&out, "</pre>\n</body></html>\n");
        return buf_steal(&out);
}

static void put_part(struct buf *out, const struct message *m, const char *type, const char *text)
{
        buf_printf(out, "--=_%s\r\nContent-Type: text/%s; charset=utf-8\r\n"
                        "Content-Transfer-Encoding: quoted-printable\r\n\r\n", m->id, type);
        put_quoted(out, text);
        buf_puts(out, "\r\n");
}

/* No line of quoted-printable begins like the boundary: "=_" stands for nothing there. */
char *mail_text(const struct message *m, const char *from, char *const *to, size_t n_to)
{
        struct buf out = BUF_INIT(MAIL_MAX_BYTES);
        AUTO_FREE char *body = message_body(m, BODY_MAX_BYTES);
        AUTO_FREE char *html = html_of(m, body);

        put_headers(&out, m, from, to, n_to);
        buf_printf(&out, "MIME-Version: 1.0\r\n"
                         "Content-Type: multipart/alternative; boundary=\"=_%s\"\r\n\r\n", m->id);
        put_part(&out, m, "plain", body);
        put_part(&out, m, "html", html);
        buf_printf(&out, "--=_%s--\r\n", m->id);
        return buf_steal(&out);
}
