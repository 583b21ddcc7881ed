/* SPDX-License-Identifier: Apache-2.0 */
/*
 * XMPP (RFC 6120 sections 4.2, 4.3.2, 5.4): both sides open an XML stream, the server says in it
 * what it can do, is asked and agrees. Expat reads it, so that prefixes, quotes, comments and
 * encodings fool nobody. A message is what goes up to the next ">", since only there can an element
 * end: that way the go-ahead ends at its very last byte. Document types, and with them entities
 * that grow, are forbidden in XMPP (section 11.1) and refused.
 */
#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "daemon/probe/dialogue_internal.h"

#include <expat.h>
#include <stdlib.h>
#include <string.h>

#define XMPP_MAX_MESSAGE 4096
#define WORDS_MAX 240

#define SEPARATOR '\n' /* between namespace and name: no URI holds it */
#define STREAMS "http://etherx.jabber.org/streams\n"
#define STREAM_ERRORS "urn:ietf:params:xml:ns:xmpp-streams\n"
#define TLS "urn:ietf:params:xml:ns:xmpp-tls\n"

enum place { IN_ANYTHING, IN_FEATURES, IN_ERROR, IN_PROCEED, IN_FAILURE };

/*
 * Expat 2.6 puts off what it has seen in part until there is twice as much, so that a ">" in an
 * attribute could make it wait for more than the peer will say. Distributions have put that into
 * older versions too, which their number does not tell: so it is asked at run time.
 */
__attribute__((weak)) XML_Bool XML_SetReparseDeferralEnabled(XML_Parser parser, XML_Bool enabled);

struct xmpp {
        XML_Parser parser;
        unsigned depth;   /* of open elements; the stream is one */
        enum place place; /* the child of the stream that we are in */
        struct buf words; /* of an error: its condition and its text */
};

/* ---- what expat tells ----------------------------------------------------------------------- */

static enum place place_of(const char *name)
{
        static const struct {
                const char *name;
                enum place place;
        } PLACES[] = {
                { STREAMS "features", IN_FEATURES },
                { STREAMS "error", IN_ERROR },
                { TLS "proceed", IN_PROCEED },
                { TLS "failure", IN_FAILURE },
        };

        for (size_t i = 0; i < ARRAY_LEN(PLACES); i++)
                if (strcmp(PLACES[i].name, name) == 0)
                        return PLACES[i].place;
        return IN_ANYTHING;
}

/* Before version 1.0 there were no features (section 4.7.5), so that we would wait in vain. */
static void begin_stream(struct dialogue *d, const char *name, const char **attributes)
{
        if (strcmp(name, STREAMS "stream") != 0) {
                dialogue_alien(d);
                return;
        }
        for (; *attributes; attributes += 2)
                if (strcmp(attributes[0], "version") == 0)
                        return;
        dialogue_end(d, DIALOGUE_REFUSED, "peer speaks XMPP before 1.0, which has no STARTTLS");
}

static void begin_child(struct dialogue *d, const char *name)
{
        struct xmpp *x = d->own;

        if (x->place == IN_FEATURES && strcmp(name, TLS "starttls") == 0)
                d->is_offered = true;
        if (x->place == IN_ERROR && strcmp(name, STREAM_ERRORS "text") == 0)
                buf_puts(&x->words, ": ");
        else if (x->place == IN_ERROR && x->words.len == 0)
                buf_puts(&x->words, strchr(name, SEPARATOR) ? strchr(name, SEPARATOR) + 1 : name);
}

static void on_begin(void *arg, const char *name, const char **attributes)
{
        struct dialogue *d = arg;
        struct xmpp *x = d->own;

        if (x->depth == 0)
                begin_stream(d, name, attributes);
        else if (x->depth == 1)
                x->place = place_of(name);
        else if (x->depth == 2)
                begin_child(d, name);
        x->depth++;
}

static void on_text(void *arg, const char *text, int n)
{
        struct dialogue *d = arg;
        struct xmpp *x = d->own;

        if (x->place == IN_ERROR && x->depth > 2)
                buf_append(&x->words, text, (size_t)n);
}

static void end_features(struct dialogue *d)
{
        static const char REQUEST[] = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";

        if (!dialogue_in_turn(d))
                return;
        if (d->is_offered)
                dialogue_ask(d, REQUEST, strlen(REQUEST), "STARTTLS");
        else
                dialogue_end(d, DIALOGUE_REFUSED, "peer does not offer STARTTLS");
}

