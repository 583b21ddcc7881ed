/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ntfy: JSON goes to the server's root and names the topic, which people know as the last part of
 * an address: https://ntfy.sh/topic.
 */
#include "daemon/alert/preset.h"

#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "config/value.h"

#include <string.h>

#define TITLE_BYTES 250
#define BODY_BYTES 3800 /* what is longer than 4096 becomes an attachment */

static const struct {
        int priority;
        const char *tag; /* the short name of an emoji */
} LOOKS[RANK_COUNT] = {
        [RANK_CRITICAL] = { 5, "rotating_light" },
        [RANK_WARNING]  = { 4, "warning" },
        [RANK_INFO]     = { 2, "information_source" },
        [RANK_GOOD]     = { 3, "white_check_mark" },
};

/* Where the topic stands in @url, or NULL. */
static const char *topic_of(const char *url)
{
        size_t n = 0;
        const char *authority = value_url_authority(url, &n);
        const char *slash = authority ? strrchr(authority + n, '/') : NULL;

        return slash && slash[1] && !strpbrk(slash, "?#%") ? slash + 1 : NULL;
}

static char *refuse(const char *url)
{
        return topic_of(url) ? NULL : mem_strdup("an ntfy address ends with the topic, as in "
                                                 "https://ntfy.sh/topic");
}

static void post(const struct preset_terms *t, const struct message *m, const char *payload,
                 struct preset_post *ret)
{
        AUTO_FREE char *title = preset_title(m, TITLE_BYTES);
        AUTO_FREE char *body = preset_body(m, BODY_BYTES);
        const char *topic = topic_of(t->url);
        json_t *root = json_object(), *tags = json_array();
        enum preset_rank rank = preset_rank(m);

        (void)payload;
        preset_append(tags, json_string(LOOKS[rank].tag));
        preset_append(tags, json_string(message_code(m)));
        preset_put(root, "topic", json_string(topic));
        preset_put(root, "title", json_string(title));
        preset_put(root, "message", json_string(*body ? body : title));
        preset_put(root, "priority", json_integer(LOOKS[rank].priority));
        preset_put(root, "tags", tags);
        ret->url = mem_printf("%.*s", (int)(topic - t->url), t->url);
        ret->authorization = t->token ? mem_printf("Bearer %s", t->token) : NULL;
        ret->body = preset_dump(root);
}

const struct preset PRESET_NTFY = { .post = post, .refuse = refuse };
