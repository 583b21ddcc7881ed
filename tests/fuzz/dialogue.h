/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What holds of every dialogue in the clear, whatever the peer says: the same comes of it however
 * the network cuts it, it is bounded, its words are printable, and it ends at the very byte of the
 * go-ahead: what follows plays no part, and without that byte it does not end.
 */
#pragma once

#include "tests/fuzz/fuzz.h"

struct dialect;
struct dialogue_terms;

/*
 * Holds the dialogue of an input "cPART@@PART@@...", each part said after all that we had to say
 * was sent. The bits of c decide where the network cuts.
 */
void fuzz_dialogue(const struct dialect *dialect, const struct dialogue_terms *terms,
                   const uint8_t *data, size_t size);

/* Keeps such an input as a seed: @n bytes of parts, the marks between them. */
void fuzz_seed_dialogue(const void *parts, size_t n);
