/* SPDX-License-Identifier: Apache-2.0 */
/* What is shown of one certificate wherever it is shown whole. The contract is in parts.h. */
#include "daemon/web/parts.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "common/base/text.h"
#include "daemon/web/html.h"
#include "daemon/web/page.h"

#include <inttypes.h>
#include <string.h>

void part_sentence(struct buf *b, const char *title)
{
        char first = *title >= 'a' && *title <= 'z' ? (char)(*title - 'a' + 'A') : *title;

        if (first)
                html_printf(b, "%c%s.", first, title + 1);
}

void part_date(struct buf *b, const json_t *instant)
{
        const char *text = json_string_value(instant);

        if (text)
                html_printf(b, "<span class=\"date\">%.*s</span>", 10, text);
        else
                html_printf(b, "<span class=\"none\">&ndash;</span>");
}

/* The length of the first value of a distinguished name, in which a comma may be escaped. */
static size_t value_len(const char *s)
{
        size_t n = 0;

        while (s[n] && s[n] != ',')
                n += s[n] == '\\' && s[n + 1] ? 2 : 1;
        return n;
}

void part_certificate_link(struct buf *b, const json_t *cert)
{
        const char *subject = html_text_of(cert, "subject"), *sha256 = html_text_of(cert, "sha256");
        bool named = strncmp(subject, "CN=", 3) == 0;
        size_t n = named ? value_len(subject + 3) : 0;
        AUTO_FREE char *name = mem_copy(subject + (named ? 3 : 0), n);

        page_certificate_link(b, sha256, named ? name : *subject ? subject : sha256);
        if (named && subject[3 + n])
                html_printf(b, " <span class=\"muted\">%s</span>", subject + 3 + n + 1);
}

void part_fact(struct buf *b, const char *name, const char *text)
{
        if (*text)
                html_printf(b, "<dt>%s</dt><dd>%s</dd>", name, text);
}

static void put_code(struct buf *b, const char *name, const char *text)
{
        if (*text)
                html_printf(b, "<dt>%s</dt><dd class=\"mono\">%s</dd>", name, text);
}

static void put_validity(struct buf *b, const json_t *cert, int64_t now_s)
{
        html_printf(b, "<dt>Valid</dt><dd>");
        part_date(b, json_object_get(cert, "not_before"));
        html_printf(b, " to ");
        part_date(b, json_object_get(cert, "not_after"));
        html_printf(b, ", which is ");
        html_time(b, json_object_get(cert, "not_after"), now_s);
        html_printf(b, "</dd>");
}

/* A list of texts with commas between; the certificate has @total of them. */
static void put_list(struct buf *b, const char *name, const json_t *list, int64_t total)
{
        int64_t more = total - (int64_t)json_array_size(list);
        size_t i;
        json_t *text;

        if (json_array_size(list) == 0)
                return;
        html_printf(b, "<dt>%s</dt><dd>", name);
        json_array_foreach(list, i, text)
                html_printf(b, "%s%s", i ? ", " : "", json_string_value(text));
        if (more > 0)
                html_printf(b, " <span class=\"muted\">and %" PRId64 " more</span>", more);
        html_printf(b, "</dd>");
}

static void put_usages(struct buf *b, const json_t *usages)
{
        static const char *const WORDS[][2] = {
                { "digital_signature", "digital signature" },
                { "key_encipherment", "key encipherment" },
                { "cert_sign", "certificate signing" },
        };
        size_t i, n = 0;
        json_t *usage;

        html_printf(b, "<dt>Key usage</dt><dd>");
        json_array_foreach(usages, i, usage)
                for (size_t k = 0; k < ARRAY_LEN(WORDS); k++)
                        if (text_same(WORDS[k][0], json_string_value(usage)))
                                html_printf(b, "%s%s", n++ ? ", " : "", WORDS[k][1]);
        html_printf(b, "%s</dd>", n ? "" : "none that TLS needs");
}

static void put_rights(struct buf *b, const json_t *cert)
{
        const json_t *usage = json_object_get(cert, "key_usage");
        const json_t *servers = json_object_get(cert, "server_auth");

        if (json_is_true(json_object_get(cert, "ca")))
                part_fact(b, "Role", json_is_true(json_object_get(cert, "self_signed"))
                                             ? "CA, self-signed" : "CA");
        else
                part_fact(b, "Role", json_is_true(json_object_get(cert, "self_signed"))
                                             ? "server, self-signed" : "server");
        if (json_is_array(usage))
                put_usages(b, usage);
        if (json_is_boolean(servers))
                part_fact(b, "For TLS servers", json_is_true(servers) ? "yes" : "no");
        if (json_is_true(json_object_get(cert, "must_staple")))
                part_fact(b, "Must staple", "yes");
}

/* The names of curves say how many bits there are. */
static void put_key(struct buf *b, const json_t *cert)
{
        const char *key = html_text_of(cert, "key");
        int64_t bits = json_integer_value(json_object_get(cert, "key_bits"));

        html_printf(b, "<dt>Key</dt><dd>%s", key);
        if (!strpbrk(key, "0123456789"))
                html_printf(b, ", %" PRId64 " bits", bits);
        html_printf(b, "</dd>");
}

static void put_facts(struct buf *b, const json_t *cert, int64_t now_s)
{
        const json_t *names = json_object_get(cert, "names");
        const json_t *total = json_object_get(cert, "names_total");

        html_printf(b, "<dl class=\"facts\">");
        put_list(b, "Names", names, json_integer_value(total));
        part_fact(b, "Subject", html_text_of(cert, "subject"));
        part_fact(b, "Issuer", html_text_of(cert, "issuer"));
        put_validity(b, cert, now_s);
        put_key(b, cert);
        part_fact(b, "Signature", html_text_of(cert, "signature"));
        put_rights(b, cert);
        put_code(b, "Serial", html_text_of(cert, "serial"));
        put_code(b, "SHA-256", html_text_of(cert, "sha256"));
        put_list(b, "Issuer at", json_object_get(cert, "ca_issuers"), 0);
        html_printf(b, "</dl>\n");
}

void part_certificate(struct buf *b, const json_t *cert, int64_t now_s)
{
        const char *pem = html_text_of(cert, "pem"), *text = html_text_of(cert, "text");

        put_facts(b, cert, now_s);
        if (*pem)
                page_pem(b, "PEM", pem);
        if (!*text)
                return;
        html_printf(b, "<details><summary>As text</summary><pre class=\"text\" tabindex=\"0\" "
                       "aria-label=\"The certificate as text\">");
        html_lines(b, text);
        html_printf(b, "</pre></details>\n");
}

void part_certificates(struct buf *b, const json_t *report, int64_t now_s)
{
        size_t i;
        json_t *cert;

        json_array_foreach(json_object_get(report, "chain"), i, cert) {
                html_printf(b, "<details class=\"cert\"><summary><span class=\"place\">%" PRId64
                               "</span><b class=\"name\">%s</b> <span class=\"muted\">%s, ends ",
                            (int64_t)json_integer_value(json_object_get(cert, "position")) + 1,
                            html_text_of(cert, "label"), html_text_of(cert, "key"));
                html_time(b, json_object_get(cert, "not_after"), now_s);
                html_printf(b, "</span></summary>\n");
                part_certificate(b, cert, now_s);
                html_printf(b, "</details>\n");
        }
}
