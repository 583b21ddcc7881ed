/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common/cert/renewal.h - one server certificate in the place of another: what is new. Pure.
 */
#pragma once

struct cert;
struct finding;

/*
 * Fills @ret (zeroed first; finding_done() it) with what became of @was now that @is is served:
 * renewed when every name of @was is still covered and @is ends later, changed otherwise. Message
 * and facts say before and after: serial, issuer, names, key, dates.
 */
void renewal_compare(const struct cert *was, const struct cert *is, struct finding *ret);
