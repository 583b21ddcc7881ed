/* SPDX-License-Identifier: Apache-2.0 */
/* The contracts are in globs.h and model.h. */
#include "config/globs.h"

#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "common/base/text.h"
#include "config/arena.h"
#include "config/find.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* --- what there is ---------------------------------------------------------------------------- */

/* What a pattern stands for now: regular files, links that lead nowhere, and a closed folder. */
struct matches {
        char **paths;
        size_t n;
        size_t left_out;
};

static void add_match(struct matches *m, const char *path)
{
        size_t n = strlen(path), i = 0;

        while (i < n && text_printable(path + i, n - i))
                i += text_printable(path + i, n - i);
        if (i < n || m->n == CONFIG_MAX_GLOB_FILES) {
                m->left_out++;
                return;
        }
        m->paths[m->n++] = mem_strdup(path);
}

static void find_matches(struct matches *ret, const char *pattern)
{
        struct found found;
        struct stat st;

        find_files(&found, pattern);
        *ret = (struct matches){ .paths = mem_new0(found.paths.gl_pathc + 1, sizeof(char *)) };
        for (size_t i = 0; i < found.paths.gl_pathc; i++)
                if (stat(found.paths.gl_pathv[i], &st) < 0 || S_ISREG(st.st_mode))
                        add_match(ret, found.paths.gl_pathv[i]);
        if (found.closed)
                add_match(ret, found.closed);
        found_done(&found);
}

static void matches_done(struct matches *m)
{
        for (size_t i = 0; i < m->n; i++)
                free(m->paths[i]);
        free(m->paths);
}

bool config_glob_changed(const struct config_glob *g)
{
        struct matches now;

        find_matches(&now, g->as.target.path);
        bool changed = now.n != g->n_paths;

        for (size_t i = 0; !changed && i < now.n; i++)
                changed = strcmp(now.paths[i], g->paths[i]) != 0;
        matches_done(&now);
        return changed;
}

char *config_glob_warning(const struct config_glob *g)
{
        const struct config_endpoint *e = &g->as;

        if (g->left_out)
                return mem_printf("%s:%d:%d: file:%s: left out are %zu of its files: there are "
                                  "more than %d, or their names are not printable", e->file,
                                  e->line, e->column, e->target.path, g->left_out,
                                  CONFIG_MAX_GLOB_FILES);
        if (g->n_paths == 0)
                return mem_printf("%s:%d:%d: file:%s matches no file", e->file, e->line, e->column,
                                  e->target.path);
        return NULL;
}

/* --- into endpoints --------------------------------------------------------------------------- */

static bool is_glob(const struct config_endpoint *e)
{
        return e->target.kind == TARGET_FILE && strpbrk(e->target.path, "*?[");
}

/* Moves the patterns out of the endpoints; their drafts come back, as many as there are. */
static struct draft *take_globs(struct build *b)
{
        struct config *c = b->config;
        struct draft *drafts = NULL;
        size_t kept = 0;

        for (size_t i = 0; i < c->n_endpoints; i++) {
                if (!is_glob(&c->endpoints[i])) {
                        b->drafts[kept] = b->drafts[i];
                        c->endpoints[kept++] = c->endpoints[i];
                        continue;
                }
                drafts = mem_resize(drafts, c->n_globs + 1, sizeof(*drafts));
                c->globs = mem_resize(c->globs, c->n_globs + 1, sizeof(*c->globs));
                drafts[c->n_globs] = b->drafts[i];
                c->globs[c->n_globs++] = (struct config_glob){ .as = c->endpoints[i] };
        }
        c->n_endpoints = kept;
        return drafts;
}

static int by_text(const void *a, const void *b)
{
        return strcmp(a, b);
}

/* True the first time; @path stays where it is. */
static bool is_first(void **seen, const char *path)
{
        const char **node = tsearch(path, seen, by_text);

        if (!node)
                mem_exhausted();
        return *node == path;
}

static void add_file(struct build *b, struct config_glob *g, struct draft draft, char *path)
{
        struct arena *arena = b->config->arena;
        bool named = g->as.id == g->as.name;
        struct config_endpoint *e = build_add_endpoint(b, draft);

        *e = g->as;
        e->target.path = path;
        e->name = arena_adopt(arena, named ? mem_printf("%s (%s)", g->as.name, path)
                                           : target_str(&e->target));
        e->id = e->name;
        g->n++;
}

static void expand(struct build *b, struct config_glob *g, struct draft draft, void **seen)
{
        struct config *c = b->config;
        struct matches now;

        find_matches(&now, g->as.target.path);
        g->first = c->n_endpoints;
        g->n_paths = now.n;
        g->left_out = now.left_out;
        g->paths = arena_alloc(c->arena, now.n * sizeof(*g->paths));
        for (size_t i = 0; i < now.n; i++) {
                g->paths[i] = arena_strdup(c->arena, now.paths[i]);
                if (!is_first(seen, g->paths[i]))
                        continue;
                if (c->n_endpoints == CONFIG_MAX_ENDPOINTS)
                        g->left_out++;
                else
                        add_file(b, g, draft, g->paths[i]);
        }
        matches_done(&now);
}

static void stays(void *path)
{
        (void)path; /* it is the arena's */
}

void globs_expand(struct build *b)
{
        struct config *c = b->config;
        struct draft *drafts = take_globs(b);
        void *seen = NULL;

        for (size_t i = 0; c->n_globs > 0 && i < c->n_endpoints; i++)
                if (c->endpoints[i].target.kind == TARGET_FILE)
                        is_first(&seen, c->endpoints[i].target.path);
        for (size_t i = 0; i < c->n_globs; i++)
                expand(b, &c->globs[i], drafts[i], &seen);
        tdestroy(seen, stays);
        free(drafts);
}
