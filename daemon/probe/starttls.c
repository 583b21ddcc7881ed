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

#include <stdlib.h>
#include <string.h>

struct turn {
        const char *say;   /* the command, without its end of line; NULL = await the greeting */
        const char *yes;   /* what the last line of an agreeable reply begins with */
        const char *offer; /* a word of the reply without which we go no further; NULL = none */
        bool is_list;      /* the reply goes on to a line with nothing but a dot */
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

        d->is_inside = false;
        buf_clear(&d->reply);
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

static void refuse(struct dialogue *d)
{
        const struct buf *words = d->reply.len > 0 ? &d->reply : &d->in;

        dialogue_refused(d, buf_str(words), words->len);
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
                        refuse(d);
                return;
        case HEARD_BYE:
                refuse(d);
                return;
        case HEARD_ALIEN:
                dialogue_alien(d);
        }
}

/* What follows @word, with which @line begins in any case of letters; NULL when it does not. */
static const char *behind(const char *line, const char *word)
{
        for (; *word; line++, word++)
                if (text_lower(*line) != text_lower(*word))
                        return NULL;
        return line;
}

static bool first_word_is(const char *line, const char *word)
{
        const char *rest = behind(line, word);

        return rest && (*rest == '\0' || *rest == ' ');
}

static const char *next_word(const char *line)
{
        line += strcspn(line, " ");
        return line + strspn(line, " ");
}

static bool has_word(const char *line, const char *word)
{
        for (; *line; line = next_word(line))
                if (first_word_is(line, word))
                        return true;
        return false;
}

/* ---- replies that begin with a number (RFC 5321 section 4.2, RFC 959 section 4.2) ------------ */

static bool is_number(const char *line)
{
        return line[0] >= '1' && line[0] <= '5' && line[1] >= '0' && line[1] <= '9' &&
               line[2] >= '0' && line[2] <= '9' &&
               (line[3] == '\0' || line[3] == ' ' || line[3] == '-');
}

static bool is_same_number(const struct dialogue *d, const char *line)
{
        return is_number(line) && strncmp(line, buf_str(&d->reply), 3) == 0;
}

/* One more line of the reply; the number is kept once. */
static enum heard take_line(struct dialogue *d, const char *line)
{
        if (d->is_inside)
                buf_puts(&d->reply, " ");
        buf_puts(&d->reply, d->is_inside && line[3] && is_same_number(d, line) ? line + 4 : line);
        d->is_inside = true;
        return HEARD_PART;
}

static enum heard take_last_line(struct dialogue *d, const struct turn *turn, const char *line)
{
        take_line(d, line);
        return strncmp(line, turn->yes, strlen(turn->yes)) == 0 ? HEARD_YES : HEARD_NO;
}

/* Every line has the number. The first one in the answer to EHLO is a name, the others offers. */
static enum heard grade_smtp(struct dialogue *d, const struct turn *turn, const char *line)
{
        if (!is_number(line) || (d->is_inside && !is_same_number(d, line)))
                return HEARD_ALIEN;
        if (d->is_inside && line[3] && turn->offer && first_word_is(line + 4, turn->offer))
                d->is_offered = true;
        return line[3] == '-' ? take_line(d, line) : take_last_line(d, turn, line);
}

/* Between the first line and the last one there may be anything. "120" says: wait for the 220. */
static enum heard grade_ftp(struct dialogue *d, const struct turn *turn, const char *line)
{
        if (d->is_inside && !(is_same_number(d, line) && line[3] != '-'))
                return take_line(d, line);
        if (!is_number(line))
                return HEARD_ALIEN;
        if (line[3] == '-')
                return take_line(d, line);
        if (line[0] != '1')
                return take_last_line(d, turn, line);
        d->is_inside = false;
        buf_clear(&d->reply);
        return HEARD_ASIDE;
}

/* RFC 3207 */
static const struct turn SMTP[] = {
        { .yes = "220" },
        { .say = "EHLO notafter.invalid", .yes = "250", .offer = "STARTTLS" },
        { .say = "STARTTLS", .yes = "220" },
        { 0 },
};

