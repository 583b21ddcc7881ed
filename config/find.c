/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in find.h. */
#include "config/find.h"

#include "common/base/cleanup.h"
#include "common/base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Where on_error() tells what it was told; glob() hands its callback no argument. */
static _Thread_local struct found *finding;

static int on_error(const char *path, int e)
{
        size_t n = strlen(path);

        if (e == ENOENT || e == ENOTDIR)
                return 0;
        while (n > 1 && path[n - 1] == '/')
                n--;
        char *closed = mem_copy(path, n);

        if (!finding->closed || strcmp(closed, finding->closed) < 0) {
                free(finding->closed);
                finding->closed = closed;
                finding->error = e;
        } else {
                free(closed);
        }
        return 0;
}

static void run_glob(const char *pattern, glob_t *ret)
{
        if (glob(pattern, 0, on_error, ret) == GLOB_NOSPACE)
                mem_exhausted();
}

/*
 * Of a name without a wildcard, glob() only asks whether it is there, and a folder that does not
 * let us in looks as if it were not. @end is behind the pattern of such folders.
 */
static void try_folders(const char *pattern, const char *end)
{
        AUTO_FREE char *folders = mem_printf("%.*s/", (int)(end - pattern), pattern);
        glob_t all = { 0 };

        run_glob(folders, &all);
        for (size_t i = 0; i < all.gl_pathc; i++) {
                AUTO_FREE char *inside = mem_printf("%s.", all.gl_pathv[i]);
                struct stat st;

                if (stat(inside, &st) < 0)
                        on_error(all.gl_pathv[i], errno);
        }
        globfree(&all);
}

void find_files(struct found *ret, const char *pattern)
{
        *ret = (struct found){ .closed = NULL };
        finding = ret;
        for (const char *p = strpbrk(pattern, "*?["); p && (p = strchr(p, '/')); p++)
                try_folders(pattern, p);
        run_glob(pattern, &ret->paths);
        finding = NULL;
}

void found_done(struct found *f)
{
        globfree(&f->paths);
        free(f->closed);
        *f = (struct found){ .closed = NULL };
}
