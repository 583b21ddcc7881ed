/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A certificate is put in its place by a rename at best; by removing and copying, by writing the
 * leaf and then its issuers, or through a link that is gone for a moment, at worst. Whoever looks
 * in between sees a fault that is none. So a file is believed when nothing happened to it for a few
 * seconds, and a file that cannot be read, when that lasts.
 */
#include "daemon/probe/exam_file.h"

#include "common/base/cleanup.h"
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/base/text.h"
#include "common/cert/chain_file.h"
#include "common/cert/validate.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define QUIET_S 3 /* without a change: longer than the steps of a script are apart */
#define AGAIN_S 2
#define MAX_LOOKS 5 /* what changes all the time, or never gets better, is believed then */

struct file_look {
        const char *path;
        struct event *timer;
        unsigned looks;
        file_look_fn *on_done;
        void *arg;
};

static bool same_time(const struct timespec *a, const struct timespec *b)
{
        return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
        return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
               same_time(&a->st_mtim, &b->st_mtim) && same_time(&a->st_ctim, &b->st_ctim);
}

/* True when it can be believed. The time of change counts: that of writing can be set at will. */
static bool read_once(const char *path, struct file_seen *seen)
{
        struct stat before, after;

        *seen = (struct file_seen){ 0 };
        if (stat(path, &before) < 0)
                seen->error = -errno;
        else if (!S_ISREG(before.st_mode)) /* a pipe that we were given would be waited for */
                seen->error = S_ISDIR(before.st_mode) ? -EISDIR : -ENOTSUP;
        else
                seen->error = chain_read_file(&seen->chain, path, NULL);
        if (seen->error)
                return false;
        seen->mtime_s = before.st_mtim.tv_sec;
        return stat(path, &after) == 0 && same_file(&before, &after) &&
               clock_wall_s() - before.st_ctim.tv_sec >= QUIET_S;
}

static void look_in(struct file_look *l, time_t wait_s)
{
        evtimer_add(l->timer, &(struct timeval){ .tv_sec = wait_s });
}

static void on_look(evutil_socket_t fd, short what, void *arg)
{
        struct file_look *l = arg;
        struct file_seen seen;

        (void)fd;
        (void)what;
        if (!read_once(l->path, &seen) && !file_error_is_ours(seen.error) &&
            ++l->looks < MAX_LOOKS) {
                chain_free(seen.chain);
                look_in(l, AGAIN_S);
        } else {
                l->on_done(&seen, l->arg); /* the last act: it may free the look */
        }
}

struct file_look *file_look_start(struct event_base *base, const char *path, file_look_fn *on_done,
                                  void *arg)
{
        struct file_look *l = mem_new0(1, sizeof(*l));

        l->path = path;
        l->on_done = on_done;
        l->arg = arg;
        l->timer = evtimer_new(base, on_look, l);
        if (!l->timer)
                mem_exhausted();
        look_in(l, 0);
        return l;
}

void file_look_free(struct file_look *l)
{
        if (!l)
                return;
        event_free(l->timer);
        free(l);
}

bool file_error_is_ours(int error)
{
        return error == -EMFILE || error == -ENFILE || error == -ENOMEM;
}

static const char *remedy_of(const char *path, int error)
{
        if (error == -ENOENT && strpbrk(path, "*?["))
                return "A pattern stands for files in the configuration alone; name one file here.";
        switch (-error) {
        case ENOENT:
        case ENOTDIR:
        case ELOOP:
                return "Put the file back, or correct its path.";
        case EACCES:
        case EPERM:
                return "Let the user that notafter runs as read the file and enter its folders, by "
                       "a group (SupplementaryGroups= of its unit) or with setfacl; the private "
                       "key need not be readable.";
        case EISDIR:
        case ENOTSUP:
                return "Name a file of certificates.";
        case EFBIG:
                return "Name a file that holds the certificates of one server and nothing else.";
        default:
                return "Check the disk or the network file system that holds it.";
        }
}

void file_judge(const char *path, int error, const struct policy *policy, struct verdict *v)
{
        AUTO_FREE char *shown = text_escaped(path, strlen(path));
        AUTO_FREE char *message = mem_printf("Cannot read %s: %s.", shown, chain_file_error(error));

        verdict_add(v, error == -EFBIG ? FINDING_RESOURCE_LIMIT : FINDING_INPUT_UNREADABLE, policy,
                    message, remedy_of(path, error));
}
