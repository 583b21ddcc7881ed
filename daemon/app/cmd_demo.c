/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notafter demo: the whole product without a network. One child serves two dozen certificates on
 * loopback, most of them wrong; another is the daemon, as it always is; the parent asks it for its
 * status, prints it, mends one certificate and shows that the daemon notices.
 */
#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/cert/json_text.h"
#include "common/base/parse.h"
#include "daemon/app/commands.h"
#include "daemon/app/control.h"
#include "daemon/app/service.h"
#include "daemon/app/status_print.h"
#include "daemon/app/status_view.h"
#include "daemon/app/wrap.h"
#include "daemon/demo/cases.h"
#include "daemon/demo/server.h"
#include "daemon/web/sockets.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#define MENDED_CASE "expired"
#define USUAL_PLACE "127.0.0.1:9219"
#define ANY_PLACE "127.0.0.1:0"
#define LOOK_PERIOD_MS 200
#define FIRST_ROUND_MS 20000
#define CONFIG_MAX_BYTES 65536
#define SECONDS_MOST 86400

struct options {
        const char *dir, *seconds;
        bool serve_only;
};

static const struct arg_option OPTIONS[] = {
        { "dir", 'd', "DIR", offsetof(struct options, dir),
          "keep certificates, configuration and state here" },
        { "seconds", 's', "N", offsetof(struct options, seconds), "end after N seconds" },
        { "serve-only", 0, NULL, offsetof(struct options, serve_only),
          "serve, but do not watch; SIGUSR1 mends the expired one" },
        { 0 },
};

/* --- the servers ------------------------------------------------------------------------------ */

struct demo {
        const char *dir, *listen;
        struct event_base *base;
        struct demo_pki *pki;
        struct demo_server *servers[DEMO_CASES];
        struct event *on_mend, *on_term, *on_int;
};

static int write_file(const char *dir, const char *name, const char *text)
{
        AUTO_FREE char *path = mem_printf("%s/%s", dir, name);
        FILE *f = fopen(path, "w");
        bool ok = f && fputs(text, f) >= 0;

        if (f && fclose(f) != 0)
                ok = false;
        if (!ok)
                fprintf(stderr, "notafter demo: cannot write %s: %s\n", path, strerror(errno));
        return ok ? 0 : -EIO;
}

static int write_config(const struct demo *d)
{
        struct buf out = BUF_INIT(CONFIG_MAX_BYTES);

        buf_printf(&out, "# Written by `notafter demo`: one endpoint per classic mistake.\n"
                   "state: %s/state\nsocket: %s/notafter.sock\nlisten: %s\n"
                   "include: conf.d/*.yaml\n\n"
                   "limits:\n  address_rate: 100    # all of them are at one address\n\n"
                   "defaults:\n  interval: 2s\n  timeout: 3s\n  failures: 1\n"
                   "  ca_file: root.pem\n  intermediates_file: intermediate.pem\n\n"
                   "endpoints:\n", d->dir, d->dir, d->listen);
        for (size_t i = 0; i < DEMO_CASES; i++) {
                AUTO_FREE char *host = demo_host(&DEMO[i]);

                buf_printf(&out, "  - name: %s            # %s\n    target: %s:%u\n"
                           "    connect_to: 127.0.0.1:%u\n", DEMO[i].name, DEMO[i].about, host,
                           demo_server_port(d->servers[i]), demo_server_port(d->servers[i]));
        }
        int r = write_file(d->dir, "notafter.yaml", buf_str(&out));

        buf_done(&out);
        return r;
}

/* Where the pages go: the usual port, or any that is free. It is ours from here on. */
static int listen_for_pages(struct socket *ret)
{
        int r = socket_open(ret, USUAL_PLACE);

        if (r < 0)
                r = socket_open(ret, ANY_PLACE);
        if (r < 0)
                fprintf(stderr, "notafter demo: cannot listen at %s: %s\n", ANY_PLACE,
                        strerror(-r));
        return r;
}

