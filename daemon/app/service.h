/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/app/service.h - the daemon as a service: loads, starts, reloads, stops, and tells systemd.
 */
#pragma once

/*
 * Runs in the foreground until SIGTERM or SIGINT. SIGHUP reloads @config_path; a bad file leaves
 * the running configuration as it is. Returns the exit status.
 */
int service_run(const char *config_path);
