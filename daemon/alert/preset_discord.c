/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Discord's webhooks: one embed. Its limits count characters; ours count bytes and are never the
 * larger. What Markdown could take for its own gets a backslash, and nobody can be called by name.
 */
#include "daemon/alert/preset.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/parse.h"

#include <string.h>

/* Of the embed: title 256, description 4096, 25 fields of 256 and 1024, 6000 in all; at most half
   of that before backslashes. */
#define TITLE_BYTES 128
#define BODY_BYTES 1400

static const int COLOURS[RANK_COUNT] = {
        [RANK_CRITICAL] = 0xc0392b,
        [RANK_WARNING]  = 0xe67e22,
        [RANK_INFO]     = 0x2980b9,
        [RANK_GOOD]     = 0x27ae60,
};

static json_t *plain(const char *s)
{
        struct buf out = BUF_INIT(2 * strlen(s) + 1);

        for (; *s; s++) {
                if (strchr("\\*_~`|>[]()#<@", *s))
                        buf_puts(&out, "\\");
                buf_append(&out, s, 1);
        }
        json_t *text = json_string(buf_str(&out));

        buf_done(&out);
        return text;
}

static json_t *embed(const struct message *m)
{
        AUTO_FREE char *title = preset_title(m, TITLE_BYTES);
        AUTO_FREE char *body = preset_body(m, BODY_BYTES);
        json_t *o = json_object();
        char at[TIME_STR_MAX];

        preset_put(o, "title", plain(title));
        preset_put(o, "description", plain(body));
        preset_put(o, "color", json_integer(COLOURS[preset_rank(m)]));
        preset_put(o, "fields", preset_fields(m, "name", "inline", plain));
        preset_put(o, "timestamp", json_string(time_rfc3339(m->at_s, at)));
        return o;
}

static void post(const struct preset_terms *t, const struct message *m, const char *payload,
                 struct preset_post *ret)
{
        json_t *root = json_object(), *embeds = json_array(), *mentions = json_object();

        (void)t, (void)payload;
        preset_put(mentions, "parse", json_array());
        preset_append(embeds, embed(m));
        preset_put(root, "allowed_mentions", mentions);
        preset_put(root, "embeds", embeds);
        ret->body = preset_dump(root);
}

const struct preset PRESET_DISCORD = { .post = post };
