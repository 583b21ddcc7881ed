/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two databases. PostgreSQL is asked, and answers with one byte or an error. MySQL (and MariaDB)
 * greets with what it can do, is told that we turn to TLS, and has nothing to say to that.
 */
#include "common/base/mem.h"
#include "daemon/probe/dialogue_internal.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SQL_MAX_MESSAGE 8192 /* greetings have about 100 bytes, errors a sentence */

static const uint8_t *bytes_of(const struct dialogue *d)
{
        return (const uint8_t *)d->in.data;
}

/* ---- PostgreSQL (its documentation, "Message Flow", SSLRequest) ------------------------------ */

#define POSTGRES_ERROR_MIN 8     /* shorter or longer: what looks like the length is text, as */
#define POSTGRES_ERROR_MAX 30000 /* servers before 7.4 sent it, and whoever cannot fork() does */
#define POSTGRES_HEADER 5

/* Of an error, 0 when it is one of the old kind, which ends with a NUL. */
static size_t postgres_error_size(const uint8_t *b)
{
        size_t n = (size_t)b[1] << 24 | (size_t)b[2] << 16 | (size_t)b[3] << 8 | b[4];

        return n < POSTGRES_ERROR_MIN || n > POSTGRES_ERROR_MAX ? 0 : 1 + n;
}

static enum frame frame_postgres(struct dialogue *d)
{
        const uint8_t *b = bytes_of(d);
        size_t n = d->in.len;

        if (b[0] == 'S' || b[0] == 'N')
                return FRAME_WHOLE;
        if (b[0] != 'E')
                return FRAME_ALIEN;
        if (n < POSTGRES_HEADER)
                return FRAME_PART;
        size_t size = postgres_error_size(b);

        return (size ? n == size : b[n - 1] == '\0') ? FRAME_WHOLE : FRAME_PART;
}

/* The fields of an error are a letter and a string each; M is the message. */
static void refuse_postgres(struct dialogue *d)
{
        const char *field = d->in.data + POSTGRES_HEADER;
        const char *end = d->in.data + d->in.len;

        if (postgres_error_size(bytes_of(d)) == 0) {
                dialogue_refused(d, d->in.data + 1, strlen(d->in.data + 1));
                return;
        }
        while (field < end && *field && *field != 'M')
                field += strnlen(field, (size_t)(end - field)) + 1;
        if (field < end && *field == 'M')
                dialogue_refused(d, field + 1, strnlen(field + 1, (size_t)(end - field - 1)));
        else
                dialogue_alien(d);
}

static void hear_postgres(struct dialogue *d)
{
        if (d->in.data[0] == 'S')
                dialogue_ready(d);
        else if (d->in.data[0] == 'N')
                dialogue_end(d, DIALOGUE_REFUSED, "peer does not offer TLS");
        else
                refuse_postgres(d);
}

static void begin_postgres(struct dialogue *d)
{
        static const char REQUEST[] = "\x00\x00\x00\x08\x04\xd2\x16\x2f";

        dialogue_ask(d, REQUEST, sizeof(REQUEST) - 1, "SSLRequest");
}

const struct dialect DIALECT_POSTGRES = {
        "postgres", "PostgreSQL", "postgress", SQL_MAX_MESSAGE,
        begin_postgres, frame_postgres, hear_postgres,
};

/* ---- MySQL (its documentation, "Connection Phase": HandshakeV10, SSLRequest) ----------------- */

#define MYSQL_HEADER 4 /* length in 3 bytes, number */
#define MYSQL_GREETING 10
#define MYSQL_OLD_GREETING 9
#define MYSQL_ERROR 0xff
#define MYSQL_BEFORE_CAPABILITIES 13 /* thread, 8 bytes of a challenge, filler */
#define MYSQL_STATE 6                /* "#08S01" before the text of some errors */

#define CLIENT_LONG_PASSWORD 0x1
#define CLIENT_PROTOCOL_41 0x200
#define CLIENT_SSL 0x800
#define CLIENT_SECURE_CONNECTION 0x8000
#define CLIENT_PLUGIN_AUTH 0x80000
#define OUR_CAPABILITIES                                                                           \
        (CLIENT_LONG_PASSWORD | CLIENT_PROTOCOL_41 | CLIENT_SSL | CLIENT_SECURE_CONNECTION |       \
         CLIENT_PLUGIN_AUTH)

