/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in template.h. */
#include "config/template.h"

#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "common/base/text.h"
#include "config/errors.h"

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <string.h>

#define LABEL_PREFIX "labels."

/* The keys of daemon/alert/message.h; a test compares. */
const char *const TEMPLATE_NAMES[] = {
        "type", "timestamp", "id", "transition", "code", "severity", "previous_severity",
        "endpoint", "name", "target", "since", "at", "summary", "remedy", "evidence",
        "certificate_sha256", "missing_pem", "labels", "group", "counts", "deadline", "flapping",
        "members", "token", NULL,
};

int template_next(const char *s, struct template_hole *ret)
{
        const char *begin = strstr(s, "{{"), *end = begin ? strstr(begin, "}}") : NULL;

        if (!begin)
                return 0;
        if (!end)
                return -EINVAL;
        const char *name = begin + 2, *name_end = end;

        while (name < name_end && *name == ' ')
                name++;
        while (name < name_end && name_end[-1] == ' ')
                name_end--;
        *ret = (struct template_hole){ .begin = begin, .end = end + 2, .name = name,
                                       .name_len = (size_t)(name_end - name) };
        return 1;
}

static bool is_known(const char *name)
{
        if (strncmp(name, LABEL_PREFIX, strlen(LABEL_PREFIX)) == 0)
                return name[strlen(LABEL_PREFIX)] != '\0';
        for (size_t i = 0; TEMPLATE_NAMES[i]; i++)
                if (strcmp(TEMPLATE_NAMES[i], name) == 0)
                        return true;
        return false;
}

/* NULL = it is good. */
static char *check_string(const char *s)
{
        struct template_hole hole;
        char q[QUOTED_MAX];
        int r;

        while ((r = template_next(s, &hole)) > 0) {
                AUTO_FREE char *name = mem_copy(hole.name, hole.name_len);

                if (!is_known(name))
                        return mem_printf("there is no placeholder %s", quoted(name, q));
                s = hole.end;
        }
        return r < 0 ? mem_printf("a placeholder ends in }}: %s", quoted(s, q)) : NULL;
}

static char *check_value(const json_t *value)
{
        const char *key;
        json_t *member;
        size_t i;
        char *why = NULL;

        if (json_is_string(value))
                return check_string(json_string_value(value));
        json_object_foreach((json_t *)value, key, member) {
                if (!why && strstr(key, "{{"))
                        why = mem_strdup("placeholders stand in values, not in keys");
                if (!why)
                        why = check_value(member);
        }
        json_array_foreach(value, i, member)
                if (!why)
                        why = check_value(member);
        return why;
}

int template_check(const char *text, char **ret_compact, char **ret_error)
{
        json_error_t error;
        json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);

        if (!root) {
                AUTO_FREE char *what = text_escaped(error.text, strlen(error.text));

                *ret_error = mem_printf("that is no JSON: line %d of it: %s%s", error.line, what,
                                        strstr(text, "{{") ? "; placeholders stand in strings, "
                                                             "between \" and \"" : "");
                return -EINVAL;
        }
        char *why = check_value(root);

        if (!why) {
                *ret_compact = json_dumps(root, JSON_COMPACT | JSON_ENSURE_ASCII);
                if (!*ret_compact)
                        mem_exhausted();
        }
        *ret_error = why;
        json_decref(root);
        return why ? -EINVAL : 0;
}

int template_has(const char *text, const char *name)
{
        struct template_hole hole;

        for (; template_next(text, &hole) > 0; text = hole.end)
                if (strlen(name) == hole.name_len && memcmp(hole.name, name, hole.name_len) == 0)
                        return 1;
        return 0;
}
