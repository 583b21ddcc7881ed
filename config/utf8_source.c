/* SPDX-License-Identifier: Apache-2.0 */
/* The contract and the reason are in utf8_source.h. */
#include "config/utf8_source.h"

#include <errno.h>
#include <stdbool.h>

#define BYTE_ORDER_MARK 0xfeff

static const char NOT_UTF8[] = "not valid UTF-8";
static const char CONTROL[] = "a control character that YAML does not allow";
static const char TOO_BIG[] = "the file is too big";
static const char GAP[] = "a single value or comment runs on for more than 1 MB";
static const char UNREADABLE[] = "the file cannot be read";

/* YAML 1.2 section 5.1, c-printable. */
static bool is_allowed(uint32_t c)
{
        return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c <= 0x7e) || c == 0x85 ||
               (c >= 0xa0 && c <= 0xd7ff) || (c >= 0xe000 && c <= 0xfffd) ||
               (c >= 0x10000 && c <= 0x10ffff);
}

/* A complete character has passed: moves the place. */
static const char *take_character(struct utf8_source *s, uint32_t c)
{
        if (c < s->lowest || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
                return NOT_UTF8;
        if (!is_allowed(c))
                return CONTROL;
        if (c == BYTE_ORDER_MARK)
                return s->line == 1 && s->column == 1 ? NULL : CONTROL;
        if (c == '\n') {
                s->line++;
                s->column = 1;
        } else {
                s->column++;
        }
        return NULL;
}

static const char *take_byte(struct utf8_source *s, unsigned char b)
{
        if (s->missing > 0) {
                if ((b & 0xc0) != 0x80)
                        return NOT_UTF8;
                s->code = s->code << 6 | (b & 0x3f);
                return --s->missing > 0 ? NULL : take_character(s, s->code);
        }
        if (b < 0x80) {
                s->lowest = 0;
                return take_character(s, b);
        }
        s->missing = (b & 0xe0) == 0xc0 ? 1 : (b & 0xf0) == 0xe0 ? 2 : (b & 0xf8) == 0xf0 ? 3 : 0;
        s->code = s->missing ? b & (0x3fU >> s->missing) : 0;
        s->lowest = s->missing == 1 ? 0x80 : s->missing == 2 ? 0x800 : 0x10000;
        return s->missing ? NULL : NOT_UTF8;
}

int utf8_source_read(struct utf8_source *s, unsigned char *out, size_t size, size_t *ret_n)
{
        *ret_n = 0;
        if (s->problem)
                return -EINVAL;
        size_t n = fread(out, 1, size, s->file), good = 0;

        if (ferror(s->file))
                s->problem = UNREADABLE;
        else if (n == 0 && s->missing > 0)
                s->problem = NOT_UTF8;
        else if (s->n_bytes + n > s->max_bytes)
                s->problem = TOO_BIG;
        else if (s->gap_bytes + n > s->max_gap_bytes)
                s->problem = GAP;
        while (good < n && !s->problem) {
                s->problem = take_byte(s, out[good]);
                good += !s->problem;
        }
        s->n_bytes += good;
        s->gap_bytes += good;
        *ret_n = good;
        return s->problem && good == 0 ? -EINVAL : 0;
}
