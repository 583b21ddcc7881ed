/* SPDX-License-Identifier: Apache-2.0 */
/* A chain to download, under a name that no endpoint can make into anything else. */
#include "fake_exchange.h"

#include "common/base/cleanup.h"

static void ask(struct web_exchange *x, const char *id, const char *pem)
{
        *x = (struct web_exchange){ .path = "/chain.pem", .asked = json_object() };
        x->body = BUF_INIT(1 << 20);
        x->documents = json_pack("{s:{s:{s:s}, s:s?}}", "endpoint", "endpoint", "id", id,
                                 "chain_pem", pem);
        answer_chain_pem(x);
}

static void a_chain_comes_as_a_file_of_its_own_name(void **state)
{
        static const struct {
                const char *id, *header;
        } ROWS[] = {
                { "www.example.com:443", "filename=\"www.example.com_443-chain.pem\"\n" },
                { "../../etc/x", "filename=\"_._.._etc_x-chain.pem\"\n" },
                { "a\"\r\nSet-Cookie: b", "filename=\"a___Set-Cookie__b-chain.pem\"\n" },
                { "\xc3\xa9t\xc3\xa9", "filename=\"__t__-chain.pem\"\n" },
                { "", "filename=\"-chain.pem\"\n" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                struct web_exchange x;

                ask(&x, ROWS[i].id, "-----BEGIN");
                assert_int_equal(x.status, 200);
                assert_string_equal(x.type, "application/pem-certificate-chain");
                assert_string_equal(buf_str(&x.body), "-----BEGIN");
                assert_string_equal(strstr(x.headers, "filename"), ROWS[i].header);
                fake_end(&x);
        }
}

static void a_long_name_is_cut(void **state)
{
        char id[5000];
        struct web_exchange x;

        (void)state;
        memset(id, 'a', sizeof(id) - 1);
        id[sizeof(id) - 1] = '\0';
        ask(&x, id, "-----BEGIN");
        assert_in_range(strlen(x.headers), 100, 200);
        fake_end(&x);
}

static void where_no_chain_is_known_there_is_none(void **state)
{
        struct web_exchange x;

        (void)state;
        ask(&x, "a", NULL);
        assert_int_equal(x.status, 404);
        assert_string_equal(x.headers, "");
        fake_end(&x);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_chain_comes_as_a_file_of_its_own_name),
                cmocka_unit_test(a_long_name_is_cut),
                cmocka_unit_test(where_no_chain_is_known_there_is_none),
        };

        return cmocka_run_group_tests_name("web: chain.pem", tests, NULL, NULL);
}
