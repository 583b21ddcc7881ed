/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/web/assets.h - style sheet, script, icon and the description of the API: files that are
 * part of the program. Each is asked for by an address that has its hash, so that it is fetched
 * once and yet never old. Inside daemon/web.
 */
#pragma once

#include <stddef.h>

struct web_exchange;

struct web_asset {
        const char *name; /* "style.css" */
        const char *hash; /* of its bytes, in hex */
        const unsigned char *bytes;
        size_t n_bytes;
};

/* Made by embed.cmake; ends with a row without a name. */
extern const struct web_asset WEB_ASSETS[];

/* The hash of an asset that exists. */
const char *asset_hash(const char *name);

/* Answers with one that exists. */
void asset_reply(struct web_exchange *x, const char *name);
