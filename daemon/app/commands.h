/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/app/commands.h - one row per command; commands.c lists them. */
#pragma once

#include "config/loader.h"
#include "daemon/app/args.h"

struct config;

/* config_load(), with its errors on standard error. */
int config_load_or_tell(struct config **ret, const char *path);

#define COMMAND_COUNT 17

/* In the order of --help. */
extern const struct command *const COMMANDS[COMMAND_COUNT];

extern const struct command COMMAND_CHECK;
extern const struct command COMMAND_CHAIN;
extern const struct command COMMAND_RUN;
extern const struct command COMMAND_STATUS;
extern const struct command COMMAND_ALERT_EXPLAIN;
extern const struct command COMMAND_SILENCE_ADD;
extern const struct command COMMAND_SILENCE_LIST;
extern const struct command COMMAND_SILENCE_EXPIRE;
extern const struct command COMMAND_CONFIG_CHECK;
extern const struct command COMMAND_CONFIG_SHOW;
extern const struct command COMMAND_CONFIG_NEW;
extern const struct command COMMAND_CONFIG_SCHEMA;
extern const struct command COMMAND_ALERT_QUEUE;
extern const struct command COMMAND_ALERT_RETRY;
extern const struct command COMMAND_ALERT_TEST;
extern const struct command COMMAND_EXPLAIN;
extern const struct command COMMAND_DEMO;
