/* SPDX-License-Identifier: Apache-2.0 */
/* What a person writes to name an endpoint: its canonical spelling names the same endpoint. */
#include "tests/fuzz/fuzz.h"

#include "common/base/mem.h"
#include "config/target.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        AUTO_FREE char *text = fuzz_text(&(struct fuzz_part){ data, size });
        AUTO_FREE char *error = NULL;
        struct target t, again;

        if (target_parse(text, &t, &error) < 0) {
                fuzz_check(error && *error && fuzz_is_printable(error));
                fuzz_check(!t.scheme && !t.host && !t.path);
                return 0;
        }
        AUTO_FREE char *spelling = target_str(&t);

        fuzz_check(t.scheme && (t.kind == TARGET_FILE ? t.path && !t.host : t.host && t.port > 0));
        fuzz_check(target_parse(spelling, &again, &error) == 0);
        AUTO_FREE char *same = target_str(&again);

        fuzz_check(strcmp(spelling, same) == 0);
        target_done(&again);
        target_done(&t);
        return 0;
}

void fuzz_seeds(void)
{
        static const char *const SEEDS[] = {
                "a.example", "A.example.:8443", "https://a.example/x?y#z", "imaps://mail.a.example",
                "[2001:db8::1]:443", "192.0.2.1", "file:/etc/ssl/web.pem", "/etc/ssl/web.pem",
                "m\xc3\xbcller.example", "tls://[::1]", "httpz://a.example", "a.example:0",
        };

        for (size_t i = 0; i < ARRAY_LEN(SEEDS); i++)
                fuzz_seed(SEEDS[i], strlen(SEEDS[i]));
}
