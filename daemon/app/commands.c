/* SPDX-License-Identifier: Apache-2.0 */
/* The table of contents: one command each, see the files named after them. */
#include "daemon/app/commands.h"

const struct command *const COMMANDS[] = {
        &COMMAND_CHECK,
        &COMMAND_CHAIN,
        &COMMAND_RUN,
        &COMMAND_STATUS,
        &COMMAND_ALERT_EXPLAIN,
        &COMMAND_ALERT_QUEUE,
        &COMMAND_ALERT_RETRY,
        &COMMAND_ALERT_TEST,
        &COMMAND_SILENCE_ADD,
        &COMMAND_SILENCE_LIST,
        &COMMAND_SILENCE_EXPIRE,
        &COMMAND_CONFIG_CHECK,
        &COMMAND_CONFIG_SHOW,
        &COMMAND_CONFIG_NEW,
        &COMMAND_CONFIG_SCHEMA,
        &COMMAND_EXPLAIN,
        &COMMAND_DEMO,
};
