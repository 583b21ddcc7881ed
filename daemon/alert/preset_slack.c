/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Slack's incoming webhooks: one attachment, which Mattermost and Rocket.Chat understand as well.
 * Nothing is marked up; "&", "<" and ">" are the characters that mean something all the same (links
 * and calls such as <!channel>), and have a form of their own.
 */
#include "daemon/alert/preset.h"

#include "daemon/alert/excerpt.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"

#include <string.h>

#define TITLE_BYTES 300
#define BODY_BYTES 3000
#define ESCAPED_MAX 5 /* times as long: "&amp;" */

static const char *const COLOURS[RANK_COUNT] = {
        [RANK_CRITICAL] = "#c0392b",
        [RANK_WARNING]  = "#e67e22",
        [RANK_INFO]     = "#2980b9",
        [RANK_GOOD]     = "#27ae60",
};

static json_t *plain(const char *s)
{
        struct buf out = BUF_INIT(strlen(s) * ESCAPED_MAX + 1);

        for (; *s; s++)
                if (*s == '&')
                        buf_puts(&out, "&amp;");
                else if (*s == '<')
                        buf_puts(&out, "&lt;");
                else if (*s == '>')
                        buf_puts(&out, "&gt;");
                else
                        buf_append(&out, s, 1);
        json_t *text = json_string(buf_str(&out));

        buf_done(&out);
        return text;
}

static void post(const struct preset_terms *t, const struct message *m, const char *payload,
                 struct preset_post *ret)
{
        AUTO_FREE char *title = preset_title(m, TITLE_BYTES);
        AUTO_FREE char *body = preset_body(m, BODY_BYTES);
        json_t *root = json_object(), *attachment = json_object(), *list = json_array();

        (void)t, (void)payload;
        preset_put(attachment, "fallback", plain(title));
        preset_put(attachment, "color", json_string(COLOURS[preset_rank(m)]));
        preset_put(attachment, "title", plain(title));
        preset_put(attachment, "text", plain(body));
        preset_put(attachment, "mrkdwn_in", json_array());
        preset_put(attachment, "fields", preset_fields(m, "title", "short", plain));
        preset_put(attachment, "footer", json_string("notafter"));
        preset_put(attachment, "ts", json_integer(m->at_s));
        preset_append(list, attachment);
        preset_put(root, "attachments", list);
        ret->body = preset_dump(root);
}

const struct preset PRESET_SLACK = { .post = post };