/* RFC 2033 section 4.1 */
static const struct turn LMTP[] = {
        { .yes = "220" },
        { .say = "LHLO notafter.invalid", .yes = "250", .offer = "STARTTLS" },
        { .say = "STARTTLS", .yes = "220" },
        { 0 },
};

/* RFC 4217 section 4; what FEAT lists need not be complete, so that AUTH is asked at once */
static const struct turn FTP[] = {
        { .yes = "220" },
        { .say = "AUTH TLS", .yes = "234" },
        { 0 },
};

/* ---- one line, and perhaps a list behind it (RFC 1939 section 3, RFC 3977 section 3.1) ------- */

static enum heard begin_list(struct dialogue *d, const struct turn *turn)
{
        d->is_inside = turn->is_list;
        return turn->is_list ? HEARD_PART : HEARD_YES;
}

static enum heard grade_list(struct dialogue *d, const struct turn *turn, const char *line)
{
        if (first_word_is(line, turn->offer))
                d->is_offered = true;
        return strcmp(line, ".") == 0 ? HEARD_YES : HEARD_PART;
}

static enum heard grade_pop3(struct dialogue *d, const struct turn *turn, const char *line)
{
        if (d->is_inside)
                return grade_list(d, turn, line);
        if (first_word_is(line, turn->yes))
                return begin_list(d, turn);
        return first_word_is(line, "-ERR") ? HEARD_NO : HEARD_ALIEN;
}

static enum heard grade_nntp(struct dialogue *d, const struct turn *turn, const char *line)
{
        if (d->is_inside)
                return grade_list(d, turn, line);
        if (!is_number(line) || line[3] == '-')
                return HEARD_ALIEN;
        if (strncmp(line, turn->yes, strlen(turn->yes)) == 0)
                return begin_list(d, turn);
        return HEARD_NO;
}

/* RFC 2595 section 4, RFC 2449 section 5; a server without CAPA may still know STLS */
static const struct turn POP3[] = {
        { .yes = "+OK" },
        { .say = "CAPA", .yes = "+OK", .is_list = true, .offer = "STLS", .is_optional = true },
        { .say = "STLS", .yes = "+OK" },
        { 0 },
};

/* RFC 4642 section 2, RFC 3977 section 5; "200" and "201" greet; CAPABILITIES came late */
static const struct turn NNTP[] = {
        { .yes = "20" },
        { .say = "CAPABILITIES", .yes = "101", .is_list = true, .offer = "STARTTLS",
          .is_optional = true },
        { .say = "STARTTLS", .yes = "382" },
        { 0 },
};

/* ---- lines with literals: "{12}" at the end, and 12 bytes follow that are no lines ----------- */

/* Takes the mark off; whether there was one. A longer literal than 9999 bytes is refused anyway. */
static bool take_literal_mark(struct dialogue *d)
{
        size_t n = d->in.len;
        size_t at = n > 2 ? n - 2 : 0;

        if (n < 3 || d->in.data[n - 1] != '}')
                return false;
        while (at > 0 && n - at < 6 && d->in.data[at] >= '0' && d->in.data[at] <= '9')
                at--;
        if (at == n - 2 || d->in.data[at] != '{')
                return false;
        d->literal = strtoul(d->in.data + at + 1, NULL, 10);
        d->in.len = at;
        return true;
}

static enum frame frame_string(struct dialogue *d)
{
        if (d->literal > 0) {
                d->literal--;
                return d->in.data[d->in.len - 1] ? FRAME_PART : FRAME_ALIEN;
        }
        enum frame f = frame_line(d);

        return f == FRAME_WHOLE && take_literal_mark(d) ? FRAME_PART : f;
}

/* The text of a status is free, and may end like a mark (RFC 9051 section 9, resp-text). */
static enum frame frame_imap(struct dialogue *d)
{
        static const char *const STATUS[] = { "OK", "NO", "BAD", "BYE", "PREAUTH" };

