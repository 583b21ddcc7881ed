/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostile-server [MODE...] - serves every mode, or those named, each on a loopback port of its own.
 * Prints one line "mode port" for each, closes standard output, and serves until it is killed.
 */
#include "tests/support/hostile_server.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool is_wanted(enum hostile_mode mode, char **names, int n)
{
        for (int i = 0; i < n; i++)
                if (strcmp(names[i], hostile_mode_str(mode)) == 0)
                        return true;
        return n == 0;
}

int main(int argc, char **argv)
{
        signal(SIGPIPE, SIG_IGN);
        for (enum hostile_mode mode = 0; mode < HOSTILE_MODE_COUNT; mode++) {
                struct hostile_options options = { .mode = mode };

                if (is_wanted(mode, argv + 1, argc - 1))
                        printf("%s %u\n", hostile_mode_str(mode),
                               hostile_port(hostile_start(&options)));
        }
        fclose(stdout);
        for (;;)
                pause();
}
