/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in control.h. */
#include "daemon/app/control.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/base/text.h"
#include "common/cert/json_text.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define MAX_CLIENTS 16
#define MAX_REQUEST_BYTES 65536 /* a silence of all the patterns that it may have */
#define CLIENT_TIMEOUT_S 10
#define CLIENT_LINE_MS 1000 /* for a request, when others wait for a place */
#define MAX_ANSWER_BYTES (512U << 20) /* a million endpoints are about 400 MB */

struct control {
        struct event_base *base;
        struct evconnlistener *listener;
        struct event *resume;
        dev_t dev; /* of our socket: another daemon may have put its own there since */
        ino_t ino;
        char *path;
        control_answer_fn *answer;
        void *arg;
        struct client {
                struct bufferevent *stream; /* NULL = a free place */
                int64_t since_ms;
        } clients[MAX_CLIENTS];
};

static int make_address(const char *path, struct sockaddr_un *ret)
{
        *ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
        if (strlen(path) >= sizeof(ret->sun_path))
                return -ENAMETOOLONG;
        memcpy(ret->sun_path, path, strlen(path));
        return 0;
}

static int connect_to(const char *path)
{
        struct sockaddr_un sun;
        int r = make_address(path, &sun), fd;

        if (r < 0)
                return r;
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return -errno;
        if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) < 0) {
                r = -errno;
                close(fd);
                return r;
        }
        return fd;
}

/* --- the daemon's side ------------------------------------------------------------------------ */

static void drop_client(struct control *c, struct bufferevent *client)
{
        for (size_t i = 0; i < MAX_CLIENTS; i++)
                if (c->clients[i].stream == client)
                        c->clients[i].stream = NULL;
        bufferevent_free(client);
}

static void on_client_event(struct bufferevent *client, short what, void *arg)
{
        (void)what; /* end of file, error or timeout: all the same to us */
        drop_client(arg, client);
}

static void on_answered(struct bufferevent *client, void *arg)
{
        drop_client(arg, client);
}

/*
 * The name in the local table of users, or "uid 1000": other tables may be a server away, and the
 * main loop does not wait for servers.
 */
static char *user_name(uid_t uid)
{
        FILE *table = fopen("/etc/passwd", "re");
        const struct passwd *user = NULL;
        char *name;

        while (table && (user = fgetpwent(table)) && user->pw_uid != uid)
                ;
        name = user ? text_escaped(user->pw_name, strlen(user->pw_name))
                    : mem_printf("uid %u", uid);
        if (table)
                fclose(table);
        return name;
}