static void end_child(struct dialogue *d)
{
        struct xmpp *x = d->own;

        switch (x->place) {
        case IN_ANYTHING:
                break;
        case IN_FEATURES:
                end_features(d);
                break;
        case IN_ERROR:
                dialogue_refused(d, buf_str(&x->words), x->words.len);
                break;
        case IN_PROCEED:
                dialogue_ready(d);
                break;
        case IN_FAILURE:
                dialogue_refused(d, "<failure/>", strlen("<failure/>"));
        }
        x->place = IN_ANYTHING;
}

static void on_end(void *arg, const char *name)
{
        struct dialogue *d = arg;
        struct xmpp *x = d->own;

        (void)name;
        if (d->progress != DIALOGUE_ON)
                return; /* "<html/>": the same tag began it, and that was enough */
        if (--x->depth == 1)
                end_child(d);
        else if (x->depth == 0)
                dialogue_end(d, DIALOGUE_REFUSED, "peer closed the stream");
}

static void on_doctype(void *arg, const char *name, const char *system, const char *public,
                       int subset)
{
        struct dialogue *d = arg;

        (void)name, (void)system, (void)public, (void)subset;
        dialogue_alien(d);
        XML_StopParser(((struct xmpp *)d->own)->parser, XML_FALSE);
}

/* ---- the dialect ---------------------------------------------------------------------------- */

/* What begins with anything but a tag tells another protocol. */
static enum frame frame_xmpp(struct dialogue *d)
{
        char first = d->in.data[strspn(d->in.data, " \t\r\n")];
        char last = d->in.data[d->in.len - 1];

        if (d->n_messages == 0 && first && first != '<')
                return FRAME_ALIEN;
        return last == '>' ? FRAME_WHOLE : last == '\0' ? FRAME_ALIEN : FRAME_PART;
}

static void hear_xmpp(struct dialogue *d)
{
        struct xmpp *x = d->own;

        if (XML_Parse(x->parser, d->in.data, (int)d->in.len, 0) != XML_STATUS_OK &&
            d->progress == DIALOGUE_ON)
                dialogue_alien(d);
}

static void open_parser(struct dialogue *d)
{
        struct xmpp *x = d->own = mem_new0(1, sizeof(*x));

        x->words = BUF_INIT(WORDS_MAX);
        x->parser = XML_ParserCreateNS("UTF-8", SEPARATOR);
        if (!x->parser)
                mem_exhausted();
        if (XML_SetReparseDeferralEnabled)
                XML_SetReparseDeferralEnabled(x->parser, XML_FALSE);
        XML_SetUserData(x->parser, d);
        XML_SetElementHandler(x->parser, on_begin, on_end);
        XML_SetCharacterDataHandler(x->parser, on_text);
        XML_SetStartDoctypeDeclHandler(x->parser, on_doctype);
}

static void append_attribute(struct buf *out, const char *name, const char *value)
{
        buf_printf(out, " %s='", name);
        for (; *value; value++)
                if (strchr("<>&'", *value))
                        buf_printf(out, "&#%d;", *value);
                else
                        buf_append(out, value, 1);
        buf_puts(out, "'");
}

static void begin_xmpp_as(struct dialogue *d, const char *namespace)
{
        const char *to = d->terms.server_name;
        struct buf out = BUF_INIT(XMPP_MAX_MESSAGE);

        open_parser(d);
        buf_puts(&out, "<?xml version='1.0'?><stream:stream");
        append_attribute(&out, "xmlns", namespace);
        append_attribute(&out, "xmlns:stream", "http://etherx.jabber.org/streams");
        if (to)
                append_attribute(&out, "to", to);
        append_attribute(&out, "version", "1.0");
        buf_puts(&out, ">");
        dialogue_ask(d, buf_str(&out), out.len, "the stream header");
        buf_done(&out);
}

static void begin_xmpp(struct dialogue *d)
{
        begin_xmpp_as(d, "jabber:client");
}

static void begin_xmpp_server(struct dialogue *d)
{
        begin_xmpp_as(d, "jabber:server");
}

static void end_xmpp(struct dialogue *d)
{
        struct xmpp *x = d->own;

        XML_ParserFree(x->parser);
        buf_done(&x->words);
        free(x);
}

const struct dialect DIALECT_XMPP = {
        "xmpp", "XMPP", "xmpps", XMPP_MAX_MESSAGE, begin_xmpp, frame_xmpp, hear_xmpp, end_xmpp,
};

const struct dialect DIALECT_XMPP_SERVER = {
        "xmpp-server", "XMPP", "xmpps-server", XMPP_MAX_MESSAGE,
        begin_xmpp_server, frame_xmpp, hear_xmpp, end_xmpp,
};
