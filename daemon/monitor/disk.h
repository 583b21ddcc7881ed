/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/monitor/disk.h - what the files on disk hold, beside what servers show: a certificate that
 * was renewed and is not served, because nobody has told the server. Pure.
 *
 * A file is for a server when it is configured with the server's name, or when it holds the names
 * that the server shows, its own among them: a renewal keeps the names. A server that something
 * else stands in front of, with other names, is not blamed.
 */
#pragma once

#include <stdint.h>

struct disk;
struct exam_report;
struct fleet;
struct member;

/* A renewal writes the file first and reloads the server then; some wait for the next minutes. */
#define DISK_PATIENCE_S 600

struct disk *disk_new(void);
void disk_free(struct disk *d); /* NULL is fine */

/*
 * The files are those of @f now, which outlives the next call. What is known of those that were
 * there before, by endpoint id, stays known.
 */
void disk_follow(struct disk *d, const struct fleet *f);

/*
 * Of a file: notes what it holds. Of a server: compares what it shows with the files for it, and
 * the verdict may have a finding more. Call it before the verdict is judged.
 */
void disk_compare(struct disk *d, const struct member *m, struct exam_report *report);
