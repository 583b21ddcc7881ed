/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in talk.h. The dialogue bounds what is read: DIALOGUE_MAX_BYTES in all. */
#include "daemon/probe/talk.h"

#include "daemon/probe/dialogue.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define LOOK_BYTES 4096 /* at once; a greeting or an answer is shorter */

void talk_start(struct talk *t, const struct dialect *dialect, const struct dialogue_terms *terms)
{
        talk_end(t);
        t->dialogue = dialogue_new(dialect, terms);
}

void talk_end(struct talk *t)
{
        dialogue_free(t->dialogue);
        *t = (struct talk){ 0 };
}

const char *talk_words(const struct talk *t)
{
        return *t->words ? t->words : dialogue_words(t->dialogue);
}

/*
 * False: the socket takes no more for now. That it takes nothing any more is not the end: a server
 * that is too busy says so, closes, and does not wait for what we say.
 */
static bool say(struct talk *t, int fd)
{
        for (;;) {
                size_t n;
                const void *bytes = dialogue_to_send(t->dialogue, &n);

                if (n == 0 || t->send_error)
                        return true;
                ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);

                if (sent > 0)
                        dialogue_sent(t->dialogue, (size_t)sent);
                else if (errno == EAGAIN)
                        return false;
                else if (errno != EINTR)
                        t->send_error = errno;
        }
}

static enum talk_progress lost(struct talk *t, int e)
{
        if (e == 0)
                snprintf(t->words, sizeof(t->words), "peer closed the connection: %s",
                         dialogue_words(t->dialogue));
        else if (e == ECONNRESET || e == EPIPE)
                snprintf(t->words, sizeof(t->words), "peer reset the connection: %s",
                         dialogue_words(t->dialogue));
        else
                snprintf(t->words, sizeof(t->words), "connection lost (%s): %s", strerror(e),
                         dialogue_words(t->dialogue));
        return TALK_FAILED;
}

/* Takes in what has come; TALK_DONE: and there may be more to say or to hear. */
static enum talk_progress hear(struct talk *t, int fd)
{
        char bytes[LOOK_BYTES];
        ssize_t n = recv(fd, bytes, sizeof(bytes), MSG_PEEK);
        size_t used = 0;

        if (n < 0 && errno == EINTR)
                return TALK_DONE;
        if (n < 0 && errno == EAGAIN)
                return t->send_error ? lost(t, t->send_error) : TALK_WANT_READ;
        if (n <= 0)
                return lost(t, n < 0 ? errno : t->send_error);
        t->heard = true;
        enum dialogue_progress progress = dialogue_hear(t->dialogue, bytes, (size_t)n, &used);

        assert(used <= (size_t)n && (used > 0 || progress != DIALOGUE_ON));
        if (used > 0 && recv(fd, bytes, used, 0) != (ssize_t)used)
                return lost(t, ECONNRESET); /* they were there a moment ago */
        switch (progress) {
        case DIALOGUE_ON:      return TALK_DONE;
        case DIALOGUE_READY:   t->is_ready = true; return TALK_DONE;
        case DIALOGUE_REFUSED:
        case DIALOGUE_BROKEN:  break;
        }
        return TALK_FAILED;
}

enum talk_progress talk_on(struct talk *t, int fd)
{
        enum talk_progress r = TALK_DONE;

        while (r == TALK_DONE) {
                if (!say(t, fd))
                        return TALK_WANT_WRITE;
                if (t->is_ready)
                        return t->send_error ? lost(t, t->send_error) : TALK_DONE;
                r = hear(t, fd);
        }
        return r;
}

size_t talk_unread(int fd)
{
        int n = 0;

        return ioctl(fd, FIONREAD, &n) == 0 && n > 0 ? (size_t)n : 0;
}