static int serve_all(struct demo *d)
{
        d->pki = demo_pki_new(clock_wall_s());
        for (size_t i = 0; i < DEMO_CASES; i++) {
                const struct demo_chain *c = demo_pki_chain(d->pki, i);
                int r = demo_server_new(&d->servers[i], d->base, DEMO[i].manner, c->certs, c->n,
                                        c->key, 0);

                if (r < 0) {
                        fprintf(stderr, "notafter demo: cannot serve '%s': %s\n", DEMO[i].name,
                                strerror(-r));
                        return r;
                }
        }
        if (write_file(d->dir, "root.pem", demo_pki_root(d->pki)) < 0 ||
            write_file(d->dir, "intermediate.pem", demo_pki_intermediate(d->pki)) < 0)
                return -EIO;
        return write_config(d);
}

static void on_mend(evutil_socket_t fd, short what, void *arg)
{
        struct demo *d = arg;

        (void)fd; (void)what;
        for (size_t i = 0; i < DEMO_CASES; i++) {
                if (strcmp(DEMO[i].name, MENDED_CASE) != 0)
                        continue;
                demo_pki_mend(d->pki, i, clock_wall_s());
                const struct demo_chain *c = demo_pki_chain(d->pki, i);

                demo_server_replace(d->servers[i], c->certs, c->n, c->key);
        }
}

static void on_end(evutil_socket_t fd, short what, void *arg)
{
        struct demo *d = arg;

        (void)fd; (void)what;
        event_base_loopbreak(d->base);
}

static void demo_done(struct demo *d)
{
        struct event *events[] = { d->on_mend, d->on_term, d->on_int };

        for (size_t i = 0; i < DEMO_CASES; i++)
                demo_server_free(d->servers[i]);
        for (size_t i = 0; i < ARRAY_LEN(events); i++)
                if (events[i])
                        event_free(events[i]);
        demo_pki_free(d->pki);
        if (d->base)
                event_base_free(d->base);
}

/* Serves until SIGTERM; says so through @ready_fd, once the configuration is written. */
static int serve(const char *dir, const char *listen, int ready_fd)
{
        struct demo d = { .dir = dir, .listen = listen, .base = event_base_new() };
        int r = d.base ? serve_all(&d) : -ENOMEM;

        if (r == 0) {
                d.on_mend = evsignal_new(d.base, SIGUSR1, on_mend, &d);
                d.on_term = evsignal_new(d.base, SIGTERM, on_end, &d);
                d.on_int = evsignal_new(d.base, SIGINT, on_end, &d);
                event_add(d.on_mend, NULL);
                event_add(d.on_term, NULL);
                event_add(d.on_int, NULL);
                dprintf(ready_fd, "serving; the configuration is %s/notafter.yaml\n", dir);
                event_base_dispatch(d.base);
        }
        demo_done(&d);
        return r == 0 ? EXIT_OK : EXIT_UNKNOWN;
}

/* --- the two children ------------------------------------------------------------------------- */

/* In the child: ends with the parent, and writes its log to a file. */
static void become_child(const char *dir, const char *log)
{
        AUTO_FREE char *path = mem_printf("%s/%s", dir, log);
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

        prctl(PR_SET_PDEATHSIG, SIGTERM);
        setpgid(0, 0); /* Ctrl-C is for the parent, who ends us in order */
        if (fd >= 0)
                dup2(fd, STDERR_FILENO);
}

/* A child that a signal ends from its first moment, and not one that takes it for the parent's. */
static pid_t fork_child(void)
{
        sigset_t ends, before;

        sigemptyset(&ends);
        sigaddset(&ends, SIGTERM);
        sigaddset(&ends, SIGINT);
        sigprocmask(SIG_BLOCK, &ends, &before);
        pid_t pid = fork();

        if (pid == 0) {
                signal(SIGTERM, SIG_DFL);
                signal(SIGINT, SIG_DFL);
        }
        sigprocmask(SIG_SETMASK, &before, NULL);
        return pid;
}

static pid_t start_servers(const char *dir, const char *listen)
{
        int ready[2];
        char c;

        if (pipe2(ready, O_CLOEXEC) < 0)
                return -1;
        pid_t pid = fork_child();

        if (pid == 0) {
                become_child(dir, "servers.log");
                exit(serve(dir, listen, ready[1]));
        }
        close(ready[1]);
        if (pid > 0 && read(ready[0], &c, 1) != 1) {
                kill(pid, SIGTERM); /* it may be well, and it was we who were interrupted */
                waitpid(pid, NULL, 0);
                pid = -1;
        }
        close(ready[0]);
        return pid;
}

