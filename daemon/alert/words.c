/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A summary is: who, how it stands, what, and of several endpoints some names. The contract is in
 * words.h.
 */
#include "daemon/alert/words.h"

#include "common/base/buf.h"
#include "common/base/parse.h"

#include <string.h>

#define SUMMARY_MAX_BYTES 8192 /* message_to_json() keeps less */
#define NAMES_SHOWN 3

/* What ends, of the problems whose sentence says no more than that and when. */
static const char *const ENDING[FINDING_COUNT] = {
        [FINDING_LEAF_EXPIRED]              = "certificate",
        [FINDING_LEAF_EXPIRING_SOON]        = "certificate",
        [FINDING_CLIENT_CERT_EXPIRED]       = "our client certificate",
        [FINDING_CLIENT_CERT_EXPIRING_SOON] = "our client certificate",
};

/* How many endpoints @m tells of. */
static int64_t endpoints_of(const struct message *m)
{
        int64_t n = m->kind == MESSAGE_RESOLVED   ? m->n_resolved
                    : m->kind == MESSAGE_REPLACED ? m->n_opened
                                                  : m->n_open;

        return m->n_members > 0 && n > 1 ? n : 1;
}

static void put_who(struct buf *out, const struct message *m)
{
        int64_t n = endpoints_of(m);

        if (n > 1)
                buf_printf(out, "%lld endpoints", (long long)n);
        else
                buf_puts(out, m->name);
        if (m->kind != MESSAGE_AMENDED)
                return;
        if (m->n_opened > 0)
                buf_printf(out, " (%lld more%s", (long long)m->n_opened,
                           m->n_resolved > 0 ? "" : ")");
        if (m->n_resolved > 0)
                buf_printf(out, "%s%lld resolved)", m->n_opened > 0 ? ", " : " (",
                           (long long)m->n_resolved);
}

/* What has changed, or that nothing has. */
static void put_standing(struct buf *out, const struct message *m)
{
        char span[SPAN_STR_MAX];

        span_str(m->at_s > m->since_s ? m->at_s - m->since_s : 0, span);
        if (m->kind == MESSAGE_RESOLVED)
                buf_printf(out, "resolved after %s: ", span);
        else if (m->kind == MESSAGE_REMINDER)
                buf_printf(out, "still open after %s: ", span);
        else if (m->kind == MESSAGE_WORSENED || m->kind == MESSAGE_IMPROVED)
                buf_printf(out, "now %s, was %s: ", message_severity_str(m->severity),
                           message_severity_str(m->previous));
        if (m->flapping && m->kind != MESSAGE_RESOLVED)
                buf_puts(out, "comes and goes, held open: ");
}

/* As of now, not as of the last look; but what that doubts is doubted. */
static bool put_ending(struct buf *out, const struct message *m, const struct words *w)
{
        char span[SPAN_STR_MAX], date[TIME_STR_MAX];

        if (!ENDING[m->code] || m->deadline_s == 0 || m->kind == MESSAGE_RESOLVED)
                return false;
        time_str(m->deadline_s, date);
        span_str(m->deadline_s - m->at_s, span);
        if (m->deadline_s > m->at_s)
                buf_printf(out, "%s expires in %s (%s)", ENDING[m->code], span, date);
        else
                buf_printf(out, "%s expired %s ago (%s)", ENDING[m->code], span, date);
        if (w->sentence && strstr(w->sentence, FINDING_CLOCK_DOUBT))
                buf_puts(out, FINDING_CLOCK_DOUBT);
        return true;
}

/* Which: those of the message are not mixed with others that were resolved. */
static void put_names(struct buf *out, const struct message *m)
{
        int64_t shown = 0, all = endpoints_of(m);

        for (size_t i = 0; i < m->n_members && shown < NAMES_SHOWN && shown < all; i++) {
                const struct message_member *member = &m->members[i];

                if ((member->kind == MESSAGE_RESOLVED) != (m->kind == MESSAGE_RESOLVED))
                        continue;
                buf_printf(out, "%s%s", shown ? ", " : ": ", member->name);
                shown++;
        }
        if (shown > 0 && shown < all)
                buf_printf(out, " and %lld more", (long long)(all - shown));
}

static void put_group(struct buf *out, const struct message *m, const struct words *w)
{
        bool ending = put_ending(out, m, w);

        if (!ending)
                buf_puts(out, FINDINGS[m->code].title);
        put_names(out, m);
        if (!ending && w->sentence && m->kind != MESSAGE_RESOLVED)
                buf_printf(out, "; %s: %s", m->name, w->sentence);
}

static void put_one(struct buf *out, const struct message *m, const struct words *w)
{
        if (put_ending(out, m, w))
                return;
        if (w->sentence && m->kind != MESSAGE_RESOLVED)
                buf_puts(out, w->sentence);
        else
                buf_puts(out, FINDINGS[m->code].title);
}

char *words_summary(const struct message *m, const struct words *w)
{
        struct buf out = BUF_INIT(SUMMARY_MAX_BYTES);

        put_who(&out, m);
        buf_puts(&out, ": ");
        if (w->retired)
                buf_puts(&out, "watched no longer; open was: ");
        else
                put_standing(&out, m);
        if (endpoints_of(m) > 1)
                put_group(&out, m, w);
        else
                put_one(&out, m, w);
        return buf_steal(&out);
}

const char *words_remedy(const struct message *m, const struct words *w)
{
        if (w->retired)
                return "If this was not intended, put the endpoint back into the configuration.";
        if (m->kind == MESSAGE_RESOLVED)
                return "Nothing is left to do.";
        return w->remedy ? w->remedy : "";
}
