/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine under every dialogue in the clear. The contracts are in dialogue.h and
 * dialogue_internal.h.
 *
 * What the peer says is taken in byte by byte. So it cannot matter how the network cut it, and the
 * dialogue ends at the very byte that gives the go-ahead: what follows is never looked at here.
 */
#include "daemon/probe/dialogue.h"

#include "common/base/mem.h"
#include "common/base/text.h"
#include "daemon/probe/dialogue_internal.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define SAY_MAX 8192     /* of ours that waits to be sent: a proxy's credentials are the longest */
#define MESSAGES_MAX 512 /* FTP's banners and lists are the longest, below 100 lines */
#define WORDS_MAX 240
#define QUOTE_MAX 40 /* bytes of another protocol, enough to tell which one it is */

#define TLS_ALERT 0x15 /* the first byte of a record (RFC 8446 section 5.1) ... */
#define TLS_HANDSHAKE 0x16
#define TLS_MAJOR 3 /* ... the second, and the third is at most ... */
#define TLS_MINOR_MAX 4

/* ---- words ---------------------------------------------------------------------------------- */

static void vset_words(struct dialogue *d, const char *fmt, va_list ap)
{
        buf_clear(&d->words);
        buf_vprintf(&d->words, fmt, ap);
}

/* A peer that speaks TLS from the first byte may wait for us as we do for it. */
static void say_what_is_owed(struct dialogue *d)
{
        buf_clear(&d->words);
        if (d->owed)
                buf_printf(&d->words, "no answer to %s", d->owed);
        else
                buf_printf(&d->words, "no %s greeting", d->dialect->protocol);
        if (d->heard == 0 && d->dialect->implicit)
                buf_printf(&d->words, "; if the server speaks TLS from the first byte, write %s://",
                           d->dialect->implicit);
}

void dialogue_end(struct dialogue *d, enum dialogue_progress progress, const char *fmt, ...)
{
        va_list ap;

        assert(d->progress == DIALOGUE_ON && progress != DIALOGUE_ON);
        d->progress = progress;
        va_start(ap, fmt);
        vset_words(d, fmt, ap);
        va_end(ap);
}

void dialogue_refused(struct dialogue *d, const void *words, size_t n)
{
        dialogue_end(d, DIALOGUE_REFUSED, "peer refused: ");
        text_escape(&d->words, words, n);
}

void dialogue_alien(struct dialogue *d)
{
        size_t n = 0;

        while (n < d->in.len && n < QUOTE_MAX && d->in.data[n] != '\n' && d->in.data[n] != '\r')
                n++;
        dialogue_end(d, DIALOGUE_BROKEN, "not %s: peer sent \"", d->dialect->protocol);
        text_escape(&d->words, buf_str(&d->in), n);
        buf_puts(&d->words, "\"");
}

const char *dialogue_words(const struct dialogue *d)
{
        return buf_str(&d->words);
}

const void *dialect_farewell(const struct dialect *dialect, size_t *ret_n)
{
        *ret_n = dialect->n_farewell;
        return dialect->farewell;
}

/* ---- what we say ---------------------------------------------------------------------------- */

void dialogue_say(struct dialogue *d, const void *bytes, size_t n)
{
        buf_append(&d->out, bytes, n);
        if (d->out.full)
                dialogue_end(d, DIALOGUE_BROKEN, "peer demands more answers than it takes");
}

void dialogue_ask(struct dialogue *d, const void *bytes, size_t n, const char *for_people)
{
        d->owed = for_people;
        say_what_is_owed(d);
        dialogue_say(d, bytes, n);
        d->asked = d->out.len;
}

void dialogue_await_greeting(struct dialogue *d)
{
        d->owed = NULL;
        say_what_is_owed(d);
}

const void *dialogue_to_send(const struct dialogue *d, size_t *ret_n)
{
        *ret_n = d->out.len - d->sent;
        return buf_str(&d->out) + d->sent;
}

void dialogue_sent(struct dialogue *d, size_t n)
{
        d->sent += n;
        assert(d->sent <= d->out.len);
        if (d->sent == d->out.len) {
                buf_clear(&d->out);
                d->sent = d->asked = 0;
        }
}

/* ---- what we hear --------------------------------------------------------------------------- */

bool dialogue_in_turn(struct dialogue *d)
{
        if (d->is_early)
                dialogue_end(d, DIALOGUE_BROKEN, "peer answered %s before it was asked", d->owed);
        return !d->is_early;
}

