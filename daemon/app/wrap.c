/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in wrap.h. */
#include "daemon/app/wrap.h"

#include "common/base/buf.h"
#include "common/base/parse.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH_DEFAULT 100
#define WIDTH_LEAST 40
#define WIDTH_MOST 140 /* longer lines are hard to read */
#define HEIGHT_DEFAULT 24 /* of a terminal that does not say */
#define WRAPPED_MAX_BYTES 65536

/* Of the environment, for what is no terminal or does not know its size. */
static size_t number_from(const char *variable, size_t otherwise)
{
        const char *text = getenv(variable);
        int64_t n;

        return text && parse_int(text, &n) == 0 && n > 0 && n < UINT16_MAX ? (size_t)n : otherwise;
}

static size_t width_of(int fd)
{
        struct winsize size = { 0 };
        size_t width;

        (void)ioctl(fd, TIOCGWINSZ, &size);
        width = size.ws_col ? size.ws_col : number_from("COLUMNS", WIDTH_DEFAULT);
        return width < WIDTH_LEAST ? WIDTH_LEAST : width > WIDTH_MOST ? WIDTH_MOST : width;
}

static size_t height_of(int fd)
{
        struct winsize size = { 0 };

        (void)ioctl(fd, TIOCGWINSZ, &size);
        return size.ws_row ? size.ws_row : number_from("LINES", HEIGHT_DEFAULT);
}

/* Of the environment alone: the process keeps the C locale. */
static bool is_utf8(void)
{
        locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
        bool utf8 = locale && strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0;

        if (locale)
                freelocale(locale);
        return utf8;
}

struct terminal terminal_of(FILE *out)
{
        const char *no_colour = getenv("NO_COLOR"), *kind = getenv("TERM");
        bool is_terminal = isatty(fileno(out));

        return (struct terminal){
                .width = width_of(fileno(out)),
                .height = is_terminal ? height_of(fileno(out)) : 0,
                .utf8 = is_terminal && is_utf8(),
                .colour = is_terminal && !(no_colour && *no_colour) &&
                          !(kind && strcmp(kind, "dumb") == 0),
        };
}

/* Of @n bytes of UTF-8: continuation bytes take no column. */
static size_t columns(const char *s, size_t n)
{
        size_t wide = 0;

        for (size_t i = 0; i < n; i++)
                wide += ((unsigned char)s[i] & 0xc0) != 0x80;
        return wide;
}

size_t wrap_columns(const char *text)
{
        return columns(text, strlen(text));
}

void wrap_from(struct buf *out, const char *text, size_t column, size_t indent, size_t width)
{
        bool begun = false; /* this line has a word */

        for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
                size_t n = strcspn(text, " "), wide = columns(text, n);

                if ((begun || column > indent) && column + begun + wide > width) {
                        buf_printf(out, "\n%*s", (int)indent, "");
                        column = indent;
                        begun = false;
                }
                buf_puts(out, begun ? " " : "");
                buf_append(out, text, n);
                column += wide + begun;
                begun = true;
                text += n;
        }
        buf_puts(out, "\n");
}

void wrap_text(struct buf *out, const char *text, size_t indent, size_t width)
{
        wrap_from(out, text, indent, indent, width);
}

void wrap_print(const char *text, size_t indent)
{
        struct buf out = BUF_INIT(WRAPPED_MAX_BYTES);

        wrap_text(&out, text, indent, width_of(STDOUT_FILENO));
        fputs(buf_str(&out), stdout);
        buf_done(&out);
}

/* The bytes of the first @n columns of @s. */
static size_t bytes_of(const char *s, size_t n)
{
        size_t i = 0;

        for (; s[i]; i++)
                if (((unsigned char)s[i] & 0xc0) != 0x80 && n-- == 0)
                        break;
        return i;
}

/* Of host names both ends tell: which one, and whose. */
void wrap_cell(struct buf *out, const char *s, size_t width)
{
        size_t wide = wrap_columns(s), head = width / 2, tail = (width - 1) / 2;

        if (wide <= width)
                buf_printf(out, "%s%*s", s, (int)(width - wide), "");
        else
                buf_printf(out, "%.*s\xe2\x80\xa6%s", (int)bytes_of(s, head), s,
                           s + bytes_of(s, wide - tail));
}

/* The bytes of what begins at @s and takes one column, or none. */
static size_t one_of(const char *s, bool *ret_seen)
{
        size_t n = 1;

        *ret_seen = *s != '\033';
        if (*s == '\033') {
                n += strcspn(s + 1, "m\n");
                return n + (s[n] == 'm');
        }
        while (((unsigned char)s[n] & 0xc0) == 0x80)
                n++;
        return n;
}

size_t wrap_clip(struct buf *out, const char *line, size_t width)
{
        size_t end = 0, wide = 0, column = 0;
        bool seen;

        for (; line[end] && line[end] != '\n'; wide += seen)
                end += one_of(line + end, &seen);
        for (size_t i = 0, n; i < end; i += n) {
                n = one_of(line + i, &seen);
                column += seen;
                if (seen && column == width && wide > width)
                        buf_puts(out, "\xe2\x80\xa6");
                else if (!seen || column <= width)
                        buf_append(out, line + i, n);
        }
        return end;
}
