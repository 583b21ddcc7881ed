/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From files to a struct config. The contract is in loader.h.
 *
 * A file is read to its end before what it includes, so that at most one is open at a time; errors
 * are sorted by file and place at the end.
 */
#include "config/loader.h"

#include "common/base/buf.h"
#include "common/base/mem.h"
#include "config/arena.h"
#include "config/bind.h"
#include "config/find.h"
#include "config/yaml_reader.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_MAX_SHOWN 4096
#define LOOP_MAX_BYTES 1500

/* A file that is being read, or whose includes are; the list leads up to the main file. */
struct level {
        const struct level *parent;
        const char *path;
        size_t depth;
};

/* Which files were read, to find loops and repetitions. */
struct known_file {
        dev_t dev;
        ino_t ino;
        struct place at; /* of the include */
};

struct loading {
        struct build build;
        struct known_file *known; /* as many as config->files */
};

static void load_includes(struct loading *l, struct bind *f, const struct level *level);

/* The folder of @path with its slash: "conf.d/", or "" when it names none. */
static char *folder_of(const char *path)
{
        const char *slash = strrchr(path, '/');

        return mem_copy(path, slash ? (size_t)(slash - path) + 1 : 0);
}

/* The same from the root and without the slash: "/etc/notafter", or "" for the root itself. */
static char *absolute_folder(const char *path)
{
        AUTO_FREE char *folder = folder_of(path);
        AUTO_FREE char *here = *folder == '/' ? NULL : getcwd(NULL, 0);
        const char *base = here && strcmp(here, "/") != 0 ? here : "";
        char *all = mem_printf("%s%s%s", base, *folder == '/' ? "" : "/", folder);

        for (size_t n = strlen(all); n > 0 && all[n - 1] == '/'; n--)
                all[n - 1] = '\0';
        return all;
}

/* Reads one open file, and then what it includes. */
static void load_stream(struct loading *l, FILE *file, const struct level *level,
                        const char *folder)
{
        struct config *c = l->build.config;
        struct bind f = {
                .build = &l->build,
                .reader = yaml_reader_new(file, CONFIG_MAX_FILE_BYTES),
                .file = { .file = c->files[c->n_files - 1], .file_rank = (unsigned)c->n_files - 1 },
                .where = { .arena = c->arena, .folder = folder },
                .is_main = level->depth == 0,
        };

        bind_document(&f);
        yaml_reader_free(f.reader);
        load_includes(l, &f, level);
        free(f.includes);
}

static void add_file(struct loading *l, const char *path, const struct stat *st, struct place at)
{
        struct config *c = l->build.config;

        c->files = mem_resize(c->files, c->n_files + 1, sizeof(*c->files));
        l->known = mem_resize(l->known, c->n_files + 1, sizeof(*l->known));
        l->known[c->n_files] = (struct known_file){ st->st_dev, st->st_ino, at };
        c->files[c->n_files++] = arena_strdup(c->arena, path);
}

/* "a.yaml -> b.yaml -> a.yaml" from the level of @path down to where it is included again. */
static void print_loop(struct buf *out, const struct level *level, const char *path)
{
        if (level->parent && strcmp(level->path, path) != 0)
                print_loop(out, level->parent, path);
        buf_printf(out, "%s -> ", level->path);
}

/* Says so when the file is already read, and how: a loop, or twice. */
static bool is_repeated(struct loading *l, const struct level *level, const char *path,
                        const struct stat *st, struct place at)
{
        const struct config *c = l->build.config;
        size_t i = 0;

        while (i < c->n_files && (l->known[i].dev != st->st_dev || l->known[i].ino != st->st_ino))
                i++;
        if (i == c->n_files)
                return false;
        for (const struct level *up = level; up; up = up->parent) {
                if (strcmp(up->path, c->files[i]) != 0)
                        continue;
                struct buf loop = BUF_INIT(LOOP_MAX_BYTES);

                print_loop(&loop, level, c->files[i]);
                errors_add(&l->build.errors, at, "the includes run in a circle: %s%s",
                           buf_str(&loop), path);
                buf_done(&loop);
                return true;
        }
        errors_add(&l->build.errors, at, "%s is already included at %s:%d:%d", path,
                   l->known[i].at.file, l->known[i].at.line, l->known[i].at.column);
        return true;
}

/* @parent is NULL for the main file; what is wrong with the file itself is reported @at. */
static void load_file(struct loading *l, const char *path, const struct level *parent,
                      struct place at)
{
        struct level level = { parent, path, parent ? parent->depth + 1 : 0 };
        FILE *file = NULL;
        struct stat st;

