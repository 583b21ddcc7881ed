/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/probe/exam_file.h - the certificates of one file, read when nobody is writing it.
 *
 * Reading blocks: it is the business of a worker's thread. Only regular files are read, and no more
 * of them than CHAIN_MAX_FILE_BYTES.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct chain;
struct event_base;
struct file_look;
struct policy;
struct verdict;

struct file_seen {
        struct chain *chain; /* what is in it; NULL = it could not be read */
        int error;           /* -errno, or 0 */
        int64_t mtime_s;     /* when it was last written; 0 = unknown */
};

/* Once, from the loop, never inside file_look_start(). The callee owns @seen->chain. */
typedef void file_look_fn(struct file_seen *seen, void *arg);

/*
 * What cannot be read, or was written a moment ago, is looked at again after a while before it is
 * believed: files are replaced in more than one step. @path is borrowed until the callback.
 */
struct file_look *file_look_start(struct event_base *base, const char *path, file_look_fn *on_done,
                                  void *arg);
void file_look_free(struct file_look *l); /* cancels; NULL is fine */

/* Is it for want of descriptors or memory? That is no fault of the file. */
bool file_error_is_ours(int error);

/* Adds what it means that @path cannot be read: @error is not 0. */
void file_judge(const char *path, int error, const struct policy *policy, struct verdict *v);
