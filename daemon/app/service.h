/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/app/service.h - the daemon as a service: loads, starts, reloads, stops, and tells systemd.
 */
#pragma once

/*
 * Runs in the foreground until SIGTERM or SIGINT. SIGHUP reloads @config_path; a bad file leaves
 * the running configuration as it is. Returns the exit status: EXIT_OK; EXIT_CRITICAL when the
 * configuration is not accepted; EXIT_UNKNOWN when it could not start for another reason.
 */
int service_run(const char *config_path);
