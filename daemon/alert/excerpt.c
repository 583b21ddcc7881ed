/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in excerpt.h. */
#include "daemon/alert/excerpt.h"

#include "common/base/buf.h"
#include "common/base/cleanup.h"
#include "common/base/mem.h"
#include "common/base/text.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#define ELLIPSIS "\xe2\x80\xa6"
#define ELLIPSIS_LEN (sizeof(ELLIPSIS) - 1)
#define ORIGIN_MAX_BYTES 200
#define ESCAPED_LEN 4 /* \xNN */

static bool is_plain(const char *s, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (s[i] < ' ' || s[i] > '~')
                        return false;
        return true;
}

char *excerpt_n(const char *s, size_t n, size_t max_bytes)
{
        if (n <= max_bytes && is_plain(s, n))
                return mem_copy(s, n); /* as nearly all are */
        struct buf out = BUF_INIT(max_bytes);
        size_t cut = 0; /* the longest prefix that leaves room for the ellipsis */

        assert(max_bytes >= ESCAPED_LEN);
        while (n > 0) {
                size_t len = text_printable(s, n);
                size_t in = len ? len : 1, size = len ? len : ESCAPED_LEN;

                if (out.len + ELLIPSIS_LEN <= max_bytes)
                        cut = out.len;
                if (out.len + size > max_bytes) {
                        out.len = cut;
                        buf_puts(&out, ELLIPSIS);
                        break;
                }
                text_escape(&out, s, in);
                s += in;
                n -= in;
        }
        return buf_steal(&out);
}

char *excerpt(const char *s, size_t max_bytes)
{
        return s ? excerpt_n(s, strlen(s), max_bytes) : excerpt_n("", 0, max_bytes);
}

char *excerpt_origin(const char *url)
{
        const char *mark = strstr(url, "://");

        if (!mark)
                return mem_strdup("webhook");
        const char *host = mark + 3, *end = host + strcspn(host, "/?#\\");
        const char *at = memrchr(host, '@', (size_t)(end - host));

        host = at ? at + 1 : host;
        AUTO_FREE char *all = mem_printf("%.*s://%.*s", (int)(mark - url), url, (int)(end - host),
                                         host);

        return excerpt(all, ORIGIN_MAX_BYTES);
}
