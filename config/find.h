/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config/find.h - files by pattern, and what a pattern might have found where we may not look.
 */
#pragma once

#include <glob.h>

struct found {
        glob_t paths; /* sorted by name */
        char *closed; /* a folder that does not let us in: the first by name; or NULL */
        int error;    /* why: its errno */
};

/*
 * As glob(3). A folder that is not there holds nothing; one that cannot be read, or not be entered,
 * is told, whether the name behind it has a wildcard or not. Any thread may call it.
 */
void find_files(struct found *ret, const char *pattern);
void found_done(struct found *f);
