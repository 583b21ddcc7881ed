/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "HOST@@TIME@@SERVED@@ANCHORS@@INTERMEDIATES", the last three PEM or DER: the whole diagnosis, to
 * JSON, and our own JSON read again. Whatever comes in, what goes out is well-formed and says
 * something.
 */
#include "tests/fuzz/fuzz.h"

#include "common/base/buf.h"
#include "common/base/mem.h"
#include "common/cert/chain_file.h"
#include "common/cert/names.h"
#include "common/cert/report.h"
#include "common/cert/validate.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const struct chain_options OPTIONS = { .max_certs = 12 };

/* The one kind of text that has several lines. */
static void check_pem(const char *pem)
{
        AUTO_FREE char *flat = mem_strdup(pem);

        fuzz_check(strncmp(pem, "-----BEGIN CERTIFICATE-----\n", 28) == 0);
        for (char *p = flat; (p = strchr(p, '\n'));)
                *p = ' ';
        fuzz_check(fuzz_is_printable(flat));
}

/* Every text in @j, however deep. */
static void check_texts(const json_t *j)
{
        const char *key;
        json_t *value;
        size_t i;

        if (json_is_string(j)) {
                fuzz_check(strlen(json_string_value(j)) == json_string_length(j));
                fuzz_check(fuzz_is_printable(json_string_value(j)));
        }
        json_object_foreach((json_t *)j, key, value) {
                if (strcmp(key, "pem") == 0 && json_is_string(value))
                        check_pem(json_string_value(value));
                else
                        check_texts(value);
        }
        json_array_foreach(j, i, value)
                check_texts(value);
}

/* A position counts what was sent: what could not be read, too. */
static void check_diagnosis(const json_t *d, size_t n_sent)
{
        static const char *const TEXTS[] = { "code", "severity", "title", "message", "remedy" };
        enum finding_code code;
        enum severity severity;
        const json_t *position = json_object_get(d, "position");

        for (size_t i = 0; i < ARRAY_LEN(TEXTS); i++) {
                const char *text = json_string_value(json_object_get(d, TEXTS[i]));

                fuzz_check(text && *text);
        }
        fuzz_check(finding_code_parse(json_string_value(json_object_get(d, "code")), &code) == 0);
        fuzz_check(severity_parse(json_string_value(json_object_get(d, "severity")),
                                  &severity) == 0 && severity != SEVERITY_OK);
        fuzz_check(json_is_null(position) || (json_integer_value(position) >= 0 &&
                                              (size_t)json_integer_value(position) < n_sent));
}

static void check_report(const json_t *report, const struct verdict *v, const struct chain *served)
{
        static const char *const WORDS[] = { "ok", "ok", "warn", "error" };
        const char *verdict = json_string_value(json_object_get(report, "verdict"));
        const json_t *diagnoses = json_object_get(report, "diagnoses");

        check_texts(report);
        fuzz_check(verdict && strcmp(verdict, WORDS[verdict_severity(v)]) == 0);
        fuzz_check(json_array_size(diagnoses) == v->findings.n);
        for (size_t i = 0; i < v->findings.n; i++)
                check_diagnosis(json_array_get(diagnoses, i), served->n + served->problems.n);
        fuzz_check(json_array_size(json_object_get(report, "chain")) == served->n);
        fuzz_check(json_array_size(json_object_get(report, "path")) == v->n_path);
        fuzz_check(json_array_size(json_object_get(report, "fix")) == v->n_fix);
}

/* What holds of every verdict. */
static void check_verdict(const struct verdict *v, const struct chain *served)
{
        fuzz_check(served->n > 0 || v->findings.n > 0);
        fuzz_check((served->n > 0) == (v->leaf != NULL) && (served->n > 0) == (v->n_path > 0));
        fuzz_check(v->n_path <= PATH_MAX_LENGTH && v->n_fix <= v->n_path);
        fuzz_check(v->trusted || served->n == 0 || verdict_severity(v) == SEVERITY_ERROR);
        if (v->trusted)
                fuzz_check(v->path_source[v->n_path - 1] == PATH_ANCHOR);
}