        if (stat(path, &st) < 0 || (!S_ISDIR(st.st_mode) && (S_ISREG(st.st_mode) || !parent) &&
                                    !(file = fopen(path, "re")))) {
                errors_add(&l->build.errors, at, "cannot read %s: %s", path, strerror(errno));
        } else if (!file) {
                errors_add(&l->build.errors, at, "cannot read %s: it is not a file", path);
        } else if (parent && is_repeated(l, parent, path, &st, at)) {
                fclose(file);
        } else if (level.depth > CONFIG_MAX_INCLUDE_DEPTH ||
                   l->build.config->n_files == CONFIG_MAX_FILES) {
                errors_add(&l->build.errors, at, "%s: includes go %d levels deep and name %d files "
                                                 "at most", path, CONFIG_MAX_INCLUDE_DEPTH,
                           CONFIG_MAX_FILES);
                fclose(file);
        } else {
                AUTO_FREE char *folder = absolute_folder(path);

                add_file(l, path, &st, at);
                load_stream(l, file, &level, folder);
                fclose(file);
        }
}

/* @folder and @pattern as one pattern in which the folder's own characters stand for themselves. */
static char *glob_pattern(const char *folder, const char *pattern)
{
        struct buf out = BUF_INIT(4 * PATH_MAX_SHOWN);

        if (*pattern == '/')
                folder = "";
        for (; *folder; folder++) {
                if (strchr("*?[]\\", *folder))
                        buf_puts(&out, "\\");
                buf_append(&out, folder, 1);
        }
        buf_puts(&out, pattern);
        return buf_steal(&out);
}

static void load_glob(struct loading *l, const struct level *level, const char *folder,
                      const struct include *inc)
{
        AUTO_FREE char *pattern = glob_pattern(folder, inc->pattern);
        struct found found;

        find_files(&found, pattern);
        if (found.closed)
                errors_add(&l->build.errors, inc->at, "cannot read a folder of %s: %s", pattern,
                           strerror(found.error));
        for (size_t i = 0; !found.closed && i < found.paths.gl_pathc; i++)
                load_file(l, found.paths.gl_pathv[i], level, inc->at);
        found_done(&found);
}

static void load_includes(struct loading *l, struct bind *f, const struct level *level)
{
        AUTO_FREE char *folder = folder_of(level->path);

        for (size_t i = 0; i < f->n_includes && !l->build.errors.full; i++) {
                const struct include *inc = &f->includes[i];

                if (strpbrk(inc->pattern, "*?[")) {
                        load_glob(l, level, folder, inc);
                } else {
                        const char *base = *inc->pattern == '/' ? "" : folder;
                        AUTO_FREE char *path = mem_printf("%s%s", base, inc->pattern);

                        load_file(l, path, level, inc->at);
                }
        }
}

static void loading_init(struct loading *l)
{
        *l = (struct loading){ 0 };
        l->build.config = mem_new0(1, sizeof(*l->build.config));
        l->build.config->refs = 1;
        l->build.config->arena = arena_new();
        value_clear(&SCHEMA_TOP, l->build.config);
        bind_endpoint_init(&l->build.defaults);
}

/* Gives the doubling's slack back. */
static void trim(struct config *c)
{
        if (c->endpoints)
                c->endpoints = mem_resize(c->endpoints, c->n_endpoints, sizeof(*c->endpoints));
}

static int loading_end(struct loading *l, struct config **ret, struct config_errors *errors)
{
        struct build *b = &l->build;

        build_finish(b);
        free(b->drafts);
        free(b->settings.slots);
        free(b->receiver_places);
        free(b->mentions);
        free(l->known);
        if (b->errors.n > 0) {
                errors_finish(&b->errors, errors);
                config_unref(b->config);
                return -EINVAL;
        }
        trim(b->config);
        *errors = (struct config_errors){ 0 };
        *ret = b->config;
        return 0;
}

int config_load(struct config **ret, const char *path, struct config_errors *errors)
{
        struct place at = { .file = path, .line = 1, .column = 1 };
        struct loading l;

        loading_init(&l);
        load_file(&l, path, NULL, at);
        return loading_end(&l, ret, errors);
}

int config_load_bytes(struct config **ret, const char *name, const char *bytes, size_t n,
                      struct config_errors *errors)
{
        struct place at = { .file = name, .line = 1, .column = 1 };
        struct level level = { NULL, "", 0 }; /* no folder: the includes are relative to the cwd */
        AUTO_FREE char *folder = absolute_folder("");
        struct stat none = { .st_dev = 0 };
        FILE *file = fmemopen((void *)bytes, n, "re");
        struct loading l;

        if (!file)
                mem_exhausted();
        loading_init(&l);
        add_file(&l, name, &none, at);
        load_stream(&l, file, &level, folder);
        fclose(file);
        return loading_end(&l, ret, errors);
}
