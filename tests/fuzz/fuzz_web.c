/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a stranger sends to the server: over a real connection, through evhttp, to handlers that use
 * all that an exchange offers. Nothing of it may become a header, and it always answers or ends.
 */
#include "tests/fuzz/fuzz.h"

#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "common/base/text.h"
#include "daemon/web/exchange.h"
#include "daemon/web/html.h"
#include "daemon/web/page.h"
#include "daemon/web/routes.h"
#include "tests/unit/daemon/web/rig.h"

#include <event2/buffer.h>

#define INPUT_MAX_BYTES 20000
#define ANSWER_MAX_BYTES (1U << 20)

static void check_param(const char *name, const char *value, void *arg)
{
        fuzz_check(text_is_utf8(name, strlen(name)) && text_is_utf8(value, strlen(value)));
        html_printf(arg, "<p title=\"%s\">%s</p>", name, value);
}

static void answer_page(struct web_exchange *x)
{
        struct buf page = BUF_INIT(ANSWER_MAX_BYTES);

        if (web_param(x, "h"))
                web_set_header(x, "X-Echo", web_param(x, "h"));
        page_begin(&page, PAGE_ELSEWHERE, web_path(x));
        web_params(x, check_param, &page);
        page_end(x, &page, 200);
        buf_done(&page);
}

static void answer_fail(struct web_exchange *x)
{
        web_fail(x, 400, "\"%s\" is nothing", web_param(x, "q") ? web_param(x, "q") : "");
}

static enum web_more fill(struct evbuffer *out, void *state)
{
        int *left = state;

        evbuffer_add(out, "piece\n", 6);
        return --*left > 0 ? WEB_MORE : *left == 0 ? WEB_DONE : WEB_BROKEN;
}

static void answer_stream(struct web_exchange *x)
{
        int *left = mem_new0(1, sizeof(*left));

        *left = web_param(x, "n") ? (int)strlen(web_param(x, "n")) % 5 : 3;
        web_stream(x, "text/plain", fill, free, left);
}

const struct web_route *route_find(const char *path)
{
        static const struct web_route PAGE = { "/", answer_page }, FAIL = { "/", answer_fail },
                                      STREAM = { "/", answer_stream };

        fuzz_check(text_is_utf8(path, strlen(path)) && *path == '/');
        return strncmp(path, "/p", 2) == 0                                   ? &PAGE
               : strncmp(path, "/s", 2) == 0                                 ? &STREAM
               : strncmp(path, "/f", 2) == 0 || strncmp(path, "/api/", 5) == 0 ? &FAIL
                                                                             : NULL;
}

/* All but the first line of each head is ours; what a client can choose is behind an empty line. */
static void check_answer(const struct buf *answer)
{
        const char *text = buf_str(answer), *end = strstr(text, "\r\n\r\n");

        if (answer->len == 0)
                return;
        fuzz_check(strncmp(text, "HTTP/", 5) == 0 && end);
        for (const char *evil = strcasestr(text, "\r\nx-evil"); evil; evil = NULL)
                fuzz_check(evil > end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct rig rig;
        struct buf answer = BUF_INIT(ANSWER_MAX_BYTES);

        if (!rig.base)
                rig_open(&rig, 4, &(struct config_listen){ .address = "127.0.0.1:0" });
        int fd = rig_connect(&rig);

        rig_say(&rig, fd, data, size < INPUT_MAX_BYTES ? size : INPUT_MAX_BYTES);
        shutdown(fd, SHUT_WR);
        fuzz_check(rig_hear(&rig, fd, &answer, SIZE_MAX)); /* to the end of the connection */
        check_answer(&answer);
        close(fd);
        rig_run(&rig);
        buf_done(&answer);
        return 0;
}

void fuzz_seeds(void)
{
        static const char *const SEEDS[] = {
                "GET /p?a=%3Cscript%3E&h=a%0d%0aX-Evil:%201 HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "HEAD /s?n=12345 HTTP/1.1\r\nHost: [::1]:9219\r\nConnection: close\r\n\r\n",
                "GET /s?n=1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
                "GET /f?q=%C3%BC HTTP/1.1\r\nAccept: text/html\r\nHost: a.example\r\n\r\n",
                "GET /api/v1/x?q=\" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET /p HTTP/1.1\r\n\r\n",
                "POST /p HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
                "PUT /p HTTP/1.1\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n",
                "GET http://localhost/p HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n",
                "OPTIONS * HTTP/1.1\r\n\r\n", "CONNECT a:443 HTTP/1.1\r\n\r\n",
        };

        for (size_t i = 0; i < ARRAY_LEN(SEEDS); i++)
                fuzz_seed(SEEDS[i], strlen(SEEDS[i]));
}
