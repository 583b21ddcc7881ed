/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract is in pem.h. Every search goes on where the last one ended, and a label is looked
 * for in a few bytes only, so that a file of nothing but BEGIN lines takes linear time.
 */
#include "common/cert/pem.h"

#include "common/base/mem.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

/* --- from marker to marker -------------------------------------------------------------------- */

/* Line number of @at; markers come in order, so that every byte is counted once. */
static int line_of(struct pem_reader *r, const char *at)
{
        for (; r->counted < at; r->counted++)
                r->line += *r->counted == '\n' || (*r->counted == '\r' && r->counted + 1 < r->end &&
                                                   r->counted[1] != '\n');
        return r->line;
}

static void note(struct pem_reader *r, const char *at, const char *what)
{
        if (r->repair)
                return; /* one sentence is enough */
        r->repair = what;
        r->repair_line = line_of(r, at);
}

void pem_start(struct pem_reader *r, const char *text, size_t n)
{
        *r = (struct pem_reader){
                .start = text, .at = text, .end = text + n, .counted = text, .line = 1,
        };
        if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
                note(r, text, "a byte order mark");
                r->start = r->at = r->counted = text + 3;
        }
}

/*
 * Finds the next "-----BEGIN label-----" or "-----END label-----"; NULL at the end. *ret_after is
 * what follows it.
 */
static const char *next_marker(const char *at, const char *end, bool *ret_begin,
                               char label[static PEM_LABEL_MAX], const char **ret_after)
{
        for (; end - at > 5 && (at = memchr(at, '-', (size_t)(end - at) - 5)); at++) {
                const char *word = at + 5;
                size_t left = (size_t)(end - word);
                bool begin = left >= 6 && memcmp(word, "BEGIN ", 6) == 0;

                if (memcmp(at, "-----", 5) != 0)
                        continue; /* one byte on, so that glued dashes cannot hide a marker */
                if (!begin && (left < 4 || memcmp(word, "END ", 4) != 0))
                        continue;
                word += begin ? 6 : 4;
                left = (size_t)(end - word);
                const char *close = memmem(
                        word, left < PEM_LABEL_MAX + 5 ? left : PEM_LABEL_MAX + 5, "-----", 5);

                if (close && (size_t)(close - word) < PEM_LABEL_MAX) {
                        memcpy(label, word, (size_t)(close - word));
                        label[close - word] = '\0';
                        *ret_begin = begin;
                        *ret_after = close + 5;
                        return at;
                }
        }
        return NULL;
}

static bool at_line_start(const char *start, const char *at)
{
        return at == start || at[-1] == '\n' || at[-1] == '\r';
}

/* Nothing but blanks from @after a marker to the line's end? (Glued ones are found later.) */
static bool at_line_end(const char *after, const char *end)
{
        while (after < end && (*after == ' ' || *after == '\t'))
                after++;
        return after == end || *after == '\n' || *after == '\r' || *after == '-';
}

static const char *after_line(const char *p, const char *end)
{
        while (p < end && *p != '\n' && *p != '\r')
                p++;
        if (end - p >= 2 && p[0] == '\r' && p[1] == '\n')
                return p + 2;
        return p < end ? p + 1 : end;
}

/* "Proc-Type: 4,ENCRYPTED": base64 has no colon. */
static bool is_header(const char *p, const char *end)
{
        const char *name = p;

        while (p < end && (*p == '-' || (*p >= '0' && *p <= '9') || (*p >= 'A' && *p <= 'Z') ||
                           (*p >= 'a' && *p <= 'z')))
                p++;
        return p > name && end - p >= 2 && p[0] == ':' && p[1] == ' ';
}

/* Moves .body behind the headers and the line that ends them. */
static void split_headers(struct pem_block *b)
{
        const char *p = at_line_end(b->body, b->body_end) ? after_line(b->body, b->body_end)
                                                           : b->body;

        if (!is_header(p, b->body_end))
                return;
        b->headers = p;
        while (is_header(p, b->body_end))
                p = after_line(p, b->body_end);
        b->body = p;
}

bool pem_next(struct pem_reader *r, struct pem_block *ret)
{
        char label[PEM_LABEL_MAX];
        const char *after, *mark;
        bool begin;

        *ret = (struct pem_block){ .headers = NULL };
        do {
                mark = next_marker(r->at, r->end, &begin, ret->label, &after);
                if (!mark)
                        return false;
                r->at = after;
        } while (!begin);
        if (!at_line_start(r->start, mark))
                note(r, mark, "text before a BEGIN marker");
        ret->line = line_of(r, mark);
        ret->body = after;
        if (!at_line_end(after, r->end))
                note(r, mark, "text after a BEGIN marker");

        mark = next_marker(after, r->end, &begin, label, &after);
        ret->ended = mark && !begin;
        ret->body_end = mark ? mark : r->end;
        r->at = ret->ended ? after : ret->body_end;
        if (ret->ended && !at_line_start(r->start, mark))
                note(r, mark, "text before an END marker");
        if (ret->ended && !at_line_end(after, r->end))
                note(r, mark, "text after an END marker");
        split_headers(ret);
        return true;
}

