/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config/bind.h - what a file says, into the structs of a configuration under construction.
 */
#pragma once

#include "config/errors.h"
#include "config/model.h"
#include "config/settings.h"
#include "config/value.h"

struct yaml_reader;

/* What is known of an endpoint until the configuration is complete. */
struct draft {
        unsigned file_rank;
        int expiry_line, expiry_column; /* of its own `expiry:`; 0 = it has none */
};

/* A receiver that a key names; whether there is one is known when every file is read. */
struct mention {
        const char *key; /* static */
        char *name;      /* in the arena */
        struct place at;
};

/* A configuration under construction, over all its files. */
struct build {
        struct config *config;
        struct draft *drafts; /* one for each of config->endpoints */
        size_t endpoints_size;
        struct settings_table settings; /* of all endpoints, without the defaults */
        struct place *receiver_places;
        struct mention *mentions;
        size_t n_mentions;
        struct config_endpoint_flat defaults;
        struct place defaults_expiry; /* line 0: the defaults say nothing of it */
        bool listen_given;
        struct errors errors;
};

struct include {
        char *pattern; /* in the arena */
        struct place at;
};

/* One file on its way into the build. */
struct bind {
        struct build *build;
        struct yaml_reader *reader;
        struct place file; /* line and column do not count */
        struct value_place where;
        bool is_main;
        struct include *includes; /* free() it */
        size_t n_includes;

        /* private to bind*.c */
        bool in_defaults, failed;
        char *spelling; /* of the target, as written */
};

/* Reads the whole document of @f; what is wrong goes to the errors of the build. */
void bind_document(struct bind *f);

/* Room for one more endpoint, at the end; at most CONFIG_MAX_ENDPOINTS. */
struct config_endpoint *build_add_endpoint(struct build *b, struct draft draft);

/* An endpoint of which nobody has said anything. */
void bind_endpoint_init(struct config_endpoint_flat *e);

/*
 * When every file is read: defaults, derived values, and the checks that need the whole
 * (config/finish.c).
 */
void build_finish(struct build *b);
