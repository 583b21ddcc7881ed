/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/probe/places.h - some of the addresses of one endpoint, in words and as facts.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct exam_report;
struct finding;

/* Those of @each that are @in. */
struct places {
        const struct exam_report *each;
        size_t n;
        const bool *in;
};

size_t places_count(const struct places *p);

/* "192.0.2.2, 2001:db8::2", malloc'ed; of many, the first ones and how many more. */
char *places_list(const struct places *p);

/* "2 of 4 addresses (192.0.2.2, 2001:db8::2)", malloc'ed. */
char *places_str(const struct places *p);

/* For programs: each as a fact "address" of @f. */
void places_tell(const struct places *p, struct finding *f);
