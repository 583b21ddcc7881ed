/* SPDX-License-Identifier: Apache-2.0 */
/* Fleets from the text of a configuration. A group that uses them has write_anchors() set up. */
#pragma once

#include "common/base/cleanup.h"
#include "config/loader.h"
#include "config/model.h"
#include "daemon/monitor/fleet.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Any certificate will do as an anchor. */
static const char ANCHOR[] =
        "-----BEGIN CERTIFICATE-----\n"
        "MIIBbjCCAROgAwIBAgIUSx1V76DrUP3iy8N0kR+Lrw0W+xIwCgYIKoZIzj0EAwIw\n"
        "DDEKMAgGA1UEAwwBeDAeFw0yNjExMjMxMzEyMTJaFw0yNjEyMjMxMzEyMTJaMAwx\n"
        "CjAIBgNVBAMMAXgwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAR84oMJrE3p/1ig\n"
        "hmRkibHrH+/JqXGgKqxXAOJgh6iv2phWiQ+V+KfvOz2x1WvNivgKfwlgFv/cJ6qz\n"
        "VsSlJTlxo1MwUTAdBgNVHQ4EFgQU3zibyWSEb40E2BfrtHYEeBCkg+0wHwYDVR0j\n"
        "BBgwFoAU3zibyWSEb40E2BfrtHYEeBCkg+0wDwYDVR0TAQH/BAUwAwEB/zAKBggq\n"
        "hkjOPQQDAgNJADBGAiEAi/lwazgtkRg31guIwcfqGXgYIGqQcyhy6QzUqZw9SEEC\n"
        "IQDph2Ccjl8nQuKQ+ON7adx+rKxTbhdDrxhzAclKjQrEEw==\n"
        "-----END CERTIFICATE-----\n";

static char anchors[] = "/tmp/notafter-test-fleet-XXXXXX";

static inline int write_anchors(void **state)
{
        int fd = mkstemp(anchors);
        ssize_t n = write(fd, ANCHOR, sizeof(ANCHOR) - 1);

        (void)state;
        close(fd);
        return n == sizeof(ANCHOR) - 1 ? setenv("SSL_CERT_FILE", anchors, 1) : -1;
}

static inline int remove_anchors(void **state)
{
        (void)state;
        return unlink(anchors);
}

static inline struct config *load(const char *text)
{
        struct config_errors errors;
        struct config *c = NULL;
        int r = config_load_bytes(&c, "test.yaml", text, strlen(text), &errors);

        for (size_t i = 0; r < 0 && i < errors.n; i++)
                print_error("%s\n", errors.items[i]);
        assert_int_equal(r, 0);
        return c;
}

static inline struct fleet *fleet_of(const char *text)
{
        CLEANUP(config_unref_at_exit) struct config *c = load(text);
        AUTO_FREE char *error = NULL;
        struct fleet *f = NULL;

        if (fleet_new(&f, c, &error) < 0)
                fail_msg("%s", error);
        return f;
}