void dialogue_ready(struct dialogue *d)
{
        if (dialogue_in_turn(d))
                dialogue_end(d, DIALOGUE_READY, "ready");
}

enum frame frame_line(struct dialogue *d)
{
        size_t n = d->in.len;

        if (d->in.data[n - 1] == '\0')
                return FRAME_ALIEN;
        if (d->in.data[n - 1] != '\n')
                return FRAME_PART;
        n -= n > 1 && d->in.data[n - 2] == '\r' ? 2 : 1;
        d->in.data[n] = '\0';
        d->in.len = n;
        return FRAME_WHOLE;
}

/*
 * Whether the first bytes are those of a TLS record, or still may be: then nobody else looks at
 * them. No dialect knows a message that begins so, but for a greeting of MySQL with 789 bytes.
 */
static bool is_tls(struct dialogue *d)
{
        const unsigned char *b = (const unsigned char *)d->in.data;

        if (d->heard > 3 || d->in.len != d->heard || (b[0] != TLS_ALERT && b[0] != TLS_HANDSHAKE) ||
            (d->heard > 1 && b[1] != TLS_MAJOR) || (d->heard > 2 && b[2] > TLS_MINOR_MAX))
                return false;
        if (d->heard < 3)
                return true;
        if (d->dialect->implicit)
                dialogue_end(d, DIALOGUE_BROKEN, "peer speaks TLS from the first byte: write %s://",
                             d->dialect->implicit);
        else
                dialogue_end(d, DIALOGUE_BROKEN, "peer speaks TLS, not %s", d->dialect->protocol);
        return true;
}

static void hear_message(struct dialogue *d)
{
        if (++d->n_messages > MESSAGES_MAX)
                dialogue_end(d, DIALOGUE_BROKEN, "not %s: peer sent more than %d messages",
                             d->dialect->protocol, MESSAGES_MAX);
        else
                d->dialect->hear(d);
        buf_clear(&d->in);
}

/* The first of the @n bytes is new; the others only help to tell people what an alien said. */
static void hear_byte(struct dialogue *d, const char *bytes, size_t n)
{
        d->is_early = d->in.len == 0 ? d->sent < d->asked : d->is_early;
        d->heard++;
        buf_append(&d->in, bytes, 1);
        if (d->heard == 1)
                say_what_is_owed(d);
        if (is_tls(d))
                return;
        if (d->heard > DIALOGUE_MAX_BYTES) {
                dialogue_end(d, DIALOGUE_BROKEN, "not %s: peer sent more than %d bytes",
                             d->dialect->protocol, DIALOGUE_MAX_BYTES);
                return;
        }
        if (d->in.full) {
                dialogue_end(d, DIALOGUE_BROKEN, "not %s: peer sent %zu bytes without an end",
                             d->dialect->protocol, d->dialect->max_message);
                return;
        }
        switch (d->dialect->frame(d)) {
        case FRAME_PART:
                return;
        case FRAME_WHOLE:
                hear_message(d);
                return;
        case FRAME_ALIEN:
                buf_append(&d->in, bytes + 1, n - 1);
                dialogue_alien(d);
        }
}

enum dialogue_progress dialogue_hear(struct dialogue *d, const void *bytes, size_t n,
                                     size_t *ret_used)
{
        size_t used = 0;

        for (; used < n && d->progress == DIALOGUE_ON; used++)
                hear_byte(d, (const char *)bytes + used, n - used);
        *ret_used = used;
        return d->progress;
}

/* ---- life ----------------------------------------------------------------------------------- */

struct dialogue *dialogue_new(const struct dialect *dialect, const struct dialogue_terms *terms)
{
        struct dialogue *d = mem_new0(1, sizeof(*d));

        d->dialect = dialect;
        d->terms = *terms;
        d->in = BUF_INIT(dialect->max_message);
        d->out = BUF_INIT(SAY_MAX);
        d->words = d->reply = BUF_INIT(WORDS_MAX);
        dialect->begin(d);
        assert(d->progress == DIALOGUE_ON);
        return d;
}

void dialogue_free(struct dialogue *d)
{
        if (!d)
                return;
        if (d->dialect->end)
                d->dialect->end(d);
        buf_done(&d->in);
        buf_done(&d->out);
        buf_done(&d->words);
        buf_done(&d->reply);
        free(d);
}
