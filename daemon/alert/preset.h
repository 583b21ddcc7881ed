/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/alert/preset.h - inside alert: messages in the words of the services that are told by
 * HTTP, one row and one function for each. Pure. Texts come from servers and certificates: none of
 * them can break the JSON, call people by name (@channel) or pass for a link.
 */
#pragma once

#include "daemon/alert/message.h"

#include "config/model.h"

#include <jansson.h>
#include <stdint.h>

/* What a receiver knows when it sends. */
struct preset_terms {
        const struct config_receiver *cfg;
        const char *url;   /* as configured, or of the file */
        const char *token; /* NULL = none */
        int64_t now_s;
};

/* All of it is malloc'ed: preset_post_done() it. */
struct preset_post {
        char *url;           /* NULL = that of the terms */
        char *authorization; /* value of the header, or NULL */
        char *body;          /* NULL: the service has no use for this message */
};

struct preset {
        /* @payload is the JSON text of @m. */
        void (*post)(const struct preset_terms *t, const struct message *m, const char *payload,
                     struct preset_post *ret);
        /* What was told before, @n messages (1 or more) at once; NULL = never asked. */
        void (*resend)(const struct preset_terms *t, const struct message *messages, size_t n,
                       struct preset_post *ret);
        /* Is the URL one to work with? Why not, malloc'ed and without the URL; NULL = it is. */
        char *(*refuse)(const char *url);
};

extern const struct preset *const PRESETS[RECEIVER_KIND_COUNT]; /* NULL: not told by HTTP */

void preset_post_done(struct preset_post *p);

/* --- for the presets themselves --------------------------------------------------------------- */

extern const struct preset PRESET_ALERTMANAGER, PRESET_SLACK, PRESET_TEAMS, PRESET_DISCORD,
        PRESET_PAGERDUTY, PRESET_OPSGENIE, PRESET_NTFY, PRESET_TEMPLATE;

/* A JSON string of at most @max_bytes (4 or more) of @s, printable; NULL is "". */
json_t *preset_text(const char *s, size_t max_bytes);

/* Puts @value, which is consumed, into @object. */
void preset_put(json_t *object, const char *key, json_t *value);
void preset_append(json_t *array, json_t *value);

/* The text of @root, which is consumed. */
char *preset_dump(json_t *root);

/* "[critical] api.example.com:443: certificate expires in 6 d"; malloc'ed. */
char *preset_title(const struct message *m, size_t max_bytes);

/* message_body() without the summary at its beginning: that is in the title; malloc'ed. */
char *preset_body(const struct message *m, size_t max_bytes);

/* "critical", or what else a message is about: "resolved", "replaced", "test", "summary". */
const char *preset_mood(const struct message *m);

/* What belongs to that in the order of the worst: 0 critical, 1 warning, 2 information, 3 good. */
enum preset_rank { RANK_CRITICAL, RANK_WARNING, RANK_INFO, RANK_GOOD, RANK_COUNT };
enum preset_rank preset_rank(const struct message *m);

struct preset_fact {
        const char *key;
        char *value;
};

#define PRESET_MAX_FACTS 8

/* Change, code, target ...: how many; preset_facts_done() them. */
size_t preset_facts(const struct message *m, struct preset_fact out[static PRESET_MAX_FACTS]);
void preset_facts_done(struct preset_fact *facts, size_t n);

/*
 * The same as a list of objects: the key at @name, the value as @plain makes it harmless, and at
 * @narrow whether two of them have room side by side.
 */
json_t *preset_fields(const struct message *m, const char *name, const char *narrow,
                      json_t *(*plain)(const char *s));

/* The same from "opened" to "resolved": of the group, or else of the message. */
const char *preset_key(const struct message *m);

/* Is it about a problem, and not an event, a test or a summary? */
bool preset_is_problem(const struct message *m);
