/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program of the operator's: the payload is its standard input, the environment says the same in
 * words a script can use at once. Nothing else of our environment is passed on.
 */
#include "daemon/alert/child.h"
#include "daemon/alert/excerpt.h"
#include "daemon/alert/receiver_kind.h"

#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "common/base/parse.h"

#include <errno.h>
#include <event2/event.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TEXT_MAX_BYTES 3000
#define OUTPUT_EXCERPT_BYTES 200
#define MAX_VARIABLES 20
#define PATH_VARIABLE "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

struct exec {
        struct receiver receiver;
        struct child *child; /* NULL = none */
        char *path;          /* of the program, for people */
        int64_t timeout_ms;
};

static int exec_open(struct receiver *r, char **ret_error)
{
        struct exec *x = (struct exec *)r;

        x->path = mem_strdup(r->cfg->command[0]);
        x->timeout_ms = r->cfg->timeout_ms;
        if (access(x->path, X_OK) == 0)
                return 0;
        int e = -errno;

        *ret_error = mem_printf("cannot run %s: %s", x->path, strerror(-e));
        return e;
}

/* --- what it is told -------------------------------------------------------------------------- */

struct environment {
        char *variables[MAX_VARIABLES + 1];
        size_t n;
};

static void environment_done(struct environment *e)
{
        for (size_t i = 0; i < e->n; i++)
                free(e->variables[i]);
}

static void put(struct environment *e, const char *name, const char *value)
{
        AUTO_FREE char *s = excerpt(value, TEXT_MAX_BYTES);

        if (e->n < MAX_VARIABLES)
                e->variables[e->n++] = mem_printf("NOTAFTER_%s=%s", name, s);
}

static void put_time(struct environment *e, const char *name, int64_t s)
{
        char text[TIME_STR_MAX];

        put(e, name, time_rfc3339(s, text));
}

static void environment_init(struct environment *e, const struct message *m)
{
        char n_open[32];

        snprintf(n_open, sizeof(n_open), "%" PRId64,
                 m->n_members ? m->n_open : (int64_t)(m->kind != MESSAGE_RESOLVED));
        *e = (struct environment){ .variables = { mem_strdup(PATH_VARIABLE) }, .n = 1 };
        put(e, "ID", m->id);
        put(e, "GROUP", m->group);
        put(e, "TRANSITION", message_kind_str(m->kind));
        put(e, "CODE", message_code(m));
        put(e, "SEVERITY", message_severity_str(m->severity));
        put(e, "PREVIOUS_SEVERITY", message_severity_str(m->previous));
        put(e, "ENDPOINT", m->endpoint);
        put(e, "NAME", m->name);
        put(e, "TARGET", m->target);
        put(e, "SUMMARY", m->summary);
        put(e, "REMEDY", m->remedy);
        put(e, "OPEN", n_open);
        put_time(e, "SINCE", m->since_s);
        put_time(e, "AT", m->at_s);
}

/* --- running it ------------------------------------------------------------------------------- */

/* The first words of its output, in one line. */
static char *words_of(const struct child_end *end)
{
        size_t n = end->n_output;
        AUTO_FREE char *line = mem_copy(end->output, n);

        while (n > 0 && line[n - 1] == '\n')
                n--;
        for (size_t i = 0; i < n; i++)
                if (line[i] == '\n')
                        line[i] = ' ';
        return excerpt_n(line, n, OUTPUT_EXCERPT_BYTES);
}

/* Why it did not succeed, malloc'ed; NULL = it did. */
static char *failure(const struct exec *x, const struct child_end *end)
{
        AUTO_FREE char *said = words_of(end);
        const char *colon = *said ? ": " : "";

        if (end->timed_out)
                return mem_printf("%s was killed: it did not end within %g s%s%s", x->path,
                                  (double)x->timeout_ms / 1000, colon, said);
        if (WIFSIGNALED(end->status))
                return mem_printf("%s was ended by signal %d (%s)%s%s", x->path,
                                  WTERMSIG(end->status), strsignal(WTERMSIG(end->status)), colon,
                                  said);
        if (WEXITSTATUS(end->status) != 0)
                return mem_printf("%s ended with status %d%s%s", x->path, WEXITSTATUS(end->status),
                                  colon, said);
        return NULL;
}

static void on_end(const struct child_end *end, void *arg)
{
        struct exec *x = arg;
        char *why = failure(x, end);

        x->child = NULL;
        receiver_answer(&x->receiver, why ? SEND_RETRY : SEND_OK, why, 0);
}

static void exec_send(struct receiver *r, const struct message *m, const char *payload)
{
        struct exec *x = (struct exec *)r;
        size_t n = r->cfg->n_command;
        AUTO_FREE char **argv = mem_new0(n + 1, sizeof(*argv));
        CLEANUP(environment_done) struct environment environment;

        memcpy(argv, r->cfg->command, n * sizeof(*argv));
        environment_init(&environment, m);
        int e = child_start(&x->child, event_get_base(r->answer),
                            &(struct child_options){
                                    .argv = argv,
                                    .environment = environment.variables,
                                    .input = payload,
                                    .timeout_ms = x->timeout_ms,
                            },
                            on_end, x);

        if (e < 0)
                receiver_answer(r, SEND_RETRY,
                                mem_printf("cannot run %s: %s", x->path, strerror(-e)), 0);
}

static void exec_close(struct receiver *r)
{
        struct exec *x = (struct exec *)r;

        child_kill(x->child);
        free(x->path);
}

const struct receiver_kind_ops RECEIVER_EXEC_OPS = {
        .size  = sizeof(struct exec),
        .open  = exec_open,
        .send  = exec_send,
        .close = exec_close,
};
