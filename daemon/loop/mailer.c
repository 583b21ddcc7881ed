/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread has everything it needs in its struct mailing, and says through an eventfd that it is
 * done; only then, or after the thread was joined, does the loop look at the outcome. Who cancels
 * wakes curl and cuts its connection, so that the thread ends at once and can be joined.
 *
 * What is said to the server and by it is followed line by line: curl alone does not tell which
 * recipient was refused, nor in which words. Words in answer to a login are never shown, nor later
 * ones with the password in them: a server may quote what it was sent.
 */
#include "daemon/loop/mailer.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "common/base/text.h"

#include <curl/curl.h>
#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define REPLY_MAX_BYTES 300
#define HEARD_MAX_BYTES ((size_t)1 << 20) /* a server that says more is cut off */

/* What the server's last words answer. */
enum said { SAID_NOTHING, SAID_HELLO, SAID_MAIL, SAID_RCPT, SAID_DATA, SAID_ELSE };

static const struct {
        const char *word;
        enum said said;
} COMMANDS[] = {
        { "EHLO ", SAID_HELLO },    { "HELO ", SAID_HELLO },    { "STARTTLS", SAID_HELLO },
        { "MAIL FROM:", SAID_MAIL }, { "RCPT TO:", SAID_RCPT }, { "DATA", SAID_DATA },
};

struct mailing {
        /* the loop's */
        struct event *over;
        mail_done_fn *on_done;
        void *arg;
        pthread_t thread;
        /* shared */
        int over_fd;
        atomic_bool cancelled;
        CURLM *multi; /* may be woken */
        pthread_mutex_t lock;
        int socket; /* under .lock; -1 = none is open */
        /* the thread's, until it is over */
        CURL *easy;
        struct curl_slist *to;
        char *text;
        size_t n_read;
        char *secret; /* the password, to be wiped */
        char *login;  /* and how it went out last; or NULL */
        enum said said;
        bool has_quit; /* what the server says then decides nothing */
        int code; /* of the last reply */
        size_t n_heard;
        char *reply, *left_out; /* of the server, printable */
        char words[CURL_ERROR_SIZE];
        CURLcode result;
};

static void free_secret(char *s)
{
        if (s)
                explicit_bzero(s, strlen(s));
        free(s);
}

static void mailing_free(struct mailing *m)
{
        if (m->over)
                event_free(m->over);
        if (m->easy && m->multi)
                curl_multi_remove_handle(m->multi, m->easy);
        curl_easy_cleanup(m->easy);
        curl_multi_cleanup(m->multi);
        curl_slist_free_all(m->to);
        if (m->over_fd >= 0)
                close(m->over_fd);
        pthread_mutex_destroy(&m->lock);
        free(m->text);
        free_secret(m->secret);
        free_secret(m->login);
        free(m->reply);
        free(m->left_out);
        free(m);
}

/* --- on the thread: what curl asks and tells -------------------------------------------------- */

static size_t on_read(char *out, size_t size, size_t n, void *arg)
{
        struct mailing *m = arg;
        size_t left = strlen(m->text + m->n_read);
        size_t take = left < size * n ? left : size * n;

        memcpy(out, m->text + m->n_read, take);
        m->n_read += take;
        return take;
}

static int on_progress(void *arg, curl_off_t total, curl_off_t now, curl_off_t up_total,
                       curl_off_t up)
{
        struct mailing *m = arg;

        (void)total, (void)now, (void)up_total, (void)up;
        return atomic_load(&m->cancelled) || m->n_heard > HEARD_MAX_BYTES;
}

static curl_socket_t on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *peer)
{
        struct mailing *m = arg;
        int fd = socket(peer->family, peer->socktype | SOCK_CLOEXEC, peer->protocol);

        (void)purpose;
        pthread_mutex_lock(&m->lock);
        m->socket = fd;
        pthread_mutex_unlock(&m->lock);
        return fd;
}

static int on_close(void *arg, curl_socket_t fd)
{
        struct mailing *m = arg;

        pthread_mutex_lock(&m->lock);
        if (m->socket == fd)
                m->socket = -1;
        close(fd);
        pthread_mutex_unlock(&m->lock);
        return 0;
}

/* The last word of a line, which is none of COMMANDS: AUTH and what belongs to it. */
static void note_login(struct mailing *m, const char *line, size_t n)
{
        while (n > 0 && strchr("\r\n", line[n - 1]))
                n--;
        const char *space = memrchr(line, ' ', n);
        const char *word = space ? space + 1 : line;

        free_secret(m->login);
        m->login = mem_copy(word, (size_t)(line + n - word));
}

