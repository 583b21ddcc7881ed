/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common/cert/aia_reach.h - how far the search for a missing issuer may reach: the URLs come from
 * the certificate, so whoever made it chooses where this host connects to.
 */
#pragma once

enum aia_reach {
        AIA_OFF,    /* caIssuers URLs are not asked */
        AIA_PUBLIC, /* at addresses of the public Internet only (addr_is_global) */
        AIA_ANY,    /* at any address, those of private networks and this host too */
        AIA_REACH_COUNT
};