/* As a service manager passes a socket on: sd_listen_fds(3). */
static void pass_on(int fd)
{
        char pid[16];

        snprintf(pid, sizeof(pid), "%d", (int)getpid());
        dup2(fd, SD_LISTEN_FDS_START);
        setenv("LISTEN_PID", pid, 1);
        setenv("LISTEN_FDS", "1", 1);
        if (fd != SD_LISTEN_FDS_START)
                close(fd);
}

static pid_t start_daemon(const char *dir, int pages_fd)
{
        pid_t pid = fork_child();

        if (pid == 0) {
                AUTO_FREE char *path = mem_printf("%s/notafter.yaml", dir);

                become_child(dir, "daemon.log");
                pass_on(pages_fd);
                int status = service_run(path);

                free(TAKE(path));
                exit(status);
        }
        return pid;
}

/* Ends a child and waits for it; 0 when it ended as it should. */
static int end_child(pid_t pid)
{
        int status = 0;

        if (pid <= 0)
                return 0;
        kill(pid, SIGTERM);
        waitpid(pid, &status, 0);
        bool early = WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM;

        return early || (WIFEXITED(status) && WEXITSTATUS(status) == 0) ? 0 : -1;
}

/* --- the parent ------------------------------------------------------------------------------- */

static volatile sig_atomic_t ended;

static void on_signal(int number)
{
        (void)number;
        ended = 1;
}

static void pause_ms(int64_t ms)
{
        nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 }, NULL);
}

/* Asks the daemon until @good says yes or the time is over; the last answer, or NULL. */
static json_t *wait_until(const char *socket, bool (*good)(const json_t *), int64_t until_ms)
{
        json_t *request = json_must(json_pack("{s:s}", "command", "status")), *status = NULL;

        while (!ended && clock_mono_ms() < until_ms) {
                json_decref(status);
                status = NULL;
                if (control_ask(socket, request, &status) == 0 && good(status))
                        break;
                pause_ms(LOOK_PERIOD_MS);
        }
        json_decref(request);
        return status;
}

static bool all_seen(const json_t *status)
{
        const json_t *totals = json_object_get(status, "endpoints_total");

        return json_integer_value(json_object_get(totals, "unknown")) == 0;
}

static bool is_mended(const json_t *status)
{
        const json_t *e;
        size_t i;

        json_array_foreach(json_object_get(status, "endpoints"), i, e)
                if (strcmp(json_string_value(json_object_get(e, "id")), MENDED_CASE) == 0)
                        return json_array_size(json_object_get(e, "problems")) == 0;
        return false;
}

static void show_mending(const char *socket, pid_t servers, int64_t until_ms)
{
        if (ended || clock_mono_ms() >= until_ms)
                return;
        printf("\nNow the owner of '%s' renews the certificate ...\n", MENDED_CASE);
        fflush(stdout);
        kill(servers, SIGUSR1);
        json_t *status = wait_until(socket, is_mended, until_ms);

        if (status && is_mended(status))
                printf("... and notafter has seen it: '%s' is resolved.\n", MENDED_CASE);
        json_decref(status);
}

static void print_status(const char *socket)
{
        const struct terminal t = terminal_of(stdout);
        struct status_view v = { 0 };
        AUTO_FREE char *error = NULL;
        json_t *all = json_must(json_object());

        if (status_view_ask(&v, socket, all, &error) == 0)
                status_print(&v, &t);
        status_view_done(&v);
        json_decref(all);
}

