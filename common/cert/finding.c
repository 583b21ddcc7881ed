/* SPDX-License-Identifier: Apache-2.0 */
/* The list that findings are gathered in; what can be wrong at all is in finding_table.c. */
#include "common/cert/finding.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/lookup.h"
#include "common/base/mem.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const SEVERITIES[SEVERITY_COUNT] = {
        [SEVERITY_OK] = "ok",
        [SEVERITY_INFO] = "info",
        [SEVERITY_WARNING] = "warning",
        [SEVERITY_ERROR] = "error",
};

int finding_code_parse(const char *name, enum finding_code *ret)
{
        for (int i = 0; i < FINDING_COUNT; i++)
                if (strcmp(FINDINGS[i].name, name) == 0) {
                        *ret = (enum finding_code)i;
                        return 0;
                }
        return -EINVAL;
}

const char *finding_code_nearest(const char *name)
{
        const char *names[FINDING_COUNT];

        for (int i = 0; i < FINDING_COUNT; i++)
                names[i] = FINDINGS[i].name;
        return lookup_nearest(names, FINDING_COUNT, name);
}

const char *severity_str(enum severity s)
{
        return SEVERITIES[s];
}

int severity_parse(const char *name, enum severity *ret)
{
        for (int i = 0; i < SEVERITY_COUNT; i++)
                if (strcmp(SEVERITIES[i], name) == 0) {
                        *ret = (enum severity)i;
                        return 0;
                }
        return -EINVAL;
}

struct finding *finding_add(struct finding_list *list, enum finding_code code)
{
        assert(code < FINDING_COUNT);
        list->items = mem_resize(list->items, list->n + 1, sizeof(*list->items));
        list->items[list->n] = (struct finding){
                .code = code,
                .severity = FINDINGS[code].severity,
                .position = FINDING_NO_POSITION,
        };
        return &list->items[list->n++];
}

void finding_set(char **text, const char *fmt, ...)
{
        struct buf b = BUF_INIT(FINDING_TEXT_MAX);
        va_list ap;

        va_start(ap, fmt);
        buf_vprintf(&b, fmt, ap);
        va_end(ap);
        free(*text);
        *text = buf_steal(&b);
}

void finding_doubt_clock(struct finding *f)
{
        size_t n = f->message ? strlen(f->message) : 0;

        if (!f->by_clock || n == 0)
                return;
        AUTO_FREE char *said = TAKE(f->message);

        finding_set(&f->message, "%.*s" FINDING_CLOCK_DOUBT ".",
                    (int)(n - (said[n - 1] == '.')), said);
}

void finding_fact(struct finding *f, const char *key, const char *fmt, ...)
{
        struct buf b = BUF_INIT(FINDING_TEXT_MAX);
        va_list ap;

        va_start(ap, fmt);
        buf_vprintf(&b, fmt, ap);
        va_end(ap);
        f->facts = mem_resize(f->facts, f->n_facts + 1, sizeof(*f->facts));
        f->facts[f->n_facts++] = (struct finding_fact){ key, buf_steal(&b) };
}

void finding_copy(struct finding *to, const struct finding *from)
{
        *to = *from;
        to->subject = mem_strdup(from->subject);
        to->fingerprint = mem_strdup(from->fingerprint);
        to->message = mem_strdup(from->message);
        to->remedy = mem_strdup(from->remedy);
        to->evidence = mem_strdup(from->evidence);
        to->facts = NULL;
        to->n_facts = 0;
        for (size_t i = 0; i < from->n_facts; i++)
                finding_fact(to, from->facts[i].key, "%s", from->facts[i].value);
}

const struct finding *finding_find(const struct finding_list *list, enum finding_code code)
{
        for (size_t i = 0; i < list->n; i++)
                if (list->items[i].code == code)
                        return &list->items[i];
        return NULL;
}

enum severity finding_worst(const struct finding_list *list)
{
        enum severity worst = SEVERITY_OK;

        for (size_t i = 0; i < list->n; i++)
                if (list->items[i].severity > worst)
                        worst = list->items[i].severity;
        return worst;
}

void finding_done(struct finding *f)
{
        free(f->subject);
        free(f->fingerprint);
        free(f->message);
        free(f->remedy);
        free(f->evidence);
        for (size_t i = 0; i < f->n_facts; i++)
                free(f->facts[i].value);
        free(f->facts);
        *f = (struct finding){ 0 };
}

void finding_list_done(struct finding_list *list)
{
        for (size_t i = 0; i < list->n; i++)
                finding_done(&list->items[i]);
        free(list->items);
        *list = (struct finding_list){ 0 };
}
