/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/monitor/ways.h - the proxies that lead to endpoints, and the certificates that are shown
 * to them: each read once, however many endpoints name it.
 */
#pragma once

#include "common/cert/identity.h"

#include <stddef.h>

struct proxy;

/* Everything zero is an empty set. What it lends stays until ways_done(). Strings are borrowed. */
struct ways {
        struct way_identity *identities;
        size_t n_identities;
        struct way_proxy *proxies;
        size_t n_proxies;
};

/*
 * 0 and *@ret, which is NULL when it has failed before. -EINVAL the first time, with *ret_error as
 * identity_load() and proxy_new() have it.
 */
int ways_identity(struct ways *w, const struct identity_files *files, const struct identity **ret,
                  char **ret_error);
int ways_proxy(struct ways *w, const char *url, const char *auth_file, const struct proxy **ret,
               char **ret_error);

void ways_done(struct ways *w);
