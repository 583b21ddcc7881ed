/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostile-server [MODE...] - serves every mode, or those named, each on a loopback port of its own.
 * Prints one line "mode port" for each, closes standard output, and serves until it is killed.
 */
#include "common/base/clock.h"
#include "daemon/demo/mint.h"
#include "tests/support/hostile_server.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define YEAR_S (365 * INT64_C(86400))

static bool is_wanted(enum hostile_mode mode, char **names, int n)
{
        for (int i = 0; i < n; i++)
                if (strcmp(names[i], hostile_mode_str(mode)) == 0)
                        return true;
        return n == 0;
}

static struct minted *mint_leaf(void)
{
        static const char *const NAMES[] = { "localhost", "127.0.0.1", "::1", NULL };
        struct mint_spec spec = {
                .cn = "localhost",
                .names = NAMES,
                .not_before_s = clock_wall_s() - 86400,
                .not_after_s = clock_wall_s() + YEAR_S,
        };

        return mint(&spec, NULL);
}

int main(int argc, char **argv)
{
        struct minted *leaf = mint_leaf();
        const struct minted *chain[] = { leaf, leaf };

        signal(SIGPIPE, SIG_IGN);
        for (enum hostile_mode mode = 0; mode < HOSTILE_MODE_COUNT; mode++) {
                struct hostile_options options = {
                        .mode = mode,
                        .chain = chain,
                        .n_chain = mode == HOSTILE_DAMAGED ? 2 : 1,
                };

                if (is_wanted(mode, argv + 1, argc - 1))
                        printf("%s %u\n", hostile_mode_str(mode),
                               hostile_port(hostile_start(&options)));
        }
        fclose(stdout);
        for (;;)
                pause();
}