static void judge(const struct validate_input *in)
{
        struct verdict v;

        validate(in, &v);
        check_verdict(&v, in->served);
        json_t *report = report_verdict(&v, in->served);
        AUTO_FREE char *text = json_dumps(report, 0);
        json_t *again = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

        fuzz_check(again && json_equal(report, again));
        check_report(again, &v, in->served);
        json_decref(again);
        json_decref(report);
        verdict_done(&v);
}

static struct trust *trust_of(const struct fuzz_part *part)
{
        CLEANUP(chain_free_at_exit) struct chain *chain =
                chain_parse("pool", part->bytes, part->n, &OPTIONS);

        return trust_new(chain->certs, chain->n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct fuzz_part part[5];
        AUTO_FREE char *host = NULL;
        const char *reason;

        fuzz_split(data, size, part, ARRAY_LEN(part));
        AUTO_FREE char *name = fuzz_text(&part[0]), *at = fuzz_text(&part[1]);
        CLEANUP(chain_free_at_exit) struct chain *served =
                chain_parse("chain.pem", part[2].bytes, part[2].n, &OPTIONS);
        CLEANUP(trust_unref_at_exit) struct trust *anchors = trust_of(&part[3]);
        CLEANUP(trust_unref_at_exit) struct trust *pool = trust_of(&part[4]);

        judge(&(struct validate_input){
                .served = served, .anchors = anchors, .pools.configured = pool,
                .host = host_canonical(name, &host, &reason) == 0 ? host : NULL,
                .now_s = strtol(at, NULL, 10) % (INT64_C(10000) * 366 * FUZZ_DAY),
        });
        return 0;
}

static void put_der(struct buf *out, const struct minted *m)
{
        size_t n;
        AUTO_FREE uint8_t *der = fuzz_der(m, &n);

        buf_append(out, der, n);
}

static void seed(const char *head, const struct minted *const served[], const struct minted *anchor,
                 const struct minted *pool)
{
        struct buf out = BUF_INIT(1 << 20);

        buf_printf(&out, "%s" FUZZ_MARK "%lld" FUZZ_MARK, head, (long long)FUZZ_NOW);
        for (; *served; served++)
                put_der(&out, *served);
        buf_puts(&out, FUZZ_MARK);
        if (anchor)
                put_der(&out, anchor);
        buf_puts(&out, FUZZ_MARK);
        if (pool)
                put_der(&out, pool);
        fuzz_seed(buf_str(&out), out.len);
        buf_done(&out);
}

void fuzz_seeds(void)
{
        struct mint_spec ca = {
                .cn = "Root", .ca = true, .key = MINT_EC_P256,
                .not_before_s = FUZZ_NOW - 900 * FUZZ_DAY, .not_after_s = FUZZ_NOW + 900 * FUZZ_DAY,
        };
        struct mint_spec web = {
                .cn = "a.example", .ca_issuers = "http://ca.example/1.crt",
                .names = (const char *const[]){ "a.example", "*.b.example", "192.0.2.1", NULL },
                .not_before_s = FUZZ_NOW - 30 * FUZZ_DAY, .not_after_s = FUZZ_NOW + 60 * FUZZ_DAY,
        };
        CLEANUP(minted_free_at_exit) struct minted *root = mint(&ca, NULL);

        ca.cn = "Issuing";
        ca.limit_path = true;
        CLEANUP(minted_free_at_exit) struct minted *sub = mint(&ca, root);
        CLEANUP(minted_free_at_exit) struct minted *leaf = mint(&web, sub);

        web.critical_oid = "1.2.3.4";
        web.eku = "clientAuth";
        CLEANUP(minted_free_at_exit) struct minted *odd = mint(&web, NULL);

#define SERVED(...) ((const struct minted *const[]){ __VA_ARGS__, NULL })
        seed("a.example", SERVED(leaf, sub), root, NULL);
        seed("x.b.example", SERVED(leaf), root, sub);
        seed("a.example", SERVED(sub, root, leaf, leaf), root, NULL);
        seed("192.0.2.1", SERVED(leaf, sub, root), NULL, NULL);
        seed("c.example", SERVED(odd, sub), root, NULL);
        seed("", SERVED(odd), odd, NULL);
}
