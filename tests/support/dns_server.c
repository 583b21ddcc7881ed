/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Just enough of RFC 1035: one question in, and the same question back with addresses or a code. A
 * thread polls the UDP socket, the TCP listener and a descriptor that tells it to stop.
 */
#include "tests/support/dns_server.h"

#include "common/base/addr.h"
#include "common/base/mem.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define HEADER_BYTES 12
#define MESSAGE_MAX_BYTES 4096
#define TTL_S 60
#define ALIASES_MAX 16 /* one after the other */
#define TYPE_A 1
#define TYPE_CNAME 5
#define TYPE_AAAA 28
#define RCODE_NXDOMAIN 3

struct dns_server {
        const struct dns_rule *rules;
        int udp, tcp, stop;
        char str[ADDR_STR_MAX];
        pthread_t thread;
        atomic_size_t questions;
};

struct message {
        uint8_t bytes[MESSAGE_MAX_BYTES];
        size_t len;
};

static void must(bool ok, const char *what)
{
        if (ok)
                return;
        perror(what);
        abort();
}

static void put16(struct message *m, unsigned value)
{
        m->bytes[m->len++] = (uint8_t)(value >> 8);
        m->bytes[m->len++] = (uint8_t)value;
}

/*
 * The question's name with dots; returns the length of the whole question, 0 when it is malformed.
 */
static size_t read_question(const struct message *query, char *name, size_t size, unsigned *type)
{
        size_t at = HEADER_BYTES, n = 0;

        while (at < query->len && query->bytes[at] != 0) {
                size_t label = query->bytes[at++];

                if (label > 63 || at + label > query->len || n + label + 2 > size)
                        return 0;
                memcpy(name + n, query->bytes + at, label);
                n += label;
                name[n++] = '.';
                at += label;
        }
        if (at + 5 > query->len || n == 0)
                return 0;
        name[n - 1] = '\0';
        *type = (unsigned)query->bytes[at + 1] << 8 | query->bytes[at + 2];
        return at + 5 - HEADER_BYTES;
}

/* "web.test" as labels, each after its length. */
static void put_name(struct message *m, const char *name)
{
        char *copy = mem_strdup(name), *rest = copy, *label;

        while ((label = strsep(&rest, "."))) {
                size_t n = strlen(label);

                m->bytes[m->len++] = (uint8_t)n;
                memcpy(m->bytes + m->len, label, n);
                m->len += n;
        }
        m->bytes[m->len++] = 0;
        free(copy);
}

/* All of a record but what it says. @at is where its name stands in the message. */
static void put_record(struct message *m, size_t at, unsigned type, const struct dns_rule *rule)
{
        put16(m, 0xc000 | (unsigned)at);
        put16(m, type);
        put16(m, 1);
        put16(m, 0);
        put16(m, rule->ttl_s == DNS_NOT_KEPT ? 0 : rule->ttl_s ? (unsigned)rule->ttl_s : TTL_S);
}

/* Returns where the other name stands. */
static size_t put_alias(struct message *m, size_t at, const struct dns_rule *rule)
{
        put_record(m, at, TYPE_CNAME, rule);
        put16(m, (unsigned)strlen(rule->alias) + 2);
        at = m->len;
        put_name(m, rule->alias);
        return at;
}

static void put_address(struct message *m, size_t at, const struct addr *a, unsigned type,
                        const struct dns_rule *rule)
{
        size_t n;
        const uint8_t *ip = addr_ip_bytes(a, &n);

        put_record(m, at, type, rule);
        put16(m, (unsigned)n);
        memcpy(m->bytes + m->len, ip, n);
        m->len += n;
}

static unsigned put_addresses(struct message *m, size_t at, const struct dns_rule *rule,
                              unsigned type)
{
        char *copy = mem_strdup(rule->addresses ? rule->addresses : ""), *rest = copy, *word;
        unsigned n = 0;
        struct addr a;

        while ((word = strsep(&rest, " ")))
                if (addr_parse_ip(word, 0, &a) &&
                    (a.sa.sa_family == AF_INET ? TYPE_A : TYPE_AAAA) == type) {
                        put_address(m, at, &a, type, rule);
                        n++;
                }
        free(copy);
        return n;
}

static const struct dns_rule *rule_of(const struct dns_server *s, const char *name)
{
        static const struct dns_rule UNKNOWN = { .rcode = RCODE_NXDOMAIN };

        for (const struct dns_rule *r = s->rules; r->name; r++)
                if (strcasecmp(r->name, name) == 0)
                        return r;
        return &UNKNOWN;
}

