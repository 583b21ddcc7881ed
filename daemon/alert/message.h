/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/alert/message.h - what is told to a receiver: one transition of one endpoint, in words and
 * as data. Its JSON form is the body of the webhook and the payload of the outbox; it is documented
 * in notafter.yaml(5) and versioned by "type".
 */
#pragma once

#include "daemon/judge/transition.h"

#include <stddef.h>
#include <stdint.h>

#define MESSAGE_ID_SIZE 38     /* "msg_" and 32 hex digits, and a NUL, rounded */
#define MESSAGE_MAX_BYTES 20000 /* Standard Webhooks asks for less than 20 kB */

struct message_label {
        char *key;
        char *value;
};

struct message {
        char id[MESSAGE_ID_SIZE]; /* stable: every attempt to every receiver carries it */
        char *endpoint;           /* id of the endpoint */
        char *name;               /* what people call it */
        char *target;             /* "example.com:443" */
        enum transition_kind kind;
        enum finding_code code;
        enum severity severity;
        enum severity previous;
        int64_t since_s;
        int64_t at_s;
        char *summary;     /* what, where, until when, in one line */
        char *remedy;      /* what to do */
        char *fingerprint; /* SHA-256 of the certificate it speaks of, or NULL */
        struct message_label *labels;
        size_t n_labels;
};

/* A fresh id from the system's random source. */
void message_id_new(char out[static MESSAGE_ID_SIZE]);

/* JSON text, malloc'ed, at most MESSAGE_MAX_BYTES: long texts are cut at a character. */
char *message_to_json(const struct message *m);

/* Parses what message_to_json() wrote. 0, or -EBADMSG; *ret is zeroed first. */
int message_from_json(const char *json, struct message *ret);

void message_done(struct message *m);
