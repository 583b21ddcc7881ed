/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common/base/cleanup.h - scope frees, ownership moves on purpose.
 *
 *     AUTO_FREE char *s = NULL;                               given to free() at scope exit
 *     CLEANUP(cert_unref_at_exit) struct cert *c = NULL;      given to cert_unref() at scope exit
 *     *ret = TAKE(c);                   moves ownership out and leaves NULL behind
 */
#pragma once

#include <stdlib.h>

#define CLEANUP(fn) __attribute__((cleanup(fn)))

/* Declares the scope-exit helper of a pointer type whose free function takes the pointer. */
#define CLEANUP_DEFINE(type, free_fn)                                                              \
        static inline __attribute__((unused)) void free_fn##_at_exit(type **p)                     \
        {                                                                                          \
                if (*p)                                                                            \
                        free_fn(*p);                                                               \
        }

#define TAKE(p)                                                                                    \
        __extension__({                                                                            \
                __typeof__(p) taken_ = (p);                                                        \
                (p) = NULL;                                                                        \
                taken_;                                                                            \
        })

static inline __attribute__((unused)) void free_at_exit(void *p)
{
        free(*(void **)p);
}

/* char *s: freed at the end of scope. */
#define AUTO_FREE CLEANUP(free_at_exit)

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