/* Capabilities, largest packet, UTF-8, 23 reserved. */
#define MYSQL_REQUEST                                                                              \
        OUR_CAPABILITIES & 0xff, OUR_CAPABILITIES >> 8 & 0xff, OUR_CAPABILITIES >> 16, 0,          \
        0xff, 0xff, 0xff, 0, 33, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0

static enum frame frame_mysql(struct dialogue *d)
{
        const uint8_t *b = bytes_of(d);
        size_t n = d->in.len;

        if (n < MYSQL_HEADER - 1)
                return FRAME_PART;
        size_t size = (size_t)b[0] | (size_t)b[1] << 8 | (size_t)b[2] << 16;

        if (size == 0 || size > SQL_MAX_MESSAGE - MYSQL_HEADER ||
            (n >= MYSQL_HEADER && b[MYSQL_HEADER - 1] != 0) ||
            (n > MYSQL_HEADER && b[MYSQL_HEADER] != MYSQL_GREETING &&
             b[MYSQL_HEADER] != MYSQL_OLD_GREETING && b[MYSQL_HEADER] != MYSQL_ERROR))
                return FRAME_ALIEN;
        return n == MYSQL_HEADER + size ? FRAME_WHOLE : FRAME_PART;
}

/* "1129 Host 'a.example.com' is blocked because of many connection errors" */
static void refuse_mysql(struct dialogue *d, const uint8_t *p, size_t n)
{
        if (n < 2) {
                dialogue_alien(d);
                return;
        }
        struct buf words = BUF_INIT(SQL_MAX_MESSAGE);

        buf_printf(&words, "%d ", p[0] | p[1] << 8);
        p += 2;
        n -= 2;
        if (n >= MYSQL_STATE && p[0] == '#') {
                p += MYSQL_STATE;
                n -= MYSQL_STATE;
        }
        buf_append(&words, p, n);
        dialogue_refused(d, buf_str(&words), words.len);
        buf_done(&words);
}

static void ask_mysql(struct dialogue *d)
{
        static const uint8_t request[] = { 32, 0, 0, 1, MYSQL_REQUEST }; /* length and number */

        dialogue_say(d, request, sizeof(request));
        dialogue_ready(d);
}

static void hear_mysql(struct dialogue *d)
{
        const uint8_t *p = bytes_of(d) + MYSQL_HEADER;
        const uint8_t *end = bytes_of(d) + d->in.len;

        if (*p == MYSQL_ERROR) {
                refuse_mysql(d, p + 1, (size_t)(end - p - 1));
                return;
        }
        const uint8_t *version_end = memchr(p + 1, '\0', (size_t)(end - p - 1));

        if (*p == MYSQL_OLD_GREETING)
                dialogue_end(d, DIALOGUE_REFUSED, "peer speaks protocol 9, which has no TLS");
        else if (!version_end || end - version_end < 1 + MYSQL_BEFORE_CAPABILITIES + 2)
                dialogue_alien(d);
        else if (!(version_end[1 + MYSQL_BEFORE_CAPABILITIES + 1] & CLIENT_SSL >> 8))
                dialogue_end(d, DIALOGUE_REFUSED, "peer does not offer TLS");
        else
                ask_mysql(d);
}

/*
 * Whoever hangs up without having tried to log in counts as a fault of the connection, and after
 * max_connect_errors (100) of them the server turns away every client of our address. A login that
 * is refused does not count. We try without a password, and send the empty answer to the question
 * for another kind of it in advance; a server that does not ask never reads it.
 */
#define LOGIN_BYTES (32 + sizeof("notafter") + 1 + sizeof("mysql_native_password"))
static const uint8_t MYSQL_LOGIN[] = {
        LOGIN_BYTES, 0, 0, 2, MYSQL_REQUEST, /* as before; then user, answer, kind of answer */
        'n', 'o', 't', 'a', 'f', 't', 'e', 'r', 0, 0,
        'm', 'y', 's', 'q', 'l', '_', 'n', 'a', 't', 'i', 'v', 'e', '_',
        'p', 'a', 's', 's', 'w', 'o', 'r', 'd', 0,
        0, 0, 0, 4,
};
_Static_assert(sizeof(MYSQL_LOGIN) == 2 * MYSQL_HEADER + LOGIN_BYTES, "its length tells the bytes");

const struct dialect DIALECT_MYSQL = {
        "mysql", "MySQL", "mysqls", SQL_MAX_MESSAGE,
        dialogue_await_greeting, frame_mysql, hear_mysql,
        .farewell = MYSQL_LOGIN, .n_farewell = sizeof(MYSQL_LOGIN),
};
