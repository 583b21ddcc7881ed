/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A YAML document as a stream of items. The contract is in yaml_reader.h.
 *
 * Aliases: while any anchored node is open, every item that is handed out is also kept on a tape;
 * an anchor is a range of the tape, and an alias plays its range again. What is played while
 * another anchor is open lands on the tape as well, so a range never refers to another one, and
 * one cursor is all the state there is. Two counters, of items kept and of items played, bound the
 * expansion.
 */
#include "config/yaml_reader.h"

#include "common/base/mem.h"
#include "config/arena.h"
#include "config/utf8_source.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#define FAILURE_MAX_BYTES 256

struct anchor {
        const char *name;
        size_t start, end; /* range of the tape */
        int depth;         /* at which the node stands; meaningful while it is open */
        bool open;
};

struct tape {
        struct yaml_item *items;
        size_t n, size;
        size_t text_bytes;
        struct arena *texts; /* and names of anchors */
        struct anchor anchors[YAML_MAX_ANCHORS];
        size_t n_anchors;
        size_t n_open;
};

struct yaml_reader {
        yaml_parser_t parser;
        yaml_event_t event; /* holds the text of the last item */
        struct utf8_source source;
        int n_documents;
        int depth;
        struct tape *tape; /* NULL until the first anchor */
        size_t replay, replay_end;
        int replay_line, replay_column;
        size_t n_replayed;
        struct yaml_item last; /* the final item, once there is one: failed or end */
        char failure[FAILURE_MAX_BYTES];
};

static int on_read(void *arg, unsigned char *out, size_t size, size_t *ret_n)
{
        struct yaml_reader *r = arg;

        return utf8_source_read(&r->source, out, size, ret_n) == 0;
}

struct yaml_reader *yaml_reader_new(FILE *file, size_t max_bytes)
{
        struct yaml_reader *r = mem_new0(1, sizeof(*r));

        if (!yaml_parser_initialize(&r->parser))
                mem_exhausted();
        r->source = (struct utf8_source){
                .file = file,
                .max_bytes = max_bytes,
                .max_gap_bytes = YAML_MAX_GAP_BYTES,
                .line = 1,
                .column = 1,
        };
        yaml_parser_set_input(&r->parser, on_read, r);
        r->last.kind = YAML_SCALAR;
        return r;
}

void yaml_reader_free(struct yaml_reader *r)
{
        if (!r)
                return;
        yaml_event_delete(&r->event);
        yaml_parser_delete(&r->parser);
        if (r->tape) {
                arena_free(r->tape->texts);
                free(r->tape->items);
                free(r->tape);
        }
        free(r);
}

/* The end of reading. */
static void fail(struct yaml_reader *r, int line, int column, const char *fmt, ...)
        __attribute__((format(printf, 4, 5)));

static void fail(struct yaml_reader *r, int line, int column, const char *fmt, ...)
{
        va_list ap;

        va_start(ap, fmt);
        vsnprintf(r->failure, sizeof(r->failure), fmt, ap);
        va_end(ap);
        r->last = (struct yaml_item){
                .kind = YAML_FAILED,
                .text = r->failure,
                .len = strlen(r->failure),
                .line = line,
                .column = column,
        };
}

static bool is_over(const struct yaml_reader *r)
{
        return r->last.kind == YAML_FAILED || r->last.kind == YAML_END;
}

static int mark_line(yaml_mark_t m)
{
        return (int)m.line + 1;
}

static int mark_column(yaml_mark_t m)
{
        return (int)m.column + 1;
}

