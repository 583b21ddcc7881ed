/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The input is a file in memory, so nobody waits for a pipe to be read, and the end comes through a
 * descriptor for the process (pidfd), so no handler of SIGCHLD is shared with anybody.
 *
 * The child is over when the leader of its group has ended: what it left running is killed before
 * it is reaped, for only until then the number of the group cannot be another's.
 */
#include "daemon/alert/child.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/mem.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_READ_BYTES ((size_t)1 << 20)
#define REAP_MS 100 /* a killed process that is not gone by then hangs in the kernel */

struct child {
        pid_t pid;
        int pid_fd, output_fd;
        struct event ended, output, deadline;
        struct buf kept;
        size_t n_read;
        bool timed_out;
        child_done_fn *on_done;
        void *arg;
};

static void close_fd(int *fd)
{
        if (*fd >= 0)
                close(*fd);
        *fd = -1;
}

static void child_free(struct child *c)
{
        event_del(&c->ended);
        event_del(&c->output);
        event_del(&c->deadline);
        close_fd(&c->pid_fd);
        close_fd(&c->output_fd);
        buf_done(&c->kept);
        free(c);
}

/* --- its output ------------------------------------------------------------------------------- */

static void read_output(struct child *c)
{
        char piece[CHILD_MAX_OUTPUT_BYTES];
        ssize_t n = read(c->output_fd, piece, sizeof(piece));

        if (n > 0) {
                buf_append(&c->kept, piece, (size_t)n);
                c->n_read += (size_t)n;
        }
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR) || c->n_read > MAX_READ_BYTES) {
                event_del(&c->output);
                close_fd(&c->output_fd);
        }
}

static void on_output(evutil_socket_t fd, short what, void *arg)
{
        (void)fd, (void)what;
        read_output(arg);
}

/* --- its end ---------------------------------------------------------------------------------- */

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
        struct child *c = arg;

        (void)fd, (void)what;
        c->timed_out = true;
        kill(-c->pid, SIGKILL); /* on_ended() follows */
}

/* What it has written last may still be in the pipe. */
static void on_ended(evutil_socket_t fd, short what, void *arg)
{
        struct child *c = arg;
        child_done_fn *on_done = c->on_done;
        void *done_arg = c->arg;
        int status = 0;

        (void)fd, (void)what;
        kill(-c->pid, SIGKILL);
        waitpid(c->pid, &status, 0);
        if (c->output_fd >= 0 && c->kept.len < CHILD_MAX_OUTPUT_BYTES)
                read_output(c);
        AUTO_FREE char *output = mem_copy(buf_str(&c->kept), c->kept.len);
        const struct child_end end = { status, c->timed_out, output, c->kept.len };

        child_free(c);
        on_done(&end, done_arg);
}

void child_kill(struct child *c)
{
        if (!c)
                return;
        struct pollfd gone = { .fd = c->pid_fd, .events = POLLIN };

        kill(-c->pid, SIGKILL);
        poll(&gone, 1, REAP_MS);
        waitpid(c->pid, NULL, WNOHANG);
        child_free(c);
}

/* --- its beginning ---------------------------------------------------------------------------- */

/* A descriptor from which @text can be read; or -errno. */
static int input_file(const char *text)
{
        size_t n = strlen(text);
        int fd = memfd_create("message", MFD_CLOEXEC);

        if (fd < 0)
                return -errno;
        if (write(fd, text, n) != (ssize_t)n || lseek(fd, 0, SEEK_SET) < 0) {
                close(fd);
                return -EIO;
        }
        return fd;
}

/* In a group of its own, every signal as usual and none blocked. */
static int set_attributes(posix_spawnattr_t *a)
{
        sigset_t all, none;
        int e;

        sigfillset(&all);
        sigemptyset(&none);
        e = posix_spawnattr_setflags(a, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF |
                                                POSIX_SPAWN_SETSIGMASK);
        e = e ? e : posix_spawnattr_setsigdefault(a, &all);
        return e ? e : posix_spawnattr_setsigmask(a, &none);
}

static int set_files(posix_spawn_file_actions_t *f, int input, int output)
{
        int e = posix_spawn_file_actions_adddup2(f, input, 0);

        e = e ? e : posix_spawn_file_actions_adddup2(f, output, 1);
        e = e ? e : posix_spawn_file_actions_adddup2(f, output, 2);
        e = e ? e : posix_spawn_file_actions_addclosefrom_np(f, 3);
        return e ? e : posix_spawn_file_actions_addchdir_np(f, "/");
}

/* posix_spawn() does not copy our page tables, which fork() would, while nothing else happens. */
static int spawn(pid_t *ret, const struct child_options *o, int input, int output)
{
        posix_spawn_file_actions_t files;
        posix_spawnattr_t attributes;

        posix_spawn_file_actions_init(&files);
        posix_spawnattr_init(&attributes);
        int e = set_attributes(&attributes);

        e = e ? e : set_files(&files, input, output);
        e = e ? e : posix_spawn(ret, o->argv[0], &files, &attributes, o->argv, o->environment);
        posix_spawnattr_destroy(&attributes);
        posix_spawn_file_actions_destroy(&files);
        return -e;
}

/* Runs the program; the parent's ends of what connects us are in @c. */
static int begin(struct child *c, const struct child_options *o)
{
        int ends[2], input = input_file(o->input);

        if (input < 0)
                return input;
        if (pipe2(ends, O_CLOEXEC) < 0) {
                int e = -errno;

                close(input);
                return e;
        }
        fcntl(ends[0], F_SETFL, O_NONBLOCK);
        int r = spawn(&c->pid, o, input, ends[1]);

        close(input);
        close(ends[1]);
        c->output_fd = ends[0];
        if (r < 0)
                return r;
        c->pid_fd = (int)syscall(SYS_pidfd_open, c->pid, 0);
        if (c->pid_fd >= 0)
                return 0;
        r = -errno;
        kill(-c->pid, SIGKILL);
        waitpid(c->pid, NULL, 0);
        return r;
}

int child_start(struct child **ret, struct event_base *base, const struct child_options *o,
                child_done_fn *on_done, void *arg)
{
        const struct timeval limit = { o->timeout_ms / 1000, o->timeout_ms % 1000 * 1000 };
        struct child *c = mem_new0(1, sizeof(*c));

        *c = (struct child){
                .pid_fd = -1,
                .output_fd = -1,
                .kept = BUF_INIT(CHILD_MAX_OUTPUT_BYTES),
                .on_done = on_done,
                .arg = arg,
        };
        int r = begin(c, o);

        event_assign(&c->ended, base, c->pid_fd, EV_READ, on_ended, c);
        event_assign(&c->output, base, c->output_fd, EV_READ | EV_PERSIST, on_output, c);
        evtimer_assign(&c->deadline, base, on_deadline, c);
        if (r < 0) {
                child_free(c);
                return r;
        }
        event_add(&c->ended, NULL);
        event_add(&c->output, NULL);
        event_add(&c->deadline, &limit);
        *ret = c;
        return 0;
}
