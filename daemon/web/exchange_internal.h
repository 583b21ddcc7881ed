/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/web/exchange_internal.h - where exchanges come from, for web.c only. */
#pragma once

struct evhttp_request;
struct monitor;
struct web_route;

/* Answers @request, at once or later, by the rows of routes.c. @monitor outlives it. */
void exchange_begin(struct evhttp_request *request, struct monitor *monitor);
