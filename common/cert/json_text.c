/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in json_text.h. */
#include "common/cert/json_text.h"

#include "common/base/mem.h"
#include "common/base/parse.h"

json_t *json_must(json_t *j)
{
        if (!j)
                mem_exhausted();
        return j;
}

json_t *json_text(const char *utf8)
{
        return json_must(utf8 ? json_string(utf8) : json_null());
}

json_t *json_instant(int64_t at_s)
{
        char out[TIME_STR_MAX];

        return json_must(at_s ? json_string(time_rfc3339(at_s, out)) : json_null());
}

json_t *json_clock_sync(enum clock_sync sync)
{
        return json_must(sync == CLOCK_SYNC_UNKNOWN ? json_null()
                                                    : json_boolean(sync == CLOCK_SYNCHRONISED));
}