static bool tells(const char *line, size_t n, const char *secret)
{
        return secret && *secret && memmem(line, n, secret, strlen(secret));
}

static void note_command(struct mailing *m, const char *line, size_t n)
{
        m->has_quit = m->has_quit || (n >= 4 && memcmp(line, "QUIT", 4) == 0);
        if (m->has_quit)
                return;
        m->said = SAID_ELSE;
        for (size_t i = 0; i < ARRAY_LEN(COMMANDS); i++)
                if (n >= strlen(COMMANDS[i].word) &&
                    memcmp(line, COMMANDS[i].word, strlen(COMMANDS[i].word)) == 0)
                        m->said = COMMANDS[i].said;
        if (m->said == SAID_ELSE)
                note_login(m, line, n);
}

static void note_reply(struct mailing *m, const char *line, size_t n)
{
        struct buf shown = BUF_INIT(REPLY_MAX_BYTES);

        m->n_heard += n;
        while (n > 0 && strchr("\r\n", line[n - 1]))
                n--;
        if (m->has_quit || n < 3 || line[0] < '2' || line[0] > '5')
                return;
        m->code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
        if (tells(line, n, m->secret) || tells(line, n, m->login))
                buf_printf(&shown, "%d (its words repeat a secret)", m->code);
        else
                text_escape(&shown, line, n);
        free(m->reply);
        m->reply = buf_steal(&shown);
        if (m->said == SAID_RCPT && m->code >= 400 && !m->left_out)
                m->left_out = mem_strdup(m->reply);
}

static int on_debug(CURL *easy, curl_infotype type, char *bytes, size_t n, void *arg)
{
        (void)easy;
        if (type == CURLINFO_HEADER_OUT)
                note_command(arg, bytes, n);
        else if (type == CURLINFO_HEADER_IN)
                note_reply(arg, bytes, n);
        return 0;
}

/* --- the thread ------------------------------------------------------------------------------- */

static void *thread_main(void *arg)
{
        struct mailing *m = arg;
        int running = 1, left;
        CURLMsg *news;

        while (running && !atomic_load(&m->cancelled)) {
                if (curl_multi_perform(m->multi, &running) != CURLM_OK)
                        break;
                if (running)
                        curl_multi_poll(m->multi, NULL, 0, 1000, NULL);
        }
        while ((news = curl_multi_info_read(m->multi, &left)))
                if (news->msg == CURLMSG_DONE)
                        m->result = news->data.result;
        (void)!eventfd_write(m->over_fd, 1);
        return NULL;
}

/* --- in the loop ------------------------------------------------------------------------------ */

static char *error_of(const struct mailing *m)
{
        const char *words = *m->words ? m->words : curl_easy_strerror(m->result);
        AUTO_FREE char *shown = text_escaped(words, strcspn(words, "\r\n"));
        bool is_reply = m->reply && m->said != SAID_ELSE && m->code >= 400;

        return is_reply ? mem_printf("%s (%s)", m->reply, shown) : mem_strdup(shown);
}

/* 530 is about us, who should have logged in, and not about the mail. */
static bool is_for_good(const struct mailing *m)
{
        bool about_the_mail = m->said == SAID_MAIL || m->said == SAID_RCPT ||
                              m->said == SAID_DATA;

        return about_the_mail && m->code >= 500 && m->code != 530;
}

/* The callback is the last act: it may free anything. */
static void on_over(evutil_socket_t fd, short what, void *arg)
{
        struct mailing *m = arg;
        mail_done_fn *on_done = m->on_done;
        void *done_arg = m->arg;

        (void)fd, (void)what;
        pthread_join(m->thread, NULL);
        bool taken = m->result == CURLE_OK;
        AUTO_FREE char *error = taken ? NULL : error_of(m);
        AUTO_FREE char *left_out = taken ? TAKE(m->left_out) : NULL;
        const struct mail_answer answer = { taken, !taken && is_for_good(m), error, left_out };

        mailing_free(m);
        on_done(&answer, done_arg);
}

void mail_cancel(struct mailing *m)
{
        if (!m)
                return;
        atomic_store(&m->cancelled, true);
        curl_multi_wakeup(m->multi);
        pthread_mutex_lock(&m->lock);
        if (m->socket >= 0)
                shutdown(m->socket, SHUT_RDWR);
        pthread_mutex_unlock(&m->lock);
        pthread_join(m->thread, NULL);
        mailing_free(m);
}

/* --- the beginning ---------------------------------------------------------------------------- */

#define SET(option, value) bad = bad ? bad : curl_easy_setopt(m->easy, option, value)

