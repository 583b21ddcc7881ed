/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in queue_print.h. */
#include "daemon/app/queue_print.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "daemon/app/doc.h"
#include "daemon/app/wrap.h"

#include <stdio.h>
#include <string.h>

#define RECEIVER_COLUMNS 16
#define NAME_MAX_BYTES 4096

static void print_receiver(const json_t *r)
{
        const char *since = doc_text(r, "disabled_since", NULL);
        const char *why = doc_text(r, since ? "disabled_reason" : "last_error", NULL);
        json_int_t rests_s = doc_number(r, "rests_s");
        struct buf name = BUF_INIT(NAME_MAX_BYTES);
        char span[SPAN_STR_MAX];

        wrap_cell(&name, doc_text(r, "receiver", "?"), RECEIVER_COLUMNS);
        printf("%s %8lld %9lld  %s", buf_str(&name), (long long)doc_number(r, "waiting"),
               (long long)doc_number(r, "dead"), doc_text(r, "state", "?"));
        buf_done(&name);
        if (since)
                printf(" since %s", since);
        if (rests_s > 0)
                printf(" for %s", span_str(rests_s, span));
        printf("\n");
        if (!why)
                return;
        AUTO_FREE char *text = mem_printf("%s%s", since ? "" : "last error: ", why);

        printf("    ");
        wrap_print(text, 4);
}

static void print_letter(const json_t *l)
{
        const char *given_up = doc_text(l, "given_up", NULL);
        const char *error = doc_text(l, "last_error", NULL);
        json_int_t attempts = doc_number(l, "attempts");
        char created[RELATIVE_STR_MAX], then[RELATIVE_STR_MAX];

        printf("  %s  %s, %lld attempt%s, %s%s: ", doc_text(l, "receiver", "?"),
               doc_relative(l, "created", created), (long long)attempts,
               attempts == 1 ? "" : "s", given_up ? "given up " : "next ",
               doc_relative(l, given_up ? "given_up" : "due", then));
        printf("%s\n    ", doc_text(l, "id", "?"));
        wrap_print(doc_text(l, "summary", "(its text cannot be read)"), 4);
        if (!error)
                return;
        printf("    -> ");
        wrap_print(error, 7);
}

static void print_letters(const char *title, const json_t *letters, json_int_t total)
{
        const json_t *l;
        size_t i;

        if (json_array_size(letters) == 0)
                return;
        printf("\n%s\n", title);
        json_array_foreach(letters, i, l)
                print_letter(l);
        if ((json_int_t)i < total)
                printf("  ... and %lld more; --json has the first thousand\n",
                       (long long)(total - (json_int_t)i));
}

void queue_print(const json_t *doc, const char *receiver)
{
        const json_t *receivers = json_object_get(doc, "receivers"), *r;
        json_int_t waiting = 0, dead = 0;
        size_t i;

        printf("RECEIVER          WAITING  GIVEN UP  STATE\n");
        json_array_foreach(receivers, i, r) {
                if (receiver && strcmp(doc_text(r, "receiver", ""), receiver) != 0)
                        continue;
                print_receiver(r);
                waiting += doc_number(r, "waiting");
                dead += doc_number(r, "dead");
        }
        print_letters("Waiting, the oldest first:", json_object_get(doc, "waiting"), waiting);
        print_letters("Given up, the latest first:", json_object_get(doc, "dead"), dead);
}
