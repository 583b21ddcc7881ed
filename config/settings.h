/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config/settings.h - one object for all endpoints that say the same.
 *
 * A million endpoints rarely have more than a handful of combinations of settings. What a file says
 * is looked up here before anything is laid below it, so that what remains to be done for settings
 * is done once for each combination and not once for each endpoint.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct config_settings;

/* Everything zero is an empty table. free() .slots; what they point to is the arena's. */
struct settings_table {
        struct config_settings **slots; /* NULL = free */
        size_t n, size;
};

/* The object of @t that says what @s says; a copy of @s in @arena when there is none yet. */
struct config_settings *settings_share(struct settings_table *t, struct arena *arena,
                                       const struct config_settings *s);

/* Is every value of the two equal? */
bool settings_equal(const struct config_settings *a, const struct config_settings *b);