        if (strncmp(d->in.data, "* ", 2) != 0)
                return frame_line(d);
        for (size_t i = 0; i < ARRAY_LEN(STATUS); i++)
                if (first_word_is(d->in.data + 2, STATUS[i]))
                        return frame_line(d);
        return frame_string(d);
}

static enum heard grade_untagged(struct dialogue *d, const struct turn *turn, const char *line)
{
        if (first_word_is(line, "BYE"))
                return HEARD_BYE;
        if (!turn->say) /* who is logged in from the start may not turn to TLS */
                return first_word_is(line, turn->yes) ? HEARD_YES
                     : first_word_is(line, "PREAUTH") ? HEARD_BYE : HEARD_ALIEN;
        if (!turn->offer || !first_word_is(line, "CAPABILITY"))
                return HEARD_ASIDE;
        d->is_offered |= has_word(line, turn->offer);
        return HEARD_PART;
}

static enum heard grade_imap(struct dialogue *d, const struct turn *turn, const char *line)
{
        if (strncmp(line, "* ", 2) == 0)
                return grade_untagged(d, turn, line + 2);
        if (!turn->say || strncmp(line, turn->say, strlen("a1 ")) != 0)
                return HEARD_ALIEN;
        line += strlen("a1 ");
        if (first_word_is(line, turn->yes))
                return HEARD_YES;
        return first_word_is(line, "NO") || first_word_is(line, "BAD") ? HEARD_NO : HEARD_ALIEN;
}

/* The greeting, and the answer to STARTTLS: "KEY" "value" lines, then OK, NO or BYE. */
static enum heard grade_sieve(struct dialogue *d, const struct turn *turn, const char *line)
{
        if (*line == '"') {
                const char *rest = turn->offer ? behind(line + 1, turn->offer) : NULL;

                d->is_offered |= rest && *rest == '"';
                return HEARD_PART;
        }
        if (first_word_is(line, turn->yes))
                return HEARD_YES;
        if (first_word_is(line, "BYE"))
                return HEARD_BYE;
        return first_word_is(line, "NO") ? HEARD_NO : HEARD_ALIEN;
}

/* RFC 9051 section 6.2.1 */
static const struct turn IMAP[] = {
        { .yes = "OK" },
        { .say = "a1 CAPABILITY", .yes = "OK", .offer = "STARTTLS" },
        { .say = "a2 STARTTLS", .yes = "OK" },
        { 0 },
};

/* RFC 5804 sections 1.7 and 2.2 */
static const struct turn SIEVE[] = {
        { .yes = "OK", .offer = "STARTTLS" },
        { .say = "STARTTLS", .yes = "OK" },
        { 0 },
};

/* ---- IRC: nothing is in order, so that much is skipped (ircv3.net/specs: CAP, tls) ----------- */

/* Behind the tags and the source, "@time=... :server.example.com ". */
static const char *irc_command(const char *line)
{
        if (*line == '@')
                line = next_word(line);
        return *line == ':' ? next_word(line) : line;
}

