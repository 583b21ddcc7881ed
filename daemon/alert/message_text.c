/* SPDX-License-Identifier: Apache-2.0 */
/* A message for people: in one line, and as the body of a mail. The contract is in message.h. */
#include "daemon/alert/message.h"

#include "daemon/alert/excerpt.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "common/base/parse.h"
#include "config/loader.h"

#include <stdbool.h>
#include <string.h>

#define TEXT_MAX_BYTES 3000 /* of one part of a body */
#define NAME_MAX_BYTES 200

/* Is there something to do? */
static bool has_remedy(const struct message *m)
{
        return m->remedy && *m->remedy && m->kind != MESSAGE_RESOLVED;
}

char *message_text(const struct message *m, size_t max_bytes)
{
        const char *summary = m->summary ? m->summary : "", *join = "";
        bool remedy = has_remedy(m);
        size_t n = strlen(summary);

        if (remedy)
                join = n > 0 && summary[n - 1] == '.' ? " Remedy: " : ". Remedy: ";
        AUTO_FREE char *all = mem_printf("%s%s%s", summary, join, remedy ? m->remedy : "");

        return excerpt(all, max_bytes);
}

static void put_part(struct buf *out, const char *label, const char *text)
{
        AUTO_FREE char *s = excerpt(text, TEXT_MAX_BYTES);

        if (*s)
                buf_printf(out, "\n%s%s\n", label, s);
}

/* The summary has its name; that may say nothing to whoever reads it at night. */
static void put_target(struct buf *out, const struct message *m)
{
        if (message_has_code(m) && m->n_members == 0 && m->target &&
            (!m->name || strcmp(m->name, m->target) != 0))
                put_part(out, "Target: ", m->target);
}

static void put_since(struct buf *out, const struct message *m)
{
        char since[TIME_STR_MAX], span[SPAN_STR_MAX];

        if (!message_has_code(m) || m->kind == MESSAGE_REPLACED)
                return;
        buf_printf(out, "\nSince: %s", time_str(m->since_s, since));
        if (m->at_s > m->since_s)
                buf_printf(out, " (for %s)", span_str(m->at_s - m->since_s, span));
        buf_puts(out, "\n");
}

static void put_member(struct buf *out, const struct message_member *member)
{
        AUTO_FREE char *name = excerpt(member->name, NAME_MAX_BYTES);
        AUTO_FREE char *target = excerpt(member->target, NAME_MAX_BYTES);
        bool same = !*target || strcmp(name, target) == 0, still = member->kind == MESSAGE_REMINDER;
        char since[TIME_STR_MAX];

        buf_printf(out, "  %-8s  %-8s  %s%s%s%s, since %s\n",
                   still ? "open" : message_kind_str(member->kind),
                   message_severity_str(member->severity), name, same ? "" : " (",
                   same ? "" : target, same ? "" : ")", time_str(member->since_s, since));
}

static void put_members(struct buf *out, const struct message *m)
{
        if (m->n_members == 0)
                return;
        buf_printf(out, "\nOpen now: %lld", (long long)m->n_open);
        if (message_has_code(m))
                buf_printf(out, "; opened since the last message: %lld; resolved: %lld",
                           (long long)m->n_opened, (long long)m->n_resolved);
        buf_puts(out, ".\n");
        for (size_t i = 0; i < m->n_members; i++)
                put_member(out, &m->members[i]);
        if ((int64_t)m->n_members < m->n_open + m->n_resolved)
                buf_printf(out, "  ... and more: `notafter status` lists all that are open.\n");
}

/* What may be typed at a shell as it is: a name comes from the operator, but from a file. */
static bool is_plain(const char *s)
{
        static const char PLAIN[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                    "._:/@%+,-";

        return *s && *s != '-' && s[strspn(s, PLAIN)] == '\0';
}

/* With the configuration: what is found must be what the daemon found, under the same name. */
static void put_see_more(struct buf *out, const struct message *m)
{
        const char *what = m->name && is_plain(m->name) ? m->name : m->target;

        if (!message_has_code(m))
                return;
        buf_puts(out, "\nSee more:\n");
        if (what && is_plain(what))
                buf_printf(out, "  notafter check -c " DEFAULT_CONFIG " %s\n", what);
        buf_printf(out, "  notafter explain %s\n  notafter status\n", message_code(m));
}

char *message_body(const struct message *m, size_t max_bytes)
{
        struct buf out = BUF_INIT(max_bytes);
        AUTO_FREE char *summary = excerpt(m->summary, TEXT_MAX_BYTES);

        buf_printf(&out, "%s\n", summary);
        if (has_remedy(m))
                put_part(&out, "Remedy: ", m->remedy);
        if (m->evidence)
                put_part(&out, "How we know: ", m->evidence);
        put_target(&out, m);
        put_since(&out, m);
        put_members(&out, m);
        put_see_more(&out, m);
        return buf_steal(&out);
}