static CURLcode set_mail(struct mailing *m, const struct mail_options *o)
{
        AUTO_FREE char *url = mem_printf("%s://%s", o->tls == MAIL_TLS ? "smtps" : "smtp",
                                         o->server);
        AUTO_FREE char *from = mem_printf("<%s>", o->from);
        CURLcode bad = CURLE_OK;

        SET(CURLOPT_URL, url);
        SET(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
        SET(CURLOPT_PROXY, "");
        SET(CURLOPT_USE_SSL, (long)(o->tls == MAIL_PLAIN ? CURLUSESSL_NONE : CURLUSESSL_ALL));
        SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
        if (o->ca_file)
                SET(CURLOPT_CAINFO, o->ca_file);
        if (o->user)
                SET(CURLOPT_USERNAME, o->user);
        if (o->user)
                SET(CURLOPT_PASSWORD, m->secret);
        SET(CURLOPT_MAIL_FROM, from);
        SET(CURLOPT_MAIL_RCPT, m->to);
        SET(CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
        SET(CURLOPT_UPLOAD, 1L);
        SET(CURLOPT_INFILESIZE_LARGE, (curl_off_t)strlen(m->text));
        return bad;
}

static CURLcode set_manners(struct mailing *m, int64_t timeout_ms)
{
        CURLcode bad = CURLE_OK;

        SET(CURLOPT_TIMEOUT_MS, (long)timeout_ms);
        SET(CURLOPT_CONNECTTIMEOUT_MS, (long)timeout_ms); /* or curl's default would rule */
        SET(CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)(timeout_ms + 999) / 1000);
        SET(CURLOPT_FORBID_REUSE, 1L);
        SET(CURLOPT_NOSIGNAL, 1L);
        SET(CURLOPT_QUICK_EXIT, 1L); /* ending must not wait for getaddrinfo() */
        SET(CURLOPT_ERRORBUFFER, m->words);
        SET(CURLOPT_READFUNCTION, on_read);
        SET(CURLOPT_READDATA, m);
        SET(CURLOPT_NOPROGRESS, 0L);
        SET(CURLOPT_XFERINFOFUNCTION, on_progress);
        SET(CURLOPT_XFERINFODATA, m);
        SET(CURLOPT_OPENSOCKETFUNCTION, on_open);
        SET(CURLOPT_OPENSOCKETDATA, m);
        SET(CURLOPT_CLOSESOCKETFUNCTION, on_close);
        SET(CURLOPT_CLOSESOCKETDATA, m);
        SET(CURLOPT_VERBOSE, 1L); /* to on_debug(), nowhere else */
        SET(CURLOPT_DEBUGFUNCTION, on_debug);
        SET(CURLOPT_DEBUGDATA, m);
        return bad;
}

#undef SET

static bool set_recipients(struct mailing *m, const struct mail_options *o)
{
        for (size_t i = 0; i < o->n_to; i++) {
                AUTO_FREE char *to = mem_printf("<%s>", o->to[i]);
                struct curl_slist *longer = curl_slist_append(m->to, to);

                if (!longer)
                        return false;
                m->to = longer;
        }
        return true;
}

/* Signals are the main thread's. */
static int start_thread(struct mailing *m)
{
        sigset_t all, before;

        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        int e = pthread_create(&m->thread, NULL, thread_main, m);

        pthread_sigmask(SIG_SETMASK, &before, NULL);
        return -e;
}

int mail_send(struct mailing **ret, struct event_base *base, const struct mail_options *o,
              mail_done_fn *on_done, void *arg)
{
        struct mailing *m = mem_new0(1, sizeof(*m));
        int r = -ENOMEM;

        *m = (struct mailing){
                .on_done = on_done,
                .arg = arg,
                .over_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
                .socket = -1,
                .lock = PTHREAD_MUTEX_INITIALIZER,
                .easy = curl_easy_init(),
                .multi = curl_multi_init(),
                .text = mem_strdup(o->text),
                .secret = mem_strdup(o->password),
                .result = CURLE_ABORTED_BY_CALLBACK,
        };
        if (m->over_fd >= 0 && m->easy && m->multi && set_recipients(m, o) &&
            set_mail(m, o) == CURLE_OK && set_manners(m, o->timeout_ms) == CURLE_OK &&
            curl_multi_add_handle(m->multi, m->easy) == CURLM_OK)
                r = start_thread(m);
        if (r < 0) {
                mailing_free(m);
                return r;
        }
        m->over = event_new(base, m->over_fd, EV_READ, on_over, m);
        if (!m->over || event_add(m->over, NULL) < 0)
                mem_exhausted();
        *ret = m;
        return 0;
}
