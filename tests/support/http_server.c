/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in http_server.h. Whatever keeps it from serving ends the test program. */
#include "tests/support/http_server.h"

#include "common/base/addr.h"
#include "common/base/cleanup.h"
#include "common/base/mem.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_PAGES 64
#define HEARD_MAX_BYTES 8192
#define PATIENCE_MS 10000

struct stored_page {
        char *path, *head, *body;
        size_t n;
        struct http_page page; /* points to the above */
        size_t asked;
};

struct http_server {
        int fd;
        uint16_t port;
        pthread_t thread;
        pthread_mutex_t lock; /* of all below */
        struct stored_page pages[MAX_PAGES];
        size_t n_pages;
        size_t n_connections;
        char heard[HEARD_MAX_BYTES];
};

/* The latest page of that path: earlier ones stay, they may still be on their way out. */
static struct stored_page *find(struct http_server *s, const char *path, size_t len)
{
        for (size_t i = s->n_pages; i-- > 0;)
                if (strlen(s->pages[i].path) == len && memcmp(s->pages[i].path, path, len) == 0)
                        return &s->pages[i];
        return NULL;
}

/* A request without a body; false when the client is gone. */
static bool hear(int fd, char heard[static HEARD_MAX_BYTES])
{
        size_t n = 0;
        ssize_t got;

        while (n < HEARD_MAX_BYTES - 1 && (got = recv(fd, heard + n, 1, 0)) == 1) {
                heard[++n] = '\0';
                if (n >= 4 && memcmp(heard + n - 4, "\r\n\r\n", 4) == 0)
                        return true;
        }
        return false;
}

/* Counts the request, and makes a copy of the page that may be used without the lock. */
static struct http_page look_up(struct http_server *s, const char *heard)
{
        const char *path = strchr(heard, ' ');
        struct stored_page *p;
        struct http_page page = { .head = "HTTP/1.1 404 Not Found\r\nContent-Length: 0" };

        pthread_mutex_lock(&s->lock);
        snprintf(s->heard, sizeof(s->heard), "%s", heard);
        p = path ? find(s, path + 1, strcspn(path + 1, " ")) : NULL;
        if (p) {
                p->asked++;
                page = p->page;
        }
        pthread_mutex_unlock(&s->lock);
        return page;
}

static bool send_all(int fd, const void *bytes, size_t n)
{
        return send(fd, bytes, n, MSG_NOSIGNAL) == (ssize_t)n;
}

static bool say(int fd, const struct http_page *page)
{
        AUTO_FREE char *head = page->head ? mem_printf("%s\r\n\r\n", page->head)
                                          : mem_printf("HTTP/1.1 200 OK\r\n"
                                                       "Content-Length: %zu\r\n\r\n", page->n);

        if (page->head && !*page->head)
                *head = '\0';
        if (!send_all(fd, head, strlen(head)) || !send_all(fd, page->body, page->n))
                return false;
        while (page->endless && send_all(fd, page->body, page->n))
                ;
        return !page->endless;
}

static void serve(struct http_server *s, int fd)
{
        char heard[HEARD_MAX_BYTES];
        struct pollfd gone = { .fd = fd, .events = POLLRDHUP };

        while (hear(fd, heard)) {
                struct http_page page = look_up(s, heard);

                if (page.silent)
                        poll(&gone, 1, PATIENCE_MS);
                if (page.delay_ms)
                        poll(NULL, 0, page.delay_ms);
                if (page.silent || !say(fd, &page))
                        return;
        }
}

static void *server_main(void *arg)
{
        struct http_server *s = arg;
        int fd;

        while ((fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
                pthread_mutex_lock(&s->lock);
                s->n_connections++;
                pthread_mutex_unlock(&s->lock);
                serve(s, fd);
                close(fd);
        }
        return NULL;
}

struct http_server *http_server_start(void)
{
        struct http_server *s = mem_new0(1, sizeof(*s));
        struct addr a;

        addr_parse_ip("127.0.0.1", 0, &a);
        pthread_mutex_init(&s->lock, NULL);
        s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (bind(s->fd, &a.sa, a.len) < 0 || listen(s->fd, 64) < 0 ||
            getsockname(s->fd, &a.sa, &a.len) < 0 ||
            pthread_create(&s->thread, NULL, server_main, s) != 0)
                abort();
        s->port = ntohs(a.in.sin_port);
        return s;
}

void http_server_stop(struct http_server *s)
{
        shutdown(s->fd, SHUT_RDWR);
        pthread_join(s->thread, NULL);
        close(s->fd);
        for (size_t i = 0; i < s->n_pages; i++) {
                free(s->pages[i].path);
                free(s->pages[i].head);
                free(s->pages[i].body);
        }
        pthread_mutex_destroy(&s->lock);
        free(s);
}

uint16_t http_server_port(const struct http_server *s)
{
        return s->port;
}

void http_server_put(struct http_server *s, const struct http_page *page)
{
        pthread_mutex_lock(&s->lock);
        struct stored_page *p = &s->pages[s->n_pages++];

        if (s->n_pages > MAX_PAGES)
                abort();
        *p = (struct stored_page){
                .path = mem_strdup(page->path), .head = mem_strdup(page->head),
                .body = mem_copy(page->body, page->n), .n = page->n, .page = *page,
        };
        p->page.head = p->head;
        p->page.body = p->body;
        pthread_mutex_unlock(&s->lock);
}

char *http_server_url(const struct http_server *s, const char *path)
{
        return mem_printf("http://127.0.0.1:%u%s", s->port, path);
}

size_t http_server_asked(struct http_server *s, const char *path)
{
        pthread_mutex_lock(&s->lock);
        size_t n = 0;

        for (size_t i = 0; i < s->n_pages; i++)
                n += strcmp(s->pages[i].path, path) == 0 ? s->pages[i].asked : 0;
        pthread_mutex_unlock(&s->lock);
        return n;
}

size_t http_server_connections(struct http_server *s)
{
        pthread_mutex_lock(&s->lock);
        size_t n = s->n_connections;

        pthread_mutex_unlock(&s->lock);
        return n;
}

char *http_server_heard(struct http_server *s)
{
        pthread_mutex_lock(&s->lock);
        char *heard = mem_strdup(s->heard);

        pthread_mutex_unlock(&s->lock);
        return heard;
}
