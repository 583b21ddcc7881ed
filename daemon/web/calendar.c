/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /calendar.ics: an event for each certificate, at the moment from which clients refuse it (RFC
 * 5545). Endpoints that show the same one share an event.
 */
#include "daemon/web/routes.h"

#include "common/base/buf.h"
#include "common/cert/json_text.h"
#include "daemon/web/exchange.h"
#include "daemon/web/html.h"

#include <stdint.h>
#include <string.h>
#include <time.h>

#define MAX_ENDPOINTS 1000 /* that end first: nobody reads a longer calendar */
#define MAX_NAMED 20       /* of the endpoints of one event */
#define LINE_BYTES 75      /* RFC 5545, 3.1: longer lines are folded */
#define TEXT_MAX_BYTES 8192

/* @name and @value as one content line, folded between characters. */
static void put_line(struct buf *out, const char *name, const char *value)
{
        struct buf line = BUF_INIT(TEXT_MAX_BYTES);
        size_t at = 0, room = LINE_BYTES;

        buf_printf(&line, "%s:%s", name, value);
        while (line.len - at > room) {
                size_t n = room;

                while (((unsigned char)line.data[at + n] & 0xc0) == 0x80)
                        n--;
                buf_append(out, line.data + at, n);
                buf_puts(out, "\r\n ");
                at += n;
                room = LINE_BYTES - 1;
        }
        buf_append(out, line.data + at, line.len - at);
        buf_puts(out, "\r\n");
        buf_done(&line);
}

/* A value of type TEXT (RFC 5545, 3.3.11). */
static void put_text(struct buf *out, const char *name, const char *text)
{
        struct buf value = BUF_INIT(TEXT_MAX_BYTES);

        for (const char *c = text; *c; c++)
                if (strchr("\\;,", *c))
                        buf_printf(&value, "\\%c", *c);
                else if (*c == '\n')
                        buf_puts(&value, "\\n");
                else if ((unsigned char)*c >= 0x20 && *c != 0x7f)
                        buf_append(&value, c, 1);
        put_line(out, name, buf_str(&value));
        buf_done(&value);
}

static void put_time(struct buf *out, const char *name, const json_t *instant)
{
        time_t at = (time_t)html_instant(instant);
        char text[32];
        struct tm tm;

        if (gmtime_r(&at, &tm) && strftime(text, sizeof(text), "%Y%m%dT%H%M%SZ", &tm) > 0)
                put_line(out, name, text);
}

static void put_summary(struct buf *out, const json_t *endpoints)
{
        struct buf text = BUF_INIT(TEXT_MAX_BYTES);
        size_t others = json_array_size(endpoints) - 1;

        buf_puts(&text, html_text_of(json_array_get(endpoints, 0), "name"));
        if (others > 0)
                buf_printf(&text, " and %zu other%s", others, others == 1 ? "" : "s");
        buf_puts(&text, ": certificate ends");
        put_text(out, "SUMMARY", buf_str(&text));
        buf_done(&text);
}

static void put_description(struct buf *out, const json_t *endpoints, const char *sha256)
{
        const json_t *first = json_array_get(endpoints, 0), *e;
        struct buf text = BUF_INIT(TEXT_MAX_BYTES);
        size_t i;

        buf_printf(&text, "Certificate: %s\nSHA-256: %s\nShown by:\n",
                   html_text_of(first, "certificate_subject"), sha256);
        json_array_foreach(endpoints, i, e)
                if (i < MAX_NAMED)
                        buf_printf(&text, "%s (%s)\n", html_text_of(e, "name"),
                                   html_text_of(e, "target"));
        if (i > MAX_NAMED)
                buf_printf(&text, "and %zu more\n", i - MAX_NAMED);
        put_text(out, "DESCRIPTION", buf_str(&text));
        buf_done(&text);
}

static void put_event(struct buf *out, const char *sha256, const json_t *endpoints,
                      const json_t *now)
{
        struct buf uid = BUF_INIT(TEXT_MAX_BYTES);

        buf_printf(&uid, "%.32s@notafter", sha256); /* so that it is one line */
        put_line(out, "BEGIN", "VEVENT");
        put_line(out, "UID", buf_str(&uid));
        put_time(out, "DTSTAMP", now);
        put_time(out, "DTSTART", json_object_get(json_array_get(endpoints, 0), "expires"));
        put_summary(out, endpoints);
        put_description(out, endpoints, sha256);
        put_line(out, "TRANSP", "TRANSPARENT");
        put_line(out, "END", "VEVENT");
        buf_done(&uid);
}

/* Endpoints by the certificate that they show, in the order in which these end: a new reference. */
static json_t *by_certificate(const json_t *endpoints)
{
        json_t *groups = json_must(json_object()), *e;
        size_t i;

        json_array_foreach(endpoints, i, e) {
                const char *sha256 = html_text_of(e, "certificate_sha256");

                if (!*sha256 || html_instant(json_object_get(e, "expires")) == 0)
                        continue;
                if (!json_object_get(groups, sha256))
                        json_object_set_new(groups, sha256, json_must(json_array()));
                json_array_append(json_object_get(groups, sha256), e);
        }
        return groups;
}

static void put_calendar(struct buf *out, json_t *doc)
{
        json_t *groups = by_certificate(json_object_get(doc, "endpoints")), *endpoints;
        const char *sha256;

        put_line(out, "BEGIN", "VCALENDAR");
        put_line(out, "VERSION", "2.0");
        put_line(out, "PRODID", "-//notafter//" NOTAFTER_VERSION "//EN");
        put_line(out, "X-WR-CALNAME", "Certificates");
        put_line(out, "REFRESH-INTERVAL;VALUE=DURATION", "PT6H"); /* RFC 7986 */
        json_object_foreach(groups, sha256, endpoints)
                put_event(out, sha256, endpoints, json_object_get(doc, "at"));
        put_line(out, "END", "VCALENDAR");
        json_decref(groups);
}

/* Only what the calendar's reader may choose goes into the question. */
static void choose(json_t *request, const struct web_exchange *x, const char *key)
{
        const char *value = web_param(x, key);

        if (value && *value)
                json_object_set_new(request, key, json_must(json_string(value)));
}

void answer_calendar(struct web_exchange *x)
{
        json_t *request = json_must(json_pack("{s:s, s:s, s:i}", "command", "endpoints",
                                              "sort", "expires", "limit", MAX_ENDPOINTS));
        struct buf body = BUF_INIT(SIZE_MAX); /* MAX_ENDPOINTS bound it */
        json_t *doc;

        choose(request, x, "q");
        choose(request, x, "label");
        doc = web_ask_for(x, request);
        if (!doc)
                return;
        put_calendar(&body, doc);
        json_decref(doc);
        web_reply(x, 200, "text/calendar; charset=utf-8", &body);
}
