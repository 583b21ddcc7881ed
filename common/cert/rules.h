/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common/cert/rules.h - inside the validator: the groups of rules that look at one examination. Not
 * for use outside common/cert.
 */
#pragma once

#include "common/cert/validate.h"

struct exam {
        const struct validate_input *in;
        const struct policy *policy;
        const struct chain *served;
        size_t leaf_at;         /* index of the leaf in .served */
        const struct cert *leaf;
        struct path_search search;
        const struct cert *impostor; /* bears the name of the issuer of the path's top, but its key
                                        did not sign that; NULL = nobody does */
        struct finding_list *findings;
};

/* Adds a finding that speaks of @c, sent at @position or FINDING_NO_POSITION. */
struct finding *exam_finding(struct exam *e, enum finding_code code, const struct cert *c,
                             int position);

/* The same of certificate @k of .served. */
struct finding *exam_served_finding(struct exam *e, enum finding_code code, size_t k);

/* Adds one that speaks of step @i of the path that is used. */
struct finding *exam_about(struct exam *e, enum finding_code code, size_t i);

/* Is step @i a root: an anchor, or a self-signed certificate above the leaf? */
bool exam_is_root(const struct exam *e, size_t i);

/* What step @i is called in a sentence: "Certificate" (of the server), "Intermediate", "Root". */
const char *exam_role(const struct exam *e, size_t i);

/* What to do depends on who can: of the leaf the operator, of the others the CA, or the clients. */
struct remedies {
        const char *leaf, *intermediate, *root;
};

const char *exam_remedy(const struct exam *e, size_t i, const struct remedies *remedies);

/* Which served certificate is the server's; reports leaf-missing and ca-as-leaf. */
void rules_find_leaf(struct exam *e);

void rules_names(struct exam *e);  /* hostname-* */
void rules_dates(struct exam *e);  /* expired, not yet valid, soon, too long */
void rules_path(struct exam *e);   /* CA rights, purposes and strength of what is used */
void rules_profile(struct exam *e, size_t i); /* profile-violation, of step @i of the path */
void rules_trust(struct exam *e);  /* the four classic cases, and bad-signature */
void rules_key(struct exam *e);    /* key-mismatch */
void rules_served(struct exam *e); /* order, duplicates, what need not be sent */

/* revoked, revocation-unknown and the OCSP staple, which becomes *ret_staple. */
void rules_revocation(struct exam *e, struct staple *ret_staple);