/* The aliases, one after the other, and the addresses at the end; returns how many records. */
static unsigned put_records(const struct dns_server *s, struct message *m,
                            const struct dns_rule *rule, unsigned type)
{
        size_t at = HEADER_BYTES; /* the name stands in the question */
        unsigned n = 0;

        for (; rule->alias && n < ALIASES_MAX; n++) {
                at = put_alias(m, at, rule);
                rule = rule_of(s, rule->alias);
        }
        return n + put_addresses(m, at, rule, type);
}

/* False when there is nothing to say. */
static bool make_answer(struct dns_server *s, const struct message *query, bool is_udp,
                        struct message *ret)
{
        char name[256];
        unsigned type, n = 0;
        size_t question = query->len > HEADER_BYTES
                                  ? read_question(query, name, sizeof(name), &type) : 0;

        if (question == 0)
                return false;
        atomic_fetch_add(&s->questions, 1);

        const struct dns_rule *rule = rule_of(s, name);
        bool truncated = rule->truncated && is_udp;

        if (rule->silent)
                return false;
        *ret = (struct message){ .len = HEADER_BYTES };
        memcpy(ret->bytes + HEADER_BYTES, query->bytes + HEADER_BYTES, question);
        ret->len += question;
        if (rule->rcode == 0 && !truncated)
                n = put_records(s, ret, rule, type);

        size_t len = ret->len;

        ret->len = 2;
        memcpy(ret->bytes, query->bytes, 2);
        put16(ret, 0x8180 | (truncated ? 0x200 : 0) | (unsigned)rule->rcode);
        put16(ret, 1);
        put16(ret, n);
        ret->len = len;
        return true;
}

static void serve_udp(struct dns_server *s)
{
        struct sockaddr_in peer;
        socklen_t peer_len = sizeof(peer);
        struct message query, answer;
        ssize_t n = recvfrom(s->udp, query.bytes, sizeof(query.bytes), 0,
                             (struct sockaddr *)&peer, &peer_len);

        query.len = n > 0 ? (size_t)n : 0;
        if (make_answer(s, &query, true, &answer))
                sendto(s->udp, answer.bytes, answer.len, 0, (struct sockaddr *)&peer, peer_len);
}

/* One question; a length of two bytes goes before each message. */
static void serve_tcp(struct dns_server *s)
{
        int fd = accept4(s->tcp, NULL, NULL, SOCK_CLOEXEC);
        struct message query, answer, framed = { .len = 0 };
        uint8_t length[2];

        if (recv(fd, length, sizeof(length), MSG_WAITALL) == sizeof(length)) {
                ssize_t n = recv(fd, query.bytes, (size_t)length[0] << 8 | length[1], MSG_WAITALL);

                query.len = n > 0 ? (size_t)n : 0;
                if (make_answer(s, &query, false, &answer)) {
                        put16(&framed, (unsigned)answer.len);
                        memcpy(framed.bytes + 2, answer.bytes, answer.len);
                        send(fd, framed.bytes, answer.len + 2, MSG_NOSIGNAL);
                }
        }
        close(fd);
}

static void *server_main(void *arg)
{
        struct dns_server *s = arg;
        struct pollfd p[] = {
                { .fd = s->stop, .events = POLLIN },
                { .fd = s->udp, .events = POLLIN },
                { .fd = s->tcp, .events = POLLIN },
        };

        while (poll(p, ARRAY_LEN(p), -1) > 0 && !p[0].revents) {
                if (p[1].revents)
                        serve_udp(s);
                if (p[2].revents)
                        serve_tcp(s);
        }
        return NULL;
}

struct dns_server *dns_server_start(const struct dns_rule *rules)
{
        struct dns_server *s = mem_new0(1, sizeof(*s));
        struct addr a;

        s->rules = rules;
        s->udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        s->tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        s->stop = eventfd(0, EFD_CLOEXEC);
        addr_parse_ip("127.0.0.1", 0, &a);
        must(bind(s->tcp, &a.sa, a.len) == 0 && listen(s->tcp, 16) == 0, "listen");
        must(getsockname(s->tcp, &a.sa, &a.len) == 0, "getsockname");
        must(bind(s->udp, &a.sa, a.len) == 0, "bind"); /* the same port for both */
        addr_str(&a, s->str);
        must(pthread_create(&s->thread, NULL, server_main, s) == 0, "pthread_create");
        return s;
}

void dns_server_stop(struct dns_server *s)
{
        if (!s)
                return;
        must(eventfd_write(s->stop, 1) == 0, "eventfd_write");
        pthread_join(s->thread, NULL);
        close(s->udp);
        close(s->tcp);
        close(s->stop);
        free(s);
}

size_t dns_server_questions(const struct dns_server *s)
{
        return atomic_load(&s->questions);
}

const char *dns_server_str(const struct dns_server *s)
{
        return s->str;
}
