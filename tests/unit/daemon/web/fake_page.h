/* SPDX-License-Identifier: Apache-2.0 */
/* One page of a fake exchange, and what it shows: for tests that ask for one page each. */
#pragma once

#include "fake_exchange.h"

static struct web_exchange x;

static inline int documents_free(void **state)
{
        (void)state;
        fake_end(&x);
        return 0;
}

static inline void shows(const char *text)
{
        if (!strstr(buf_str(&x.body), text))
                fail_msg("no %s in %s", text, buf_str(&x.body));
}

static inline void hides(const char *text)
{
        if (strstr(buf_str(&x.body), text))
                fail_msg("%s in %s", text, buf_str(&x.body));
}
