/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/store/schema.h - the tables, as the ordered list of steps that made them.
 */
#pragma once

struct store;

#define SCHEMA_APPLICATION_ID 0x6e616672 /* "nafr": file(1) and we know our own database by it */

/* The version a database has when all steps are done. */
int schema_version(void);

/*
 * Brings the open database up to date. 0; -EPROTO when it is from a newer notafter or is somebody
 * else's; another -errno. All steps that are missing are one transaction.
 */
int schema_migrate(struct store *s);
