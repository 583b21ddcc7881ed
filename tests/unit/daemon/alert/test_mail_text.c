/* SPDX-License-Identifier: Apache-2.0 */
/* Mails as text; that mail systems understand them is shown in tests/integration. */
#include "sample.h"

#include "daemon/alert/mail_text.h"

static char *const TO[] = { (char *)"ops@example.com", (char *)"b@example.org" };

static char *text_of(const struct message *m)
{
        char *text = mail_text(m, "notafter@mon.example.com", TO, ARRAY_LEN(TO));

        for (const char *line = text; *line;) { /* CRLF, short, ASCII */
                size_t n = strcspn(line, "\r\n");

                assert_true(n < 998);
                assert_memory_equal(line + n, "\r\n", 2);
                for (size_t i = 0; i < n; i++)
                        assert_true(line[i] >= ' ' && line[i] < 0x7f);
                line += n + 2;
        }
        return text;
}

/* In @text without its soft line breaks. */
static void assert_says(const char *text, const char *says)
{
        AUTO_FREE char *whole = mem_strdup(text);

        for (char *s = whole; (s = strstr(s, "=\r\n"));)
                if (s[-1] == '?') /* an encoded word ends */
                        s++;
                else
                        memmove(s, s + 3, strlen(s + 3) + 1);
        if (!strstr(whole, says))
                fail_msg("%s\ndoes not say\n%s", text, says);
}

static void mail_has_its_headers_and_two_parts(void **state)
{
        struct message m = sample();

        (void)state;
        m.group = mem_strdup("grp_0123");
        AUTO_FREE char *text = text_of(&m), *again = text_of(&m);

        assert_string_equal(text, again);
        assert_says(text, "Date: Mon, 23 Nov 2026 09:00:00 +0000\r\n"
                          "From: notafter <notafter@mon.example.com>\r\n"
                          "To: ops@example.com,\r\n b@example.org\r\n"
                          "Subject: Web shop: certificate has expired\r\n"
                          "Message-ID: <" SAMPLE_ID "@mon.example.com>\r\n"
                          "In-Reply-To: <grp_0123@mon.example.com>\r\n"
                          "References: <grp_0123@mon.example.com>\r\n"
                          "Auto-Submitted: auto-generated\r\n");
        assert_says(text, "Content-Type: text/plain; charset=utf-8\r\n");
        assert_says(text, "\r\n\r\nWeb shop: certificate has expired\r\n\r\nRemedy: Renew it.\r\n");
        assert_says(text, "sans-serif\">Web shop: certificate has expired</p>\r\n");
        assert_says(text, "\r\n--=_" SAMPLE_ID "--\r\n");
        message_done(&m);
}

static void what_an_endpoint_says_cannot_leave_its_place(void **state)
{
        struct message m = sample();

        (void)state;
        replace_text(&m.summary, "a\r\nBcc: x@example.net\r\n\r\n<script>&\x1b[31m");
        AUTO_FREE char *text = text_of(&m);

        assert_null(strstr(text, "\nBcc"));
        assert_says(text, "\r\nSubject: a\\x0D\\x0ABcc: x@example.net\\x0D\\x0A\\x0D\\x0A<script>");
        assert_says(text, "&lt;script&gt;&amp;\\x1B[31m</p>");
        message_done(&m);
}

static void subjects_beyond_ascii_are_encoded_words(void **state)
{
        struct message m = sample();

        (void)state;
        replace_text(&m.summary, "M\xc3\xbcnchen: \xf0\x9f\x94\xa5 and a text that is longer than "
                                 "one encoded word may ever be \xc3\xa4\xc3\xb6\xc3\xbc");
        AUTO_FREE char *text = text_of(&m);

        assert_says(text, "\r\nSubject: =?UTF-8?Q?M=C3=BCnchen=3A_=F0=9F=94=A5_and_a_text_that_is_"
                          "longer_than_one?=\r\n =?UTF-8?Q?_encoded_word_may_ever_be_=C3=A4=C3=B6"
                          "=C3=BC?=\r\n");
        assert_says(text, "\r\n\r\nM=C3=BCnchen: =F0=9F=94=A5 and a text");
        replace_text(&m.summary, "=?UTF-8?Q?spoofed?=");
        AUTO_FREE char *spoofed = text_of(&m);

        assert_says(spoofed, "\r\nSubject: =?UTF-8?Q?=3D=3FUTF=2D8=3FQ=3Fspoofed=3F=3D?=\r\n");
        message_done(&m);
}

static void largest_message_is_whole(void **state)
{
        struct message m = sample();
        char name[513];

        (void)state;
        memset(name, 'n', sizeof(name) - 1);
        name[sizeof(name) - 1] = '\0';
        m.members = mem_new0(MESSAGE_MAX_MEMBERS, sizeof(*m.members));
        m.n_members = MESSAGE_MAX_MEMBERS;
        m.n_open = 500;
        for (size_t i = 0; i < m.n_members; i++)
                m.members[i] = (struct message_member){
                        .endpoint = mem_strdup(name), .name = mem_strdup(name),
                        .target = mem_strdup(name), .kind = MESSAGE_OPENED,
                        .severity = SEVERITY_ERROR, .since_s = SAMPLE_AT_S,
                };
        AUTO_FREE char *text = text_of(&m);

        assert_says(text, "\r\n--=_" SAMPLE_ID "--\r\n");
        message_done(&m);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(mail_has_its_headers_and_two_parts),
                cmocka_unit_test(what_an_endpoint_says_cannot_leave_its_place),
                cmocka_unit_test(subjects_beyond_ascii_are_encoded_words),
                cmocka_unit_test(largest_message_is_whole),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
