/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The dialects that turn to TLS when asked. Those made of lines are scripts: a table of turns, in
 * each of which we say something (or await the greeting) and the peer replies. What a reply looks
 * like differs; a grader tells for each line whether it agrees.
 *
 * Where a list of what the server can do is part of the protocol and does not hold the word, we do
 * not ask. Where there is no such list, the answer to the question itself decides.
 */
#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "common/base/text.h"
#include "daemon/probe/dialogue_internal.h"

#include <string.h>

struct turn {
        const char *say;   /* the command, without its end of line; NULL = await the greeting */
        const char *yes;   /* what the last line of an agreeable reply begins with */
        const char *offer; /* a word without which we go no further; NULL = none is asked for */
        bool is_optional;  /* who knows not this command may know the next */
};

enum heard {
        HEARD_ASIDE, /* not part of a reply */
        HEARD_PART,  /* of a reply; more lines follow */
        HEARD_YES,
        HEARD_NO,
        HEARD_BYE, /* and nothing will follow */
        HEARD_ALIEN,
};

/* ---- scripts -------------------------------------------------------------------------------- */

static void begin_turn(struct dialogue *d)
{
        const struct turn *turn = &d->dialect->turns[d->turn];

        d->is_inside = d->is_offered = false;
        if (turn->say) {
                AUTO_FREE char *line = mem_printf("%s\r\n", turn->say);

                dialogue_ask(d, line, strlen(line), turn->say);
        } else {
                dialogue_await_greeting(d);
        }
}

static void next_turn(struct dialogue *d)
{
        if (!dialogue_in_turn(d))
                return;
        if (d->dialect->turns[d->turn + 1].yes) {
                d->turn++;
                begin_turn(d);
        } else {
                dialogue_ready(d);
        }
}

static void hear_line(struct dialogue *d)
{
        const struct turn *turn = &d->dialect->turns[d->turn];

        switch (d->dialect->grade(d, turn, buf_str(&d->in))) {
        case HEARD_ASIDE:
                return;
        case HEARD_PART:
                dialogue_in_turn(d);
                return;
        case HEARD_YES:
                if (turn->offer && !d->is_offered)
                        dialogue_end(d, DIALOGUE_REFUSED, "peer does not offer %s", turn->offer);
                else
                        next_turn(d);
                return;
        case HEARD_NO:
                if (turn->is_optional)
                        next_turn(d);
                else
                        dialogue_refused(d, d->in.data, d->in.len);
                return;
        case HEARD_BYE:
                dialogue_refused(d, d->in.data, d->in.len);
                return;
        case HEARD_ALIEN:
                dialogue_alien(d);
        }
}

/* Whether @line begins with @word and that ends there. */
static bool first_word_is(const char *line, const char *word)
{
        for (; *word; line++, word++)
                if (text_lower(*line) != text_lower(*word))
                        return false;
        return *line == '\0' || *line == ' ';
}

/* ---- replies that begin with a number (RFC 5321 section 4.2) -------------------------------- */

static bool is_number(const char *line)
{
        return line[0] >= '1' && line[0] <= '5' && line[1] >= '0' && line[1] <= '9' &&
               line[2] >= '0' && line[2] <= '9' &&
               (line[3] == '\0' || line[3] == ' ' || line[3] == '-');
}

/* Every line of a reply has the number; the first one of EHLO's holds no capability. */
static enum heard grade_smtp(struct dialogue *d, const struct turn *turn, const char *line)
{
        if (!is_number(line) || (d->is_inside && strncmp(line, d->number, 3) != 0))
                return HEARD_ALIEN;
        if (d->is_inside && line[3] && turn->offer && first_word_is(line + 4, turn->offer))
                d->is_offered = true;
        if (line[3] == '-') {
                d->is_inside = true;
                memcpy(d->number, line, 3);
                return HEARD_PART;
        }
        return strncmp(line, turn->yes, strlen(turn->yes)) == 0 ? HEARD_YES : HEARD_NO;
}

/* RFC 3207 */
static const struct turn SMTP[] = {
        { .yes = "220" },
        { .say = "EHLO notafter.invalid", .yes = "250", .offer = "STARTTLS" },
        { .say = "STARTTLS", .yes = "220" },
        { 0 },
};

/* ---- all of them ---------------------------------------------------------------------------- */

#define LINES                                                                                      \
        .max_message = DIALOGUE_LINE_MAX, .begin = begin_turn, .frame = frame_line,                \
        .hear = hear_line

static const struct dialect DIALECTS[] = {
        { "smtp", "SMTP", "smtps", LINES, .turns = SMTP, .grade = grade_smtp },
};

const struct dialect *starttls_dialect(const char *name)
{
        for (size_t i = 0; i < ARRAY_LEN(DIALECTS); i++)
                if (strcmp(DIALECTS[i].name, name) == 0)
                        return &DIALECTS[i];
        return NULL;
}