/* --- bodies ----------------------------------------------------------------------------------- */

void pem_check_layout(struct pem_reader *r, const struct pem_block *b)
{
        const char *line = b->body;

        while (line < b->body_end && (*line == ' ' || *line == '\t'))
                line++; /* after the marker: harmless */
        const char *marker_end = line;

        while (line < b->body_end && (*line == '\r' || *line == '\n') && line - marker_end < 2)
                line++;
        for (const char *p = line; p < b->body_end && !r->repair; p++) {
                bool first = p == line || p[-1] == '\n' || p[-1] == '\r';
                bool crlf = *p == '\r' && p + 1 < b->body_end && p[1] == '\n';

                if (first && (*p == ' ' || *p == '\t'))
                        note(r, p, "indented lines");
                else if (p > line && p[-1] == '\n' && (*p == '\n' || crlf))
                        note(r, p, "blank lines inside a block");
                else if (*p == '\r' && !crlf)
                        note(r, p, "line ends without a line feed");
        }
}

/* The value of a base64 character; -1 white space, -2 padding, -3 anything else. */
static int base64_value(char c)
{
        if (c >= 'A' && c <= 'Z')
                return c - 'A';
        if (c >= 'a' && c <= 'z')
                return c - 'a' + 26;
        if (c >= '0' && c <= '9')
                return c - '0' + 52;
        if (c == '+' || c == '/')
                return c == '+' ? 62 : 63;
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
                return -1;
        return c == '=' ? -2 : -3;
}

static const char *bad_character(const char *p, const char *end)
{
        if (*p == '\\' && end - p >= 2 && (p[1] == 'n' || p[1] == 'r'))
                return "\\n is written out where lines should end";
        return "a character that is not base64";
}

/* Decodes into @out; NULL, or what is wrong. */
static const char *decode(const struct pem_block *b, uint8_t *out, size_t *ret_len)
{
        size_t n = 0, digits = 0, padding = 0;
        uint32_t word = 0;

        for (const char *p = b->body; p < b->body_end; p++) {
                int v = base64_value(*p);

                if (v == -3 || (v >= 0 && padding))
                        return bad_character(p, b->body_end);
                if (v == -2)
                        padding++;
                if (v < 0)
                        continue;
                word = word << 6 | (uint32_t)v;
                if (++digits % 4 == 0)
                        for (int shift = 16; shift >= 0; shift -= 8)
                                out[n++] = (uint8_t)(word >> shift);
        }
        if (digits % 4 == 1 || padding > 2)
                return "base64 that breaks off";
        if (digits % 4 >= 2)
                out[n++] = (uint8_t)(digits % 4 == 2 ? word >> 4 : word >> 10);
        if (digits % 4 == 3)
                out[n++] = (uint8_t)(word >> 2);
        *ret_len = n;
        return NULL;
}

uint8_t *pem_decode(const struct pem_block *b, size_t *ret_len, const char **ret_reason)
{
        size_t size = (size_t)(b->body_end - b->body) / 4 * 3 + 4;
        uint8_t *out = mem_new0(size, 1);
        const char *reason = decode(b, out, ret_len);

        if (!reason)
                return out;
        OPENSSL_cleanse(out, size); /* it may have been a key */
        free(out);
        *ret_reason = reason;
        return NULL;
}

/* --- UTF-16 ----------------------------------------------------------------------------------- */

char *pem_from_utf16(const uint8_t *bytes, size_t n, size_t *ret_len)
{
        bool mark_le = n >= 2 && bytes[0] == 0xff && bytes[1] == 0xfe;
        bool mark_be = n >= 2 && bytes[0] == 0xfe && bytes[1] == 0xff;
        bool le = mark_le || (n >= 4 && bytes[0] && !bytes[1] && bytes[2] && !bytes[3]);
        bool be = mark_be || (n >= 4 && !bytes[0] && bytes[1] && !bytes[2] && bytes[3]);

        if (!le && !be)
                return NULL;
        char *text = mem_new0(n / 2 + 1, 1);
        size_t len = 0;

        for (size_t i = mark_le || mark_be ? 2 : 0; i + 1 < n; i += 2) {
                unsigned unit = le ? bytes[i] | (unsigned)bytes[i + 1] << 8
                                   : bytes[i + 1] | (unsigned)bytes[i] << 8;

                text[len++] = unit < 0x80 ? (char)unit : '?';
        }
        *ret_len = len;
        return text;
}
