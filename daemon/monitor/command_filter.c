/* SPDX-License-Identifier: Apache-2.0 */
/* How lists are narrowed down: the parameters that they have in common. */
#include "daemon/monitor/commands_internal.h"

#include "daemon/monitor/condition.h"
#include "daemon/monitor/roster_find.h"

#include <string.h>

#define WORDS_MAX_BYTES 200
#define MAX_WORDS 8 /* each is a search through everything, some milliseconds */
#define SHA256_HEX 64

static json_t *read_states(struct roster_filter *ret, const char *states)
{
        while (states && *states) {
                size_t n = strcspn(states, ",");
                enum condition c;

                if (condition_parse(states, n, &c) < 0)
                        return command_error("a state is critical, warning, failing, unknown or "
                                             "ok; several have commas between");
                ret->conditions |= 1U << c;
                states += n + (states[n] == ',');
        }
        return NULL;
}

static size_t count_words(const char *words)
{
        size_t n = 0;

        while (*(words += strspn(words, ROSTER_BLANKS))) {
                words += strcspn(words, ROSTER_BLANKS);
                n++;
        }
        return n;
}

json_t *command_filter(const json_t *request, struct roster_filter *ret)
{
        const char *code = command_text(request, "code");

        *ret = (struct roster_filter){
                .words = command_text(request, "q"), .label = command_text(request, "label"),
                .leaf = command_text(request, "certificate"), .has_code = code != NULL,
        };
        if (ret->words && (strlen(ret->words) > WORDS_MAX_BYTES ||
                           count_words(ret->words) > MAX_WORDS))
                return command_error("q has at most %d words and %d bytes", MAX_WORDS,
                                     WORDS_MAX_BYTES);
        if (ret->label && !strchr(ret->label, '='))
                return command_error("label is key=value");
        if (ret->leaf && (strlen(ret->leaf) != SHA256_HEX ||
                          strspn(ret->leaf, "0123456789abcdefABCDEF") != SHA256_HEX))
                return command_error("certificate is a SHA-256 of %d hex digits", SHA256_HEX);
        if (code && finding_code_parse(code, &ret->code) < 0)
                return command_error("there is no diagnosis '%s'", code);
        return read_states(ret, command_text(request, "state"));
}
