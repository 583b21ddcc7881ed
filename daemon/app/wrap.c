/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in wrap.h. */
#include "daemon/app/wrap.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH_DEFAULT 100
#define WIDTH_LEAST 60

static size_t terminal_width(void)
{
        struct winsize size;

        if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
                return WIDTH_DEFAULT;
        return size.ws_col < WIDTH_LEAST ? WIDTH_LEAST : size.ws_col;
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

void wrap_print(const char *text, size_t indent)
{
        size_t width = terminal_width(), column = indent;

        while (*text) {
                size_t n = strcspn(text, " "), wide = columns(text, n);

                if (column > indent && column + 1 + wide > width) {
                        printf("\n%*s", (int)indent, "");
                        column = indent;
                }
                printf("%s%.*s", column > indent ? " " : "", (int)n, text);
                column += wide + (column > indent);
                text += n;
                text += strspn(text, " ");
        }
        printf("\n");
}
