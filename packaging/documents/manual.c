/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Manual pages from hand-written ones and the tables; the contract is in documents.h.
 *
 * People write what a table cannot know: why, and when. What it knows, they need not repeat, and
 * what is new in it they cannot forget: a page of the configuration without one of its keys is not
 * built.
 */
#include "packaging/documents/documents.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/cert/finding.h"
#include "config/schema.h"
#include "config/value.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MARK ".\\\" "
#define MAX_ROWS 512 /* of all schemas; an assertion counts */
#define PHRASE_MAX_BYTES 4096

struct page {
        FILE *out;
        const struct schema_row *told[MAX_ROWS];
        size_t n_told;
        int r;
};

static const struct {
        const char *name;
        const struct schema *schema;
} SCHEMAS[] = {
        { "top", &SCHEMA_TOP },         { "endpoint", &SCHEMA_ENDPOINT },
        { "receiver", &SCHEMA_RECEIVER }, { "route", &SCHEMA_ROUTE },
        { "silence", &SCHEMA_SILENCE }, { "match", &SCHEMA_MATCH },
        { "listen", &SCHEMA_LISTEN },
};

/* --- typesetting ------------------------------------------------------------------------------ */

/* Words in which nothing is a request, and hyphens are those of a keyboard. */
static void put_words(FILE *out, const char *text, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                if (i == 0 && (text[i] == '.' || text[i] == '\''))
                        fputs("\\&", out);
                if (text[i] == '\\')
                        fputs("\\e", out);
                else if (text[i] == '-')
                        fputs("\\-", out);
                else
                        fputc(text[i], out);
        }
}

/* Sentences, each on a line of its own. */
static void put_text(FILE *out, const char *text)
{
        for (const char *end; *text; text = *end ? end + 1 : end) {
                for (end = text; *end; end++)
                        if (*end == ' ' && isupper((unsigned char)end[1]) && end > text &&
                            strchr(".)", end[-1]))
                                break;
                put_words(out, text, (size_t)(end - text));
                fputc('\n', out);
        }
}

static void put_labelled(FILE *out, const char *label, const char *text)
{
        fprintf(out, ".br\n%s: ", label);
        put_text(out, text);
}

/* --- diagnoses -------------------------------------------------------------------------------- */

static void put_diagnoses(FILE *out)
{
        /* by the first of each, in the order of enum finding_code */
        static const char *const PARTS[FINDING_COUNT] = {
                [FINDING_INPUT_UNREADABLE] = "Reading the input",
                [FINDING_LEAF_EXPIRED] = "Dates",
                [FINDING_HOSTNAME_MISMATCH] = "Names",
                [FINDING_SELF_SIGNED_LEAF] = "Trust",
                [FINDING_REVOKED] = "Revocation",
                [FINDING_LEAF_NOT_FIRST] = "What was sent, and in which order",
                [FINDING_WEAK_SIGNATURE] = "Strength",
                [FINDING_ADDRESS_SKEW] = "Several places that should agree",
                [FINDING_CLIENT_CERT_EXPIRED] = "The certificate that we show",
                [FINDING_RENEWED] = "What is new",
                [FINDING_DNS_FAILED] = "Reachability",
        };
        static const char *const SEVERITIES[SEVERITY_COUNT] = {
                [SEVERITY_OK] = "ignored",
                [SEVERITY_INFO] = "information",
                [SEVERITY_WARNING] = "warning",
                [SEVERITY_ERROR] = "error",
        };

        for (size_t i = 0; i < FINDING_COUNT; i++) {
                const struct finding_info *f = &FINDINGS[i];

                if (PARTS[i])
                        fprintf(out, ".SH %s\n", PARTS[i]);
                fputs(".TP\n.BR ", out);
                put_words(out, f->name, strlen(f->name));
                fprintf(out, " \" (%s)\"\n", SEVERITIES[f->severity]);
                put_text(out, f->meaning);
                put_labelled(out, "Found", f->found);
                put_labelled(out, "Mend", f->mend);
        }
}

/* --- keys ------------------------------------------------------------------------------------- */

static int wrong(struct page *p, const char *what, const char *name)
{
        fprintf(stderr, "documents: %s: %s\n", what, name);
        return p->r = -EINVAL;
}

static bool is_told(const struct page *p, const struct schema_row *row)
{
        for (size_t i = 0; i < p->n_told; i++)
                if (p->told[i] == row)
                        return true;
        return false;
}

