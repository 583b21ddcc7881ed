/* SPDX-License-Identifier: Apache-2.0 */
/*
 * With FUZZ_SEEDS=FOLDER in the environment a fuzz program writes its seeds there and ends, so that
 * a target and its seeds stand in one file and nothing minted is kept in the repository.
 */
#include "tests/fuzz/fuzz.h"

#include "common/base/mem.h"

#include <dirent.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEED_MAX_BYTES (64 * 1024) /* the fuzzer makes little of larger ones but waiting time */

int LLVMFuzzerInitialize(int *argc, char ***argv);

static const char *seeds_folder;
static unsigned n_seeds;

void fuzz_failed(const char *what, const char *file, int line)
{
        fprintf(stderr, "%s:%d: this does not hold: %s\n", file, line, what);
        abort();
}

void fuzz_seed(const void *bytes, size_t n)
{
        AUTO_FREE char *path = mem_printf("%s/seed-%03u", seeds_folder, n_seeds++);
        FILE *f = fopen(path, "w");

        if (!f || fwrite(bytes, 1, n, f) != n || fclose(f) != 0) {
                perror(path);
                exit(1);
        }
}

static void seed_file(const char *path)
{
        AUTO_FREE char *bytes = mem_new0(1, SEED_MAX_BYTES + 1);
        FILE *f = fopen(path, "r");
        size_t n = f ? fread(bytes, 1, SEED_MAX_BYTES + 1, f) : 0;

        if (f)
                fclose(f);
        if (n > 0 && n <= SEED_MAX_BYTES)
                fuzz_seed(bytes, n);
}

void fuzz_seed_corpus(const char *folder)
{
        const char *corpora = getenv("NOTAFTER_CORPORA");
        AUTO_FREE char *path = mem_printf("%s/%s", corpora ? corpora : "", folder);
        DIR *dir = corpora ? opendir(path) : NULL;
        struct dirent *entry;

        while (dir && (entry = readdir(dir))) {
                AUTO_FREE char *file = mem_printf("%s/%s", path, entry->d_name);

                if (entry->d_name[0] != '.')
                        seed_file(file);
        }
        if (dir)
                closedir(dir);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
        (void)argc;
        (void)argv;
        seeds_folder = getenv("FUZZ_SEEDS");
        if (seeds_folder) {
                fuzz_seeds();
                exit(0);
        }
        return 0;
}

/* Bytes of the UTF-8 character that begins at @s, 0 when there is no valid one (RFC 3629). */
static size_t utf8_length(const unsigned char *s)
{
        size_t n = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3
                 : s[0] < 0xf5 ? 4 : 0;

        for (size_t i = 1; i < n; i++)
                if ((s[i] & 0xc0) != 0x80)
                        return 0;
        if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
            (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
                return 0;
        return n;
}

bool fuzz_is_printable(const char *s)
{
        for (const unsigned char *p = (const unsigned char *)s; *p;) {
                size_t n = utf8_length(p);
                bool c1_control = n == 2 && p[0] == 0xc2 && p[1] < 0xa0;

                if (n == 0 || *p < 0x20 || *p == 0x7f || c1_control)
                        return false;
                p += n;
        }
        return true;
}

void fuzz_split(const uint8_t *data, size_t size, struct fuzz_part *parts, size_t max)
{
        for (size_t i = 0; i < max; i++) {
                bool last = i + 1 == max || size == 0;
                const uint8_t *mark = last ? NULL : memmem(data, size, FUZZ_MARK,
                                                           strlen(FUZZ_MARK));
                size_t n = mark ? (size_t)(mark - data) : size;

                parts[i] = (struct fuzz_part){ data, n };
                n += mark ? strlen(FUZZ_MARK) : 0;
                data += n;
                size -= n;
        }
}

char *fuzz_text(const struct fuzz_part *part)
{
        return mem_copy(part->bytes, strnlen((const char *)part->bytes, part->n));
}

uint8_t *fuzz_der(const struct minted *m, size_t *ret_n)
{
        uint8_t *der = NULL;
        int n = i2d_X509(m->cert, &der);

        if (n <= 0)
                mem_exhausted();
        *ret_n = (size_t)n;
        return der;
}
