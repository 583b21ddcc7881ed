/* SPDX-License-Identifier: Apache-2.0 */
/* Which endpoint is meant by a host and a port. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "daemon/monitor/aims.h"

#include "common/base/buf.h"
#include "tests/unit/daemon/monitor/fleet_of.h"

#include <errno.h>

/* The id of the endpoint that is meant, or why nothing can be. */
static const char *meant(const struct fleet *f, const char *text, const char *module)
{
        AUTO_FREE char *error = NULL;
        struct target t;

        if (aims_read(text, module, &t, &error) < 0)
                return "no target";
        const struct member *m = aims_find(f->aims, text, &t);

        target_done(&t);
        return m ? m->cfg->id : "nobody";
}

static void an_endpoint_is_found_as_scrape_configurations_name_it(void **state)
{
        static const struct {
                const char *text, *module, *id;
        } ROWS[] = {
                { "web.example:443", NULL, "web.example:443" },
                { "web.example", "http_2xx", "web.example:443" },
                { "WEB.example.:443", "tcp_tls", "web.example:443" },
                { "https://web.example/path?x=1", "http_2xx", "web.example:443" },
                { "tls://web.example", NULL, "web.example:443" },
                { "web.example:444", NULL, "nobody" },
                { "front", "tcp_connect", "front" },
                { "behind.example:8443", "tcp_connect", "front" },
                { "mail.example:25", "smtp_starttls", "smtp://mail.example:25" },
                { "mail.example:25", "tcp_connect", "mail.example:25" },
                { "mail.example:25", "made_up_starttls", "smtp://mail.example:25" },
                { "smtp://mail.example", NULL, "smtp://mail.example:25" },
                { "mail.example:143", "tcp_connect", "imap://mail.example:143" },
                { "[2001:DB8::1]:443", NULL, "[2001:db8::1]:443" },
                { "file:/etc/hostname", "file", "file:/etc/hostname" },
                { "file:/etc/shadow", "file", "nobody" },
                { "nobody.example:443", NULL, "nobody" },
                { "http://web.example/", "http_2xx", "no target" },
                { "", NULL, "no target" },
        };
        struct fleet *f = fleet_of("endpoints:\n"
                                   "  - web.example\n"
                                   "  - {name: front, target: 'behind.example:8443'}\n"
                                   "  - mail.example:25\n"
                                   "  - smtp://mail.example\n"
                                   "  - imap://mail.example\n"
                                   "  - '[2001:db8::1]:443'\n"
                                   "  - file:/etc/hostname\n");

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++)
                assert_string_equal(meant(f, ROWS[i].text, ROWS[i].module), ROWS[i].id);
        fleet_free(f);
}

static void what_comes_before_tls_is_said_by_the_module(void **state)
{
        static const struct {
                const char *text, *module, *dialect;
        } ROWS[] = {
                { "h:25", "smtp_starttls", "smtp" },
                { "h:2525", "tcp_smtp_starttls", "smtp" },
                { "h:5432", "postgres", "postgres" },
                { "h:587", "mail-starttls", "smtp" },
                { "h:143", "IMAP.starttls", "imap" },
                { "h:2525", "starttls", NULL },
                { "h:995", "pop3s_banner", NULL },
                { "h:25", "tcp_connect", NULL },
                { "h:25", "nostarttls", NULL },
                { "h:25", "", NULL },
                { "h:25", "___", NULL },
                { "h:25", NULL, NULL },
                { "tls://h:25", "smtp_starttls", NULL },
                { "imap://h:25", "smtp_starttls", "imap" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                AUTO_FREE char *error = NULL;
                struct target t;

                assert_int_equal(aims_read(ROWS[i].text, ROWS[i].module, &t, &error), 0);
                if (ROWS[i].dialect)
                        assert_string_equal(t.starttls, ROWS[i].dialect);
                else
                        assert_null(t.starttls);
                target_done(&t);
        }
}

static void many_at_one_place_are_found_by_name_and_cost_little(void **state)
{
        struct buf text = BUF_INIT(1 << 24);

        (void)state;
        buf_puts(&text, "endpoints:\n");
        for (int i = 0; i < 20000; i++)
                buf_printf(&text, "  - {name: n%05d, target: '127.0.0.1:443'}\n", i);
        buf_puts(&text, "  - {name: last, target: 'smtp://127.0.0.1:443'}\n");
        struct fleet *f = fleet_of(buf_str(&text));

        buf_done(&text);
        assert_string_equal(meant(f, "n12345", NULL), "n12345");
        assert_string_equal(meant(f, "127.0.0.1:443", NULL), "n00000");
        assert_string_equal(meant(f, "smtp://127.0.0.1:443", NULL), "last"); /* is first by id */
        fleet_free(f);
}

static void an_empty_fleet_has_nobody(void **state)
{
        struct fleet *f = fleet_of("endpoints: []\n");

        (void)state;
        assert_string_equal(meant(f, "web.example:443", NULL), "nobody");
        fleet_free(f);
}

static void all_at_one_place_are_told_apart_by_id(void **state)
{
        static const struct {
                const char *text, *ids;
        } ROWS[] = {
                { "web.example", "web.example:443 " },
                { "WEB.example.:443", "web.example:443 " },
                { "mail.example:25", "a b c " },
                { "smtp://mail.example:25", "a b c " },
                { "mail.example:26", "" },
                { "file:/etc/hostname", "file:/etc/hostname " },
                { "file:/etc/shadow", "" },
        };
        struct fleet *f = fleet_of("endpoints: [web.example, 'file:/etc/hostname',\n"
                                   "  {name: c, target: 'mail.example:25'},\n"
                                   "  {name: a, target: 'smtp://mail.example:25'},\n"
                                   "  {name: b, target: 'mail.example:25', server_name: b.test},\n"
                                   "  'mail.example:27']\n");

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                struct buf ids = BUF_INIT(100);
                const struct member *there[4];
                AUTO_FREE char *error = NULL;
                struct target t;

                assert_int_equal(target_parse(ROWS[i].text, &t, &error), 0);
                size_t n = aims_at(f->aims, &t, there, ARRAY_LEN(there));

                for (size_t k = 0; k < n; k++)
                        buf_printf(&ids, "%s ", there[k]->cfg->id);
                assert_string_equal(buf_str(&ids), ROWS[i].ids);
                assert_int_equal(aims_at(f->aims, &t, there, 1), n ? 1 : 0);
                buf_done(&ids);
                target_done(&t);
        }
        for (uint16_t port = 1; port < 25; port++) { /* in one chain with others by their hash */
                struct target t = { .kind = TARGET_NET, .host = "mail.example", .port = port };
                const struct member *there;

                assert_int_equal(aims_at(f->aims, &t, &there, 1), 0);
        }
        fleet_free(f);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(all_at_one_place_are_told_apart_by_id),
                cmocka_unit_test(an_endpoint_is_found_as_scrape_configurations_name_it),
                cmocka_unit_test(what_comes_before_tls_is_said_by_the_module),
                cmocka_unit_test(many_at_one_place_are_found_by_name_and_cost_little),
                cmocka_unit_test(an_empty_fleet_has_nobody),
        };

        return cmocka_run_group_tests(tests, write_anchors, remove_anchors);
}
