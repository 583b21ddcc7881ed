/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in explain.h. */
#include "daemon/notice/explain.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "common/base/parse.h"
#include "common/base/text.h"
#include "config/model.h"
#include "daemon/notice/routing.h"
#include "daemon/notice/silence.h"

#include <errno.h>
#include <string.h>

#define ERROR_MAX_BYTES 1024
#define EXPLAIN_MAX_BYTES (1024 * 1024)

/* --- who and what is meant -------------------------------------------------------------------- */

static char *no_endpoint(const struct config *c, const char *text)
{
        AUTO_FREE char *shown = text_escaped(text, strlen(text));
        const char *near = config_nearest_name(c, text);

        return mem_printf("there is no endpoint with the name or target '%s'%s%s%s", shown,
                          near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

/* Several with one target have names of their own, and one of these is to be said. */
static const struct config_endpoint *find_endpoint(const struct config *c, const char *text,
                                                   char **ret_error)
{
        const struct config_endpoint *found = NULL;
        struct buf names = BUF_INIT(ERROR_MAX_BYTES);
        AUTO_FREE char *not_a_target = NULL; /* it may be a name only */
        struct target t = { 0 };
        bool exact = false;
        size_t n = 0;

        target_parse(text, &t, &not_a_target);
        for (size_t i = 0; i < c->n_endpoints && !exact; i++) {
                const struct config_endpoint *e = &c->endpoints[i];

                exact = strcmp(e->id, text) == 0;
                if (exact || config_endpoint_is_meant(e, text, &t)) {
                        found = e;
                        buf_printf(&names, "%s%s", n++ ? ", " : "", e->id);
                }
        }
        target_done(&t);
        if (n == 0)
                *ret_error = no_endpoint(c, text);
        else if (n > 1 && !exact)
                *ret_error = mem_printf("several endpoints have this target; say one of: %s",
                                        buf_str(&names));
        buf_done(&names);
        return exact || n == 1 ? found : NULL;
}

static char *no_code(const char *text)
{
        AUTO_FREE char *shown = text_escaped(text, strlen(text));
        const char *near = finding_code_nearest(text);

        return mem_printf("there is no diagnosis '%s'%s%s%s", shown,
                          near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

/* As the policy or the table has it, unless @severity says more. */
static int find_severity(struct subject *s, const char *severity, char **ret_error)
{
        int8_t wanted = s->endpoint->set->policy.severity[s->code];

        s->severity = wanted >= 0 ? (enum severity)wanted : FINDINGS[s->code].severity;
        if (!severity || (severity_parse(severity, &s->severity) == 0 && s->severity > SEVERITY_OK))
                return 0;
        AUTO_FREE char *shown = text_escaped(severity, strlen(severity));

        *ret_error = mem_printf("a severity is info, warning or error, not '%s'", shown);
        return -EINVAL;
}

int explain_find(const struct config *c, const char *endpoint, const char *code,
                 const char *severity, struct subject *ret, char **ret_error)
{
        struct subject s = { .endpoint = find_endpoint(c, endpoint, ret_error) };

        if (!s.endpoint)
                return -EINVAL;
        if (finding_code_parse(code, &s.code) < 0) {
                *ret_error = no_code(code);
                return -EINVAL;
        }
        if (find_severity(&s, severity, ret_error) < 0)
                return -EINVAL;
        *ret = s;
        return 0;
}

/* --- what becomes of it ----------------------------------------------------------------------- */

/* Why it is no problem at all, or NULL. */
static const char *harmless(const struct subject *s)
{
        if (s->severity == SEVERITY_OK)
                return "the policy ignores it: told to nobody";
        if (s->severity == SEVERITY_INFO && FINDINGS[s->code].class != FINDING_EVENT)
                return "information is no problem: told to nobody";
        return NULL;
}

static void put_silence(struct buf *out, const struct silence *is)
{
        char until[TIME_STR_MAX];

        buf_printf(out, "silence %s holds until %s", is->id, time_str(is->end_s, until));
        if (is->author)
                buf_printf(out, ", made by %s", is->author);
        buf_printf(out, ": %s\n", is->reason);
}

char *explain_subject(const struct config *c, const struct silence_list *l,
                      const struct subject *s, int64_t now_s)
{
        const struct silence *silence = silence_find(l, s, now_s);
        struct buf out = BUF_INIT(EXPLAIN_MAX_BYTES);
        const char *why_not = harmless(s);

        buf_printf(&out, "%s: %s", s->endpoint->name, FINDINGS[s->code].name);
        if (s->severity != SEVERITY_OK)
                buf_printf(&out, ", %s", severity_str(s->severity));
        buf_puts(&out, "\n");
        if (why_not) {
                buf_printf(&out, "%s\n", why_not);
        } else {
                AUTO_FREE char *routes = routing_explain(c, s, now_s);

                buf_puts(&out, routes);
                if (silence)
                        put_silence(&out, silence);
        }
        return buf_steal(&out);
}