static bool is_irc_command(const char *command)
{
        size_t n = strcspn(command, " ");

        return n > 0 && (n == strspn(command, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") ||
                         (n == 3 && n == strspn(command, "0123456789")));
}

static enum heard answer_ping(struct dialogue *d, const char *token)
{
        AUTO_FREE char *pong = mem_printf("PONG %s\r\n", token);

        dialogue_say(d, pong, strlen(pong));
        return HEARD_ASIDE;
}

/* "CAP * LS * :multi-prefix" says by its star that more follows. */
static enum heard grade_cap(struct dialogue *d, const char *command)
{
        const char *list = strstr(command, " :");

        d->is_inside = true;
        d->is_offered |= list && has_word(list + 2, "tls");
        return d->is_offered || strstr(command, " LS * ") ? HEARD_PART : HEARD_YES;
}

/* A refusal that names nothing is of what was asked first. */
static enum heard grade_irc_refusal(struct dialogue *d, const char *command)
{
        if (d->is_inside || has_word(command, "STARTTLS"))
                return HEARD_NO;
        d->is_inside = true;
        return HEARD_ASIDE;
}

static enum heard grade_irc(struct dialogue *d, const struct turn *turn, const char *line)
{
        /* not possible; unknown command; not registered, or already */
        static const char *const NO[] = { "410", "421", "451", "462" };
        const char *command = irc_command(line);

        if (!is_irc_command(command))
                return HEARD_ALIEN;
        if (first_word_is(command, "PING"))
                return answer_ping(d, next_word(command));
        if (first_word_is(command, "ERROR"))
                return HEARD_BYE;
        if (first_word_is(command, "CAP"))
                return grade_cap(d, command);
        if (first_word_is(command, "691"))
                return HEARD_NO;
        if (first_word_is(command, turn->yes)) {
                d->is_offered = true;
                return HEARD_YES;
        }
        for (size_t i = 0; i < ARRAY_LEN(NO); i++)
                if (first_word_is(command, NO[i]))
                        return grade_irc_refusal(d, command);
        return HEARD_ASIDE;
}

/*
 * InspIRCd without its module for CAP says nothing at all to it, so that STARTTLS is asked in the
 * same breath. Who lists what there is and leaves TLS out is not waited for.
 */
static void begin_irc(struct dialogue *d)
{
        static const char BOTH[] = "CAP LS\r\nSTARTTLS\r\n";

        dialogue_ask(d, BOTH, sizeof(BOTH) - 1, "STARTTLS");
}

static const struct turn IRC[] = {
        { .say = "STARTTLS", .yes = "670", .offer = "STARTTLS" },
        { 0 },
};

/* ---- all of them ---------------------------------------------------------------------------- */

#define SCRIPT(script) .begin = begin_turn, .hear = hear_line, .turns = (script)
#define LINES(script)                                                                              \
        SCRIPT(script), .frame = frame_line, .max_message = DIALOGUE_LINE_MAX

static const struct dialect LINE_DIALECTS[] = {
        { "smtp", "SMTP", "smtps", LINES(SMTP), .grade = grade_smtp },
        { "lmtp", "LMTP", "lmtps", LINES(LMTP), .grade = grade_smtp },
        { "ftp", "FTP", "ftps", LINES(FTP), .grade = grade_ftp },
        { "pop3", "POP3", "pop3s", LINES(POP3), .grade = grade_pop3 },
        { "nntp", "NNTP", "nntps", LINES(NNTP), .grade = grade_nntp },
        { "irc", "IRC", "ircs", DIALOGUE_LINE_MAX, begin_irc, frame_line, hear_line,
          .turns = IRC, .grade = grade_irc },
        { "imap", "IMAP", "imaps", SCRIPT(IMAP), .frame = frame_imap,
          .max_message = DIALOGUE_LINE_MAX, .grade = grade_imap },
        { "sieve", "ManageSieve", "sieves", SCRIPT(SIEVE), .frame = frame_string,
          .max_message = DIALOGUE_LINE_MAX, .grade = grade_sieve },
};

static const struct dialect *const OTHER_DIALECTS[] = {
        &DIALECT_LDAP, &DIALECT_XMPP, &DIALECT_XMPP_SERVER, &DIALECT_POSTGRES, &DIALECT_MYSQL,
};

const struct dialect *starttls_dialect(const char *name)
{
        for (size_t i = 0; i < ARRAY_LEN(LINE_DIALECTS); i++)
                if (strcmp(LINE_DIALECTS[i].name, name) == 0)
                        return &LINE_DIALECTS[i];
        for (size_t i = 0; i < ARRAY_LEN(OTHER_DIALECTS); i++)
                if (strcmp(OTHER_DIALECTS[i]->name, name) == 0)
                        return OTHER_DIALECTS[i];
        return NULL;
}
