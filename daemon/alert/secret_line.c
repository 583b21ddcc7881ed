/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in secret_line.h. */
#include "daemon/alert/secret_line.h"

#include "common/base/mem.h"
#include "common/cert/secret.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

/* The length of the first line at *line, which moves behind the spaces at its beginning. */
static size_t trim(const char **line)
{
        *line += strspn(*line, " \t");
        size_t n = strcspn(*line, "\n");

        while (n > 0 && strchr(" \t\r", (*line)[n - 1]))
                n--;
        return n;
}

static int check(const char *line, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
                        return -EINVAL;
        return n > 0 ? 0 : -EINVAL;
}

int secret_line_read(const char *path, char **ret, char **ret_error)
{
        struct secret file;
        int r = secret_read(&file, path, SECRET_LINE_MAX_BYTES);

        if (r < 0) {
                *ret_error = mem_printf("cannot read secret file %s: %s", path, secret_error(r));
                return r;
        }
        const char *line = (const char *)file.bytes;
        size_t n = trim(&line);

        r = check(line, n);
        if (r == 0)
                *ret = mem_copy(line, n);
        else
                *ret_error = mem_printf("secret file %s: its first line is %s", path,
                                        n == 0 ? "empty" : "not plain text");
        secret_done(&file);
        return r;
}

void secret_line_free(char *line)
{
        if (line)
                OPENSSL_cleanse(line, strlen(line));
        free(line);
}
