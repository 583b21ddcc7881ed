/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/web/exchange_internal.h - where exchanges come from, for web.c only. */
#pragma once

struct clients;
struct evhttp_request;
struct guard;
struct monitor;
struct turns;

/* What they have to do with; outlives the connections of all of them. */
struct exchange_place {
        struct monitor *monitor;
        struct clients *clients;
        struct turns *turns;
        struct guard *guard;
};

/* Answers @request, later, by the rows of routes.c, if it may be asked at all. */
void exchange_begin(struct evhttp_request *request, const struct exchange_place *place);
