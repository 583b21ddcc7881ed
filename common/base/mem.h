/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common/base/mem.h - allocation that succeeds or ends the process.
 *
 * Every size that a peer or a file can choose is bounded before it gets here, so a failure means
 * that the machine is out of memory. State that matters is already on disk then, and the service
 * manager starts us again: that is a better answer than thousands of untested error paths.
 */
#pragma once

#include <stddef.h>

/* Zeroed memory for @n objects of @size bytes; the product is checked. Never NULL. */
void *mem_new0(size_t n, size_t size) __attribute__((malloc, returns_nonnull));

/* realloc() for @n objects of @size bytes; the product is checked. Never NULL. */
void *mem_resize(void *p, size_t n, size_t size) __attribute__((returns_nonnull));

/* A copy of @n bytes, followed by a NUL that is not counted. @src may be NULL when @n is 0. */
void *mem_copy(const void *src, size_t n) __attribute__((malloc, returns_nonnull));

/* Copies of strings; mem_strdup(NULL) is NULL. */
char *mem_strdup(const char *s) __attribute__((malloc));
char *mem_printf(const char *fmt, ...)
        __attribute__((format(printf, 1, 2), malloc, returns_nonnull));

/* Ends the process with one line about memory; for libraries that report it as NULL. */
void mem_exhausted(void) __attribute__((noreturn));
