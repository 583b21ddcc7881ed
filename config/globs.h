/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config/globs.h - file: endpoints whose path is a pattern: one endpoint for each file that it
 * matches when the configuration is loaded.
 */
#pragma once

#include "config/bind.h"

/*
 * Puts what they match in the place of patterns, behind all other endpoints. A file that has an
 * endpoint of its own, or is matched by an earlier pattern, gets no other one. Of a pattern that
 * cannot look into a folder, that folder is an endpoint: so somebody is told.
 */
void globs_expand(struct build *b);