static json_t *peer_json(struct bufferevent *client)
{
        struct ucred peer;
        socklen_t len = sizeof(peer);

        if (getsockopt(bufferevent_getfd(client), SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
                return json_text("(unknown)");
        AUTO_FREE char *name = user_name(peer.uid);

        return json_text(name);
}

static json_t *answer_line(struct control *c, struct bufferevent *client, const char *line,
                           size_t len)
{
        json_t *request = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL), *doc;

        if (json_is_object(request)) {
                json_object_set_new(request, "user", json_must(peer_json(client)));
                doc = c->answer(request, c->arg);
        } else {
                doc = json_pack("{s:s}", "error", "a request is one JSON object in one line");
        }
        json_decref(request);
        return json_must(doc);
}

/* Consumes @doc. */
static void send_answer(struct control *c, struct bufferevent *client, json_t *doc)
{
        AUTO_FREE char *text = json_dumps(doc, JSON_COMPACT);

        if (!text)
                mem_exhausted();
        bufferevent_disable(client, EV_READ);
        bufferevent_setcb(client, NULL, on_answered, on_client_event, c);
        bufferevent_write(client, text, strlen(text));
        bufferevent_write(client, "\n", 1);
        json_decref(doc);
}

static void on_request(struct bufferevent *client, void *arg)
{
        struct evbuffer *in = bufferevent_get_input(client);
        size_t len = 0;
        AUTO_FREE char *line = evbuffer_readln(in, &len, EVBUFFER_EOL_LF);

        if (line)
                send_answer(arg, client, answer_line(arg, client, line, len));
        else if (evbuffer_get_length(in) >= MAX_REQUEST_BYTES)
                send_answer(arg, client, json_must(json_pack("{s:s}", "error",
                                                        "the request is too long")));
}

/* Has it had the time to say one line, and did not? */
static bool is_idle(const struct client *client)
{
        return (bufferevent_get_enabled(client->stream) & EV_READ) &&
               clock_mono_ms() - client->since_ms > CLIENT_LINE_MS;
}

/* A free place; who is idle gives his to another. NULL = there is none. */
static struct client *find_place(struct control *c)
{
        for (size_t i = 0; i < MAX_CLIENTS; i++)
                if (!c->clients[i].stream)
                        return &c->clients[i];
        for (size_t i = 0; i < MAX_CLIENTS; i++)
                if (is_idle(&c->clients[i])) {
                        drop_client(c, c->clients[i].stream);
                        return &c->clients[i];
                }
        return NULL;
}

static void on_client(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *sa,
                      int len, void *arg)
{
        const struct timeval patience = { .tv_sec = CLIENT_TIMEOUT_S };
        struct control *c = arg;
        struct client *place = find_place(c);

        (void)listener; (void)sa; (void)len;
        if (!place) {
                close(fd);
                return;
        }
        *place = (struct client){
                .stream = bufferevent_socket_new(c->base, fd, BEV_OPT_CLOSE_ON_FREE),
                .since_ms = clock_mono_ms(),
        };
        if (!place->stream)
                mem_exhausted();
        bufferevent_setwatermark(place->stream, EV_READ, 0, MAX_REQUEST_BYTES);
        bufferevent_setcb(place->stream, on_request, NULL, on_client_event, c);
        bufferevent_set_timeouts(place->stream, &patience, &patience);
        bufferevent_enable(place->stream, EV_READ | EV_WRITE);
}

/* A socket nobody listens at was left by a daemon that was killed; nothing else is touched. */
static int clear_stale(const char *path)
{
        struct stat st;

        if (lstat(path, &st) < 0)
                return errno == ENOENT ? 0 : -errno;
        if (!S_ISSOCK(st.st_mode))
                return -EEXIST;
        int fd = connect_to(path);

        if (fd >= 0) {
                close(fd);
                return -EADDRINUSE;
        }
        return fd == -ECONNREFUSED && unlink(path) < 0 ? -errno : 0;
}

/* No descriptor is left: rest a little, or the loop would spin on the same client. */
static void on_accept_error(struct evconnlistener *listener, void *arg)
{
        struct control *c = arg;

        (void)listener;
        evconnlistener_disable(c->listener);
        evtimer_add(c->resume, &(struct timeval){ .tv_sec = 1 });
}

static void on_resume(evutil_socket_t fd, short what, void *arg)
{
        struct control *c = arg;

        (void)fd; (void)what;
        evconnlistener_enable(c->listener);
}

static void make_folder(const char *path)
{
        AUTO_FREE char *folder = mem_strdup(path);
        char *slash = strrchr(folder, '/');

        if (slash && slash != folder) {
                *slash = '\0';
                mkdir(folder, 0755); /* what matters is whether bind() works */
        }
}

static int listen_at(const char *path)
{
        struct sockaddr_un sun;
        int r = make_address(path, &sun);

        if (r < 0)
                return r;
        make_folder(path);
        r = clear_stale(path);
        if (r < 0)
                return r;
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        if (fd < 0)
                return -errno;
        mode_t old = umask(0117);

        r = bind(fd, (struct sockaddr *)&sun, sizeof(sun)) < 0 || listen(fd, 16) < 0 ? -errno : 0;
        umask(old);
        if (r < 0) {
                close(fd);
                return r;
        }
        return fd;
}

int control_new(struct control **ret, struct event_base *base, const char *path,
                control_answer_fn *answer, void *arg)
{
        struct stat st;
        int fd = listen_at(path);

        if (fd < 0)
                return fd;
        struct control *c = mem_new0(1, sizeof(*c));

        *c = (struct control){
                .base = base, .path = mem_strdup(path), .answer = answer, .arg = arg
        };
        c->listener = evconnlistener_new(base, on_client, c, LEV_OPT_CLOSE_ON_FREE, 0, fd);
        c->resume = evtimer_new(base, on_resume, c);
        if (!c->listener || !c->resume)
                mem_exhausted();
        evconnlistener_set_error_cb(c->listener, on_accept_error);
        if (lstat(path, &st) == 0) {
                c->dev = st.st_dev;
                c->ino = st.st_ino;
        }
        *ret = c;
        return 0;
}

void control_free(struct control *c)
{
        struct stat st;

        if (!c)
                return;
        for (size_t i = 0; i < MAX_CLIENTS; i++)
                if (c->clients[i].stream)
                        drop_client(c, c->clients[i].stream);
        evconnlistener_free(c->listener);
        event_free(c->resume);
        if (lstat(c->path, &st) == 0 && st.st_dev == c->dev && st.st_ino == c->ino)
                unlink(c->path);
        free(c->path);
        free(c);
}

/* --- the client's side ------------------------------------------------------------------------ */

static int read_answer(int fd, struct buf *out)
{
        char chunk[65536];
        ssize_t n;

        while ((n = read(fd, chunk, sizeof(chunk))) > 0)
                buf_append(out, chunk, (size_t)n);
        return n < 0 ? -errno : out->full ? -EFBIG : 0;
}

static int write_request(int fd, const json_t *request)
{
        AUTO_FREE char *text = json_dumps(request, JSON_COMPACT);

        if (!text)
                mem_exhausted();
        AUTO_FREE char *line = mem_printf("%s\n", text);

        for (size_t done = 0, len = strlen(line); done < len;) {
                ssize_t n = write(fd, line + done, len - done);

                if (n < 0)
                        return -errno;
                done += (size_t)n;
        }
        return 0;
}

int control_ask(const char *path, const json_t *request, json_t **ret)
{
        const struct timeval patience = { .tv_sec = CLIENT_TIMEOUT_S };
        struct buf text = BUF_INIT(MAX_ANSWER_BYTES);
        int fd = connect_to(path), r;

        if (fd < 0)
                return fd;
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
        r = write_request(fd, request);
        if (r == 0)
                r = read_answer(fd, &text);
        close(fd);
        if (r == 0)
                *ret = json_loadb(buf_str(&text), text.len, 0, NULL);
        buf_done(&text);
        return r < 0 ? r : *ret ? 0 : -EBADMSG;
}
