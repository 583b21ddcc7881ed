/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration that a machine begins with. What is in effect is written here; every other key
 * comes from the table, with what it is for above it:
 *
 *     #  # Time between two probes. Allowed: a span of time from 1s to 30d.
 *     #  interval: 1h
 *
 * Without its first character each such line is YAML.
 */
#include "config/loader.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "config/schema.h"
#include "config/value.h"

#include <stdlib.h>
#include <string.h>

#define NEW_MAX_BYTES ((size_t)1 << 20)
#define TEXT_MAX_BYTES 1024
#define COLUMNS 100
#define INDENT 2

static const char HEAD[] =
        "# yaml-language-server: $schema=/usr/share/notafter/notafter.schema.json\n"
        "#\n"
        "# yaml-language-server: $schema=/usr/share/notafter/notafter.schema.json\n"
        "# What notafter watches, and whom it tells.\n"
        "#\n"
        "#     notafter config check        says what is wrong in here, with line and column\n"
        "#     systemctl reload notafter    takes it; what has errors changes nothing\n"
        "#     notafter status              shows what is seen\n"
        "#\n"
        "# Every key there is stands below: take away the # in its first column, and it is in\n"
        "# effect. What stands behind such a # holds anyway, unless it says: for example.\n"
        "# notafter.yaml(5) tells more.\n"
        "\n"
        "# More endpoints, receivers, routes and silences. Put yours there, and no upgrade will\n"
        "# ask what to do with this file.\n"
        "include: notafter.d/*.yaml\n";

/* Keys that are in effect; more of their rows follow as comments. NULL: they stand in HEAD. */
static const struct {
        const char *key, *text;
} LIVE[] = {
        { "include", NULL },
        { "endpoints", "endpoints:\n"
                       "#  - example.com                  # TLS on port 443\n"
                       "#  - smtp://mail.example.com      # turns to TLS when asked (STARTTLS)\n"
                       "#  - file:/etc/letsencrypt/live/*/fullchain.pem\n" },
        { "receivers", "receivers:\n"
                       "  - name: journal                 # journalctl -u notafter\n"
                       "    journald:\n" },
};

/* --- lines ------------------------------------------------------------------------------------ */

static void begin_comment(struct buf *out, int indent)
{
        if (indent > 0)
                buf_printf(out, "#%*s", indent, "");
        buf_puts(out, "#");
}

/* As many words to a line as fit. */
static void explain(struct buf *out, const char *text, int indent)
{
        size_t start = out->len;

        begin_comment(out, indent);
        for (size_t n; *text; text += n + strspn(text + n, " ")) {
                n = strcspn(text, " ");
                if (out->len - start + 1 + n > COLUMNS) {
                        buf_puts(out, "\n");
                        start = out->len;
                        begin_comment(out, indent);
                }
                buf_puts(out, " ");
                buf_append(out, text, n);
        }
        buf_puts(out, "\n");
}

/* Where the help alone, or the value, says what may stand there. */
static bool says_enough(const struct schema_row *row)
{
        static const bool ENOUGH[SCHEMA_TYPE_COUNT] = {
                [SCHEMA_TEXT] = true,      [SCHEMA_PATH] = true,      [SCHEMA_URL] = true,
                [SCHEMA_TEMPLATE] = true,  [SCHEMA_MAIL] = true,      [SCHEMA_TARGET] = true,
                [SCHEMA_HOST] = true,      [SCHEMA_POLICY] = true,    [SCHEMA_LABELS] = true,
                [SCHEMA_TEXTS] = true,     [SCHEMA_MAILS] = true,     [SCHEMA_CODES] = true,
                [SCHEMA_RECEIVER_NAMES] = true, [SCHEMA_MAPPING] = true, [SCHEMA_DEFAULTS] = true,
                [SCHEMA_ENDPOINTS] = true, [SCHEMA_RECEIVERS] = true, [SCHEMA_ROUTES] = true,
                [SCHEMA_SILENCES] = true,  [SCHEMA_LISTENS] = true,   [SCHEMA_INCLUDE] = true,
        };

        return ENOUGH[row->type];
}

static void explain_row(struct buf *out, const struct schema_row *row, int indent, bool instead)
{
        struct buf text = BUF_INIT(TEXT_MAX_BYTES);

        buf_printf(&text, "%s%s", instead ? "Instead: " : "", row->help);
        if (row->flags & SCHEMA_REQUIRED)
                buf_puts(&text, " Required.");
        if (!says_enough(row)) {
                buf_puts(&text, " Allowed: ");
                value_allowed(&text, row);
                buf_puts(&text, ".");
        }
        explain(out, buf_str(&text), indent);
        buf_done(&text);
}

