/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/notice/routing.h - who is told of a problem, and under which terms. Pure. */
#pragma once

#include "daemon/notice/match.h"

#include <stddef.h>
#include <stdint.h>

struct config;
struct config_receiver;
struct config_route;

struct routed {
        const struct config_receiver *receiver;
        const struct config_route *route; /* that named it first; NULL = by default */
};

struct routed_list {
        struct routed *items; /* each receiver once */
        size_t n;
};

/*
 * The first route that takes it, and those behind it for as long as they go on; when none does, the
 * default receivers. routed_list_done() it.
 */
void routing_find(const struct config *c, const struct subject *s, struct routed_list *ret);
void routed_list_done(struct routed_list *l);

/* Route by route, why each takes it or not, and who is told in the end: lines; free() it. */
char *routing_explain(const struct config *c, const struct subject *s, int64_t now_s);
