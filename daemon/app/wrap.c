/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in wrap.h. */
#include "daemon/app/wrap.h"

#include "common/base/buf.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH_DEFAULT 100
#define WIDTH_LEAST 60
#define WIDTH_MOST 140 /* longer lines are hard to read */
#define WRAPPED_MAX_BYTES 65536

static size_t width_of(int fd)
{
        struct winsize size;

        if (ioctl(fd, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
                return WIDTH_DEFAULT;
        return size.ws_col < WIDTH_LEAST ? WIDTH_LEAST
               : size.ws_col > WIDTH_MOST ? WIDTH_MOST
                                          : size.ws_col;
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

void wrap_text(struct buf *out, const char *text, size_t indent, size_t width)
{
        size_t column = indent;

        while (*text) {
                size_t n = strcspn(text, " "), wide = columns(text, n);

                if (column > indent && column + 1 + wide > width) {
                        buf_printf(out, "\n%*s", (int)indent, "");
                        column = indent;
                }
                buf_puts(out, column > indent ? " " : "");
                buf_append(out, text, n);
                column += wide + (column > indent);
                text += n;
                text += strspn(text, " ");
        }
        buf_puts(out, "\n");
}

void wrap_print(const char *text, size_t indent)
{
        struct buf out = BUF_INIT(WRAPPED_MAX_BYTES);

        wrap_text(&out, text, indent, width_of(STDOUT_FILENO));
        fputs(buf_str(&out), stdout);
        buf_done(&out);
}