static void key_line(struct buf *out, const struct schema_row *row, int indent, const char *before)
{
        buf_printf(out, "#%*s%s%s:", indent - (int)strlen(before), "", before, row->key);
        if (row->standard)
                buf_printf(out, " %s", row->standard);
        else if (row->example)
                buf_printf(out, " %s  # for example", row->example);
        buf_puts(out, "\n");
}

/* --- rows ------------------------------------------------------------------------------------- */

static void print_row(struct buf *out, const struct schema_row *row, int indent,
                      const char *before);

/*
 * In a list, the first key of an item has its dash. Where one of several must be chosen, all but
 * the first are comments within comments.
 */
static void print_rows(struct buf *out, const struct schema *s, int indent, bool item)
{
        bool chosen = false;

        for (size_t i = 0; i < s->n; i++) {
                const struct schema_row *row = &s->rows[i];
                bool instead = chosen && (row->flags & SCHEMA_ONE_OF);

                chosen |= (row->flags & SCHEMA_ONE_OF) != 0;
                explain_row(out, row, indent, instead);
                print_row(out, row, indent, instead ? "#" : item && i == 0 ? "- " : "");
        }
}

/* What is one endpoint's alone; the rest stands below `defaults:`. */
static void print_endpoint(struct buf *out)
{
        const struct schema own = {
                .rows = SCHEMA_ENDPOINT.rows,
                .n = SCHEMA_ENDPOINT.n - SCHEMA_SETTINGS.n,
        };

        print_rows(out, &own, 2 * INDENT, true);
        explain(out, "And whatever may stand below defaults.", 2 * INDENT);
}

/* A mapping for each kind, with the one key that chooses it. What all have is told of the first. */
static void print_receivers(struct buf *out)
{
        const struct schema_row *row = SCHEMA_RECEIVER.rows, *end = row + SCHEMA_RECEIVER.n;
        const struct schema_row *kinds = row;

        while (!(kinds->flags & SCHEMA_ONE_OF))
                kinds++;
        for (row = kinds; row < end; row++) {
                buf_puts(out, "\n");
                explain_row(out, row, INDENT, false);
                buf_printf(out, "#  - name: %s\n", row->key);
                for (const struct schema_row *r = SCHEMA_RECEIVER.rows + 1;
                     row == kinds && r < kinds; r++) {
                        explain_row(out, r, 2 * INDENT, false);
                        print_row(out, r, 2 * INDENT, "");
                }
                print_row(out, row, 2 * INDENT, "");
        }
}

static void print_row(struct buf *out, const struct schema_row *row, int indent,
                      const char *before)
{
        static const struct schema *const ITEMS[SCHEMA_TYPE_COUNT] = {
                [SCHEMA_ROUTES] = &SCHEMA_ROUTE,
                [SCHEMA_SILENCES] = &SCHEMA_SILENCE,
                [SCHEMA_LISTENS] = &SCHEMA_LISTEN,
        };

        key_line(out, row, indent, before);
        if (row->type == SCHEMA_MAPPING)
                print_rows(out, row->rows, indent + INDENT, false);
        else if (row->type == SCHEMA_DEFAULTS)
                print_rows(out, &SCHEMA_SETTINGS, indent + INDENT, false);
        else if (ITEMS[row->type])
                print_rows(out, ITEMS[row->type], indent + 2 * INDENT, true);
}

static void print_live(struct buf *out, const struct schema_row *row, const char *text)
{
        buf_puts(out, text);
        if (row->type == SCHEMA_ENDPOINTS)
                print_endpoint(out);
        else if (row->type == SCHEMA_RECEIVERS)
                print_receivers(out);
}

static void print_top(struct buf *out, const struct schema_row *row)
{
        for (size_t i = 0; i < ARRAY_LEN(LIVE); i++) {
                if (strcmp(LIVE[i].key, row->key) != 0)
                        continue;
                if (LIVE[i].text) {
                        buf_puts(out, "\n");
                        explain_row(out, row, 0, false);
                        print_live(out, row, LIVE[i].text);
                }
                return;
        }
        buf_puts(out, "\n");
        explain_row(out, row, 0, false);
        print_row(out, row, 0, "");
}

char *config_new(void)
{
        struct buf out = BUF_INIT(NEW_MAX_BYTES);

        buf_puts(&out, HEAD);
        for (size_t i = 0; i < SCHEMA_TOP.n; i++)
                print_top(&out, &SCHEMA_TOP.rows[i]);
        return buf_steal(&out);
}
