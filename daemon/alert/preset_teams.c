/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Microsoft Teams: an adaptive card, as workflows ("when a webhook request is received") post it.
 * A RichTextBlock shows text as it is; a TextBlock or a FactSet would take it for Markdown.
 */
#include "daemon/alert/preset.h"

#include "common/base/cleanup.h"
#include "common/base/mem.h"

#include <string.h>

#define TITLE_BYTES 300
#define BODY_BYTES 4000

static const char *const COLOURS[RANK_COUNT] = {
        [RANK_CRITICAL] = "attention",
        [RANK_WARNING]  = "warning",
        [RANK_INFO]     = "accent",
        [RANK_GOOD]     = "good",
};

static json_t *run(const char *text, bool bold)
{
        json_t *o = json_object();

        preset_put(o, "type", json_string("TextRun"));
        preset_put(o, "text", json_string(text));
        if (bold)
                preset_put(o, "weight", json_string("bolder"));
        return o;
}

static json_t *block(json_t *inlines)
{
        json_t *o = json_object();

        preset_put(o, "type", json_string("RichTextBlock"));
        preset_put(o, "inlines", inlines);
        return o;
}

static json_t *title_block(const struct message *m)
{
        AUTO_FREE char *title = preset_title(m, TITLE_BYTES);
        json_t *inlines = json_array(), *text = run(title, true);

        preset_put(text, "size", json_string("large"));
        preset_put(text, "color", json_string(COLOURS[preset_rank(m)]));
        preset_append(inlines, text);
        return block(inlines);
}

/* One block for each line. */
static void append_lines(json_t *blocks, const struct message *m)
{
        AUTO_FREE char *body = preset_body(m, BODY_BYTES);
        char *rest = body;

        for (char *line; (line = strsep(&rest, "\n"));) {
                json_t *inlines = json_array();

                preset_append(inlines, run(line, false));
                preset_append(blocks, block(inlines));
        }
}

static void append_facts(json_t *blocks, const struct message *m)
{
        struct preset_fact facts[PRESET_MAX_FACTS];
        size_t n = preset_facts(m, facts);

        for (size_t i = 0; i < n; i++) {
                AUTO_FREE char *key = mem_printf("%s: ", facts[i].key);
                json_t *inlines = json_array();

                preset_append(inlines, run(key, true));
                preset_append(inlines, run(facts[i].value, false));
                preset_append(blocks, block(inlines));
        }
        preset_facts_done(facts, n);
}

static json_t *card(const struct message *m)
{
        json_t *o = json_object(), *blocks = json_array(), *teams = json_object();

        preset_append(blocks, title_block(m));
        append_lines(blocks, m);
        append_facts(blocks, m);
        preset_put(teams, "width", json_string("Full"));
        preset_put(o, "$schema", json_string("http://adaptivecards.io/schemas/adaptive-card.json"));
        preset_put(o, "type", json_string("AdaptiveCard"));
        preset_put(o, "version", json_string("1.4"));
        preset_put(o, "body", blocks);
        preset_put(o, "msteams", teams);
        return o;
}

static void post(const struct preset_terms *t, const struct message *m, const char *payload,
                 struct preset_post *ret)
{
        json_t *root = json_object(), *attachment = json_object(), *list = json_array();

        (void)t, (void)payload;
        preset_put(attachment, "contentType",
                   json_string("application/vnd.microsoft.card.adaptive"));
        preset_put(attachment, "contentUrl", json_null());
        preset_put(attachment, "content", card(m));
        preset_append(list, attachment);
        preset_put(root, "type", json_string("message"));
        preset_put(root, "attachments", list);
        ret->body = preset_dump(root);
}

const struct preset PRESET_TEAMS = { .post = post };