/* The first picture is shown also when the machine is so slow that the time is over by then. */
static int show(const char *dir, const char *pages, pid_t servers, int64_t until_ms)
{
        AUTO_FREE char *socket = mem_printf("%s/notafter.sock", dir);
        json_t *status = wait_until(socket, all_seen, clock_mono_ms() + FIRST_ROUND_MS);

        if (!status) {
                if (!ended)
                        fprintf(stderr, "notafter demo: the daemon does not answer; see "
                                "%s/daemon.log\n", dir);
                return ended ? EXIT_OK : EXIT_UNKNOWN;
        }
        json_decref(status);
        print_status(socket);
        printf("\nThe same in a browser, while the demo runs: http://%s/\n", pages);
        fflush(stdout);
        show_mending(socket, servers, until_ms);
        if (until_ms == INT64_MAX)
                printf("\nThe daemon goes on watching. Look at it with\n"
                       "  notafter status --socket %s\n"
                       "  cat %s/notafter.yaml\n"
                       "  cat %s/daemon.log\nCtrl-C ends the demo.\n", socket, dir, dir);
        fflush(stdout);
        while (!ended && clock_mono_ms() < until_ms)
                pause_ms(LOOK_PERIOD_MS);
        return EXIT_OK;
}

static int demo(const char *dir, int64_t seconds)
{
        int64_t until_ms = seconds ? clock_mono_ms() + seconds * 1000 : INT64_MAX;
        struct sigaction action = { .sa_handler = on_signal };
        struct socket pages;

        sigaction(SIGINT, &action, NULL);
        sigaction(SIGTERM, &action, NULL);
        printf("notafter demo: %d servers on loopback, most of them wrong on purpose, in %s\n\n",
               DEMO_CASES, dir);
        fflush(stdout);
        if (listen_for_pages(&pages) < 0)
                return EXIT_UNKNOWN;
        pid_t servers = start_servers(dir, pages.place);
        pid_t watcher = servers > 0 ? start_daemon(dir, pages.fd) : -1;
        int status = watcher > 0 ? show(dir, pages.place, servers, until_ms)
                     : ended     ? EXIT_OK
                                 : EXIT_UNKNOWN;

        if (watcher <= 0 && !ended)
                fprintf(stderr, "notafter demo: cannot start; see %s/servers.log\n", dir);
        bool ok = end_child(watcher) == 0;

        ok = end_child(servers) == 0 && ok;
        socket_done(&pages);
        return ok ? status : EXIT_UNKNOWN;
}

/* --- the folder ------------------------------------------------------------------------------- */

static int remove_entry(const char *path, const struct stat *st, int kind, struct FTW *at)
{
        (void)st; (void)kind; (void)at;
        return remove(path);
}

/* Only ever called for a folder that mkdtemp() has made for us. */
static void remove_folder(const char *dir)
{
        nftw(dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static int run(int argc, char **argv)
{
        struct options o = { 0 };
        int status, first = args_parse(&COMMAND_DEMO, argc, argv, &o, &status);
        char made[] = "/tmp/notafter-demo-XXXXXX";
        int64_t seconds = 0;

        if (first < 0)
                return status;
        if (first < argc)
                return args_error(&COMMAND_DEMO, "'%s' is one word too many", argv[first]);
        if (o.seconds &&
            (parse_int(o.seconds, &seconds) < 0 || seconds < 1 || seconds > SECONDS_MOST))
                return args_error(&COMMAND_DEMO, "--seconds: '%s' is not a number from 1 to %d",
                                  o.seconds, SECONDS_MOST);
        if (o.dir && mkdir(o.dir, 0755) < 0 && errno != EEXIST)
                return args_error(&COMMAND_DEMO, "cannot make %s: %s", o.dir, strerror(errno));
        AUTO_FREE char *dir = o.dir ? realpath(o.dir, NULL) : mem_strdup(mkdtemp(made));

        if (!dir)
                return args_error(&COMMAND_DEMO, "cannot make a folder: %s", strerror(errno));
        if (o.serve_only)
                return serve(dir, ANY_PLACE, STDOUT_FILENO); /* the daemon that comes says where */
        status = demo(dir, seconds);
        if (!o.dir)
                remove_folder(dir);
        return status;
}

const struct command COMMAND_DEMO = {
        .name = "demo",
        .operands = "",
        .help = "watch two dozen loopback servers with the classic mistakes",
        .options = OPTIONS,
        .details = "Needs no network and leaves nothing behind unless --dir is given.",
        .run = run,
};