/* What libyaml, or the source below it, could not read. */
static void fail_syntax(struct yaml_reader *r)
{
        const yaml_parser_t *p = &r->parser;
        const char *problem = p->problem ? p->problem : "unreadable";
        yaml_mark_t at = p->problem_mark, begun = p->context_mark;
        bool tab = strcmp(problem, "found character that cannot start any token") == 0;
        const char *hint = tab ? " (a tab? indent with spaces)" : "";

        if (p->error == YAML_MEMORY_ERROR)
                mem_exhausted();
        if (p->error == YAML_READER_ERROR && r->source.problem)
                fail(r, r->source.line, r->source.column, "%s", r->source.problem);
        else if (p->context && at.index != begun.index)
                fail(r, mark_line(at), mark_column(at), "YAML syntax: %s %s begun at %d:%d%s",
                     problem, p->context, mark_line(begun), mark_column(begun), hint);
        else
                fail(r, mark_line(at), mark_column(at), "YAML syntax: %s%s", problem, hint);
}

/* --- the tape --------------------------------------------------------------------------------- */

static struct tape *tape_new(void)
{
        struct tape *t = mem_new0(1, sizeof(*t));

        t->texts = arena_new();
        return t;
}

/* The node about to be recorded is called @name from here on, as a newer one of that name. */
static void anchor_open(struct yaml_reader *r, const char *name, const struct yaml_item *it)
{
        if (!r->tape)
                r->tape = tape_new();
        struct tape *t = r->tape;

        if (t->n_anchors == YAML_MAX_ANCHORS || strlen(name) > 256) {
                fail(r, it->line, it->column, "more than %d anchors, or a name over 256 bytes",
                     YAML_MAX_ANCHORS);
                return;
        }
        t->anchors[t->n_anchors++] = (struct anchor){
                .name = arena_strdup(t->texts, name),
                .start = t->n,
                .depth = r->depth,
                .open = true,
        };
        t->n_open++;
}

static const struct anchor *anchor_find(const struct tape *t, const char *name)
{
        for (size_t i = t ? t->n_anchors : 0; i > 0; i--)
                if (strcmp(t->anchors[i - 1].name, name) == 0)
                        return &t->anchors[i - 1];
        return NULL;
}

static void tape_record(struct yaml_reader *r, const struct yaml_item *it)
{
        struct tape *t = r->tape;

        if (t->n == YAML_MAX_ANCHORED || it->len > YAML_MAX_ANCHORED_BYTES - t->text_bytes) {
                fail(r, it->line, it->column,
                     "too much stands under anchors: at most %d values and %u MB",
                     YAML_MAX_ANCHORED, YAML_MAX_ANCHORED_BYTES >> 20);
                return;
        }
        if (t->n == t->size) {
                t->size = t->size ? t->size * 2 : 64;
                t->items = mem_resize(t->items, t->size, sizeof(*t->items));
        }
        t->items[t->n] = *it;
        if (it->text)
                t->items[t->n].text = arena_copy(t->texts, it->text, it->len);
        t->text_bytes += it->len;
        t->n++;
}

/* Closes the anchors whose node is complete: those that stand at the present depth. */
static void anchors_close(struct yaml_reader *r)
{
        struct tape *t = r->tape;

        for (size_t i = t->n_anchors; i > 0 && t->n_open > 0; i--) {
                struct anchor *a = &t->anchors[i - 1];

                if (!a->open)
                        continue;
                if (a->depth != r->depth)
                        return;
                a->open = false;
                a->end = t->n;
                t->n_open--;
        }
}

/* --- items ------------------------------------------------------------------------------------ */

static void replay_next(struct yaml_reader *r, struct yaml_item *ret)
{
        *ret = r->tape->items[r->replay++];
        ret->line = r->replay_line;
        ret->column = r->replay_column;
}

static void bad(struct yaml_item *it, const char *why)
{
        it->kind = YAML_BAD;
        it->text = why;
        it->len = strlen(why);
}

static void alias_start(struct yaml_reader *r, struct yaml_item *ret)
{
        const struct anchor *a = anchor_find(r->tape, (const char *)r->event.data.alias.anchor);

        if (!a) {
                bad(ret, "this alias names no anchor that stands before it");
        } else if (a->open) {
                bad(ret, "this alias stands inside the very value it names");
        } else if ((r->n_replayed += a->end - a->start) > YAML_MAX_REPLAYED) {
                fail(r, ret->line, ret->column, "aliases expand to more than %d values",
                     YAML_MAX_REPLAYED);
        } else {
                r->replay = a->start;
                r->replay_end = a->end;
                r->replay_line = ret->line;
                r->replay_column = ret->column;
                replay_next(r, ret);
        }
}