static void put_rules(FILE *out, const struct schema_row *row)
{
        struct buf b = BUF_INIT(PHRASE_MAX_BYTES);

        value_allowed(&b, row);
        if (row->type == SCHEMA_NUMBER || row->type == SCHEMA_NUMBER_OR_AUTO)
                buf_printf(&b, " %s", row->unit);
        if (row->standard)
                buf_printf(&b, "; unless given, %s", row->standard);
        if (row->flags & SCHEMA_REQUIRED)
                buf_puts(&b, "; required");
        if (row->flags & SCHEMA_ONE_OF)
                buf_puts(&b, "; exactly one of these");
        if (row->flags & SCHEMA_MAIN_ONLY)
                buf_puts(&b, "; in the main file only");
        if (row->flags & SCHEMA_NET_ONLY)
                buf_puts(&b, "; not of files");
        fputs("(", out);
        put_words(out, buf_str(&b), b.len);
        fputs(")\n.br\n", out);
        buf_done(&b);
}

static void put_key(struct page *p, const char *name, const struct schema_row *row)
{
        if (is_told(p, row))
                wrong(p, "this key is told twice", name);
        assert(p->n_told < MAX_ROWS);
        p->told[p->n_told++] = row;
        fprintf(p->out, ".TP\n.B %s\n", name);
        put_rules(p->out, row);
        put_text(p->out, row->help);
}

static const struct schema *schema_called(const char *name)
{
        static const struct schema *const WITH_MAPPINGS[] = { &SCHEMA_RECEIVER, &SCHEMA_TOP };

        for (size_t i = 0; i < ARRAY_LEN(SCHEMAS); i++)
                if (strcmp(SCHEMAS[i].name, name) == 0)
                        return SCHEMAS[i].schema;
        for (size_t i = 0; i < ARRAY_LEN(WITH_MAPPINGS); i++) {
                const struct schema_row *row = schema_find(WITH_MAPPINGS[i], name);

                if (row && row->rows)
                        return row->rows;
        }
        return NULL;
}

/* "flap.opens" of alerts. */
static const struct schema_row *row_at(const struct schema *s, const char *path)
{
        const struct schema_row *row = NULL;
        char key[64];

        for (const char *rest = path; s && *rest; rest += *rest == '.') {
                size_t n = strcspn(rest, ".");

                snprintf(key, sizeof(key), "%.*s", (int)n, rest);
                row = schema_find(s, key);
                s = row ? row->rows : NULL;
                rest += n;
                if (!row)
                        return NULL;
        }
        return row;
}

static void tell_key(struct page *p, const struct schema *s, const char *path)
{
        const struct schema_row *row = row_at(s, path);

        if (row)
                put_key(p, path, row);
        else
                wrong(p, "there is no such key", path);
}

static void check_all_told(struct page *p, const char *where, const struct schema *s)
{
        char path[128];

        for (size_t i = 0; i < s->n; i++) {
                const struct schema_row *row = &s->rows[i];

                snprintf(path, sizeof(path), "%s.%s", where, row->key);
                if (!is_told(p, row))
                        wrong(p, "this key is not told", path);
                if (row->rows && row->rows != &SCHEMA_MATCH)
                        check_all_told(p, path, row->rows);
        }
}

/* --- the page --------------------------------------------------------------------------------- */

/* A line behind the mark: other comments are copied. */
static bool tell(struct page *p, char *line)
{
        const char *what = strtok(line, " \n"), *name = strtok(NULL, " \n");
        const char *path = strtok(NULL, " \n");

        if (!what || (strcmp(what, "key") != 0 && strcmp(what, "keys") != 0 &&
                      strcmp(what, "diagnoses") != 0))
                return false;
        if (strcmp(what, "diagnoses") == 0) {
                put_diagnoses(p->out);
                return true;
        }
        const struct schema *s = name ? schema_called(name) : NULL;

        if (!s)
                wrong(p, "there is no such schema", name ? name : "(none)");
        else if (strcmp(what, "key") == 0)
                tell_key(p, s, path ? path : "(none)");
        for (size_t i = 0; s && strcmp(what, "keys") == 0 && i < s->n; i++)
                put_key(p, s->rows[i].key, &s->rows[i]);
        return true;
}

int manual_write(FILE *in, FILE *out)
{
        struct page p = { .out = out };
        AUTO_FREE char *line = NULL;
        size_t size = 0;

        while (getline(&line, &size, in) > 0) {
                AUTO_FREE char *copy = strdup(line);
                bool marked = copy && strncmp(copy, MARK, strlen(MARK)) == 0;

                if (!marked || !tell(&p, copy + strlen(MARK)))
                        fputs(line, out);
        }
        for (size_t i = 0; p.n_told > 0 && i < ARRAY_LEN(SCHEMAS); i++)
                check_all_told(&p, SCHEMAS[i].name, SCHEMAS[i].schema);
        return p.r;
}
