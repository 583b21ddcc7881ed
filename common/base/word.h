/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common/base/word.h - words that a million endpoints have in common, kept once: "TLSv1.3",
 * "x25519". For the main thread only.
 */
#pragma once

#define WORD_MAX_KEPT 1000 /* a peer may choose some of them; above that all are WORD_OTHER */
#define WORD_OTHER "other"

/* The same text, good for ever, and the same pointer for the same text. NULL and "" are NULL. */
const char *word_keep(const char *text);
