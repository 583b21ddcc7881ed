/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a configuration: errors with their places, or a configuration whose own text loads
 * to the same one again. Inputs that include other files, or look for some, are left out: they
 * would mean another thing on another machine.
 */
#include "tests/fuzz/fuzz.h"

#include "common/base/mem.h"
#include "config/loader.h"
#include "config/model.h"

#include <string.h>

static struct config *load(const char *bytes, size_t n)
{
        struct config_errors errors;
        struct config *c = NULL;
        int r = config_load_bytes(&c, "fuzz.yaml", bytes, n, &errors);

        fuzz_check((r == 0) == (c != NULL) && (r == 0) == (errors.n == 0));
        for (size_t i = 0; i < errors.n; i++)
                fuzz_check(strncmp(errors.items[i], "fuzz.yaml:", 10) == 0 &&
                           fuzz_is_printable(errors.items[i]));
        config_errors_done(&errors);
        return c;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        AUTO_FREE char *bytes = mem_copy(data, size); /* size may be 0, and data NULL */

        bool pattern = memchr(bytes, '*', size) || memchr(bytes, '?', size);

        if (memmem(bytes, size, "include", 7) || (pattern && memmem(bytes, size, "file:", 5)))
                return 0;
        struct config *c = load(bytes, size);

        if (!c)
                return 0;
        AUTO_FREE char *shown = config_show(c);
        struct config *again = load(shown, strlen(shown));

        fuzz_check(again != NULL);
        AUTO_FREE char *same = config_show(again);

        fuzz_check(strcmp(shown, same) == 0);
        config_unref(again);
        config_unref(c);
        return 0;
}

void fuzz_seeds(void)
{
        static const char *const SEEDS[] = {
                "endpoints: [a.example]\n",
                "defaults: {interval: 1h, warning: 20 %, critical: 7d}\n"
                "endpoints:\n"
                "  - a.example:8443\n"
                "  - {target: 'imaps://mail.a.example', name: \"m\\x41\\u00fc\", interval: 90m}\n"
                "receivers:\n"
                "  - name: ops\n"
                "    webhook: {url: https://h.example.com/x, secret_file: /etc/secret}\n"
                "  - {name: log, syslog: {}}\n",
                "endpoints: [\"file:a b.pem\", {target: 'file:/a', name: f}]\ndefaults: {ip: 4}\n",
                "endpoints:\n  - &a {target: a.example, policy: {root-included: ignore}}\n  - *a\n",
                "limits: !x {per_host: 3}\n--- \n...\n",
                "\xef\xbb\xbf" "endpoints: [\n",
        };

        for (size_t i = 0; i < ARRAY_LEN(SEEDS); i++)
                fuzz_seed(SEEDS[i], strlen(SEEDS[i]));
}
