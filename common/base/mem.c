/* SPDX-License-Identifier: Apache-2.0 */
/* The contract and the reason are in mem.h. */
#include "common/base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void mem_exhausted(void)
{
        static const char line[] = "notafter: out of memory\n";

        (void)!write(STDERR_FILENO, line, sizeof(line) - 1);
        abort();
}

void *mem_new0(size_t n, size_t size)
{
        void *p = calloc(n ? n : 1, size ? size : 1);

        if (!p)
                mem_exhausted();
        return p;
}

void *mem_resize(void *p, size_t n, size_t size)
{
        void *q = reallocarray(p, n ? n : 1, size ? size : 1);

        if (!q)
                mem_exhausted();
        return q;
}

void *mem_copy(const void *src, size_t n)
{
        char *p = mem_new0(n + 1, 1);

        if (n)
                memcpy(p, src, n);
        return p;
}

char *mem_strdup(const char *s)
{
        return s ? mem_copy(s, strlen(s)) : NULL;
}

char *mem_printf(const char *fmt, ...)
{
        char *s = NULL;
        va_list ap;

        va_start(ap, fmt);
        int r = vasprintf(&s, fmt, ap);
        va_end(ap);
        if (r < 0)
                mem_exhausted();
        return s;
}
