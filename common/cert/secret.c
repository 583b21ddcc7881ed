/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in secret.h. Memory is never realloc'ed: that would leave copies behind. */
#include "common/cert/secret.h"

#include "common/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_BYTES 65536

void secret_done(struct secret *s)
{
        if (s->bytes)
                OPENSSL_cleanse(s->bytes, s->size);
        free(s->bytes);
        *s = (struct secret){ 0 };
}

static void grow(struct secret *s, size_t size)
{
        uint8_t *bytes = mem_new0(size + 1, 1);

        if (s->bytes) {
                memcpy(bytes, s->bytes, s->n);
                OPENSSL_cleanse(s->bytes, s->size);
                free(s->bytes);
        }
        s->bytes = bytes;
        s->size = size;
}

static int read_all(int fd, struct secret *s, size_t max_bytes)
{
        for (;;) {
                if (s->n == s->size)
                        grow(s, s->size < max_bytes / 2 ? 2 * s->size : max_bytes + 1);
                ssize_t n = read(fd, s->bytes + s->n, s->size - s->n);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        return 0;
                s->n += (size_t)n;
                if (s->n > max_bytes)
                        return -EFBIG;
        }
}

static int read_open(int fd, bool is_given, struct secret *s, size_t max_bytes)
{
        struct stat st;

        if (fstat(fd, &st) < 0)
                return -errno;
        if (S_ISDIR(st.st_mode))
                return -EISDIR;
        if (!S_ISREG(st.st_mode) && !is_given)
                return -ENOTSUP;
        if (S_ISREG(st.st_mode) && (uintmax_t)st.st_size > max_bytes)
                return -EFBIG;
        s->mode = S_ISREG(st.st_mode) ? st.st_mode & 07777U : 0;
        grow(s, S_ISREG(st.st_mode) && st.st_size > 0 ? (size_t)st.st_size + 1
                : max_bytes < FIRST_BYTES             ? max_bytes + 1
                                                      : FIRST_BYTES);
        return read_all(fd, s, max_bytes);
}

static bool is_stdin(const char *path)
{
        return strcmp(path, "-") == 0 || strcmp(path, "/dev/stdin") == 0;
}

int secret_read(struct secret *ret, const char *path, size_t max_bytes)
{
        bool is_given = is_stdin(path) || strncmp(path, "/dev/fd/", 8) == 0;
        /* a given pipe is waited for; anything else must not keep open() waiting either */
        int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | (is_given ? 0 : O_NONBLOCK);
        int fd = is_stdin(path) ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) : open(path, flags);
        struct secret s = { 0 };

        if (fd < 0)
                return -errno;
        int r = read_open(fd, is_given, &s, max_bytes);

        close(fd);
        if (r < 0)
                secret_done(&s);
        else
                *ret = s;
        return r;
}

const char *secret_error(int err)
{
        return err == -ENOTSUP ? "Not a regular file" : strerror(-err);
}