/* Libyaml's next event of interest into r->event; false when reading is over. */
static bool next_event(struct yaml_reader *r)
{
        do {
                yaml_event_delete(&r->event);
                if (!yaml_parser_parse(&r->parser, &r->event)) {
                        fail_syntax(r);
                        return false;
                }
                r->source.gap_bytes = 0;
                if (r->event.type == YAML_DOCUMENT_START_EVENT && r->n_documents++ > 0) {
                        fail(r, mark_line(r->event.start_mark), mark_column(r->event.start_mark),
                             "a second document: a configuration file holds only one");
                        return false;
                }
        } while (r->event.type == YAML_STREAM_START_EVENT ||
                 r->event.type == YAML_DOCUMENT_START_EVENT ||
                 r->event.type == YAML_DOCUMENT_END_EVENT);
        return true;
}

/* Names the coming node, when it carries an anchor. */
static void open_if_anchored(struct yaml_reader *r, const yaml_char_t *anchor,
                             const yaml_char_t *tag, struct yaml_item *ret)
{
        ret->tagged = tag != NULL;
        if (anchor)
                anchor_open(r, (const char *)anchor, ret);
}

static void fill_scalar(struct yaml_reader *r, struct yaml_item *ret)
{
        open_if_anchored(r, r->event.data.scalar.anchor, r->event.data.scalar.tag, ret);
        ret->kind = YAML_SCALAR;
        ret->text = (const char *)r->event.data.scalar.value;
        ret->len = r->event.data.scalar.length;
        ret->plain = r->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

static void parse_next(struct yaml_reader *r, struct yaml_item *ret)
{
        if (!next_event(r))
                return;
        const yaml_event_t *e = &r->event;

        *ret = (struct yaml_item){
                .line = mark_line(e->start_mark),
                .column = mark_column(e->start_mark),
        };
        switch (e->type) {
        case YAML_SCALAR_EVENT:
                fill_scalar(r, ret);
                break;
        case YAML_SEQUENCE_START_EVENT:
                ret->kind = YAML_LIST;
                open_if_anchored(r, e->data.sequence_start.anchor, e->data.sequence_start.tag, ret);
                break;
        case YAML_MAPPING_START_EVENT:
                ret->kind = YAML_MAPPING;
                open_if_anchored(r, e->data.mapping_start.anchor, e->data.mapping_start.tag, ret);
                break;
        case YAML_SEQUENCE_END_EVENT:
                ret->kind = YAML_LIST_END;
                break;
        case YAML_MAPPING_END_EVENT:
                ret->kind = YAML_MAPPING_END;
                break;
        case YAML_ALIAS_EVENT:
                alias_start(r, ret);
                break;
        default: /* the end of the stream: next_event() has dealt with the rest */
                ret->kind = YAML_END;
                r->last = *ret;
                break;
        }
}

static void track_depth(struct yaml_reader *r, const struct yaml_item *it)
{
        if (it->kind == YAML_LIST || it->kind == YAML_MAPPING)
                r->depth++;
        else if (it->kind == YAML_LIST_END || it->kind == YAML_MAPPING_END)
                r->depth--;
        assert(r->depth >= 0);
        if (r->depth > YAML_MAX_DEPTH)
                fail(r, it->line, it->column, "nested more than %d levels deep", YAML_MAX_DEPTH);
}

void yaml_reader_next(struct yaml_reader *r, struct yaml_item *ret)
{
        if (!is_over(r)) {
                if (r->replay < r->replay_end)
                        replay_next(r, ret);
                else
                        parse_next(r, ret);
        }
        if (!is_over(r))
                track_depth(r, ret);
        if (!is_over(r) && r->tape && r->tape->n_open > 0) {
                tape_record(r, ret);
                anchors_close(r);
        }
        if (is_over(r))
                *ret = r->last;
}
