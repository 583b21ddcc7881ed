/* SPDX-License-Identifier: Apache-2.0 */
/* The outbox: order, lines, due times, retries, dead letters, numbers, the bound and the cost. */
#include "scratch.h"

#include "common/base/buf.h"
#include "daemon/store/database.h"

#include <sqlite3.h>
#include <string.h>

static void assert_next(struct store *store, const char *receiver, int64_t now_s,
                        const char *payload)
{
        struct store_outbox_row row;
        int r = store_outbox_next(store, receiver, now_s, &row);

        assert_int_equal(r, payload ? 1 : 0);
        if (!payload)
                return;
        assert_string_equal(row.payload, payload);
        free(row.payload);
}

static int64_t row_of(struct store *store, const char *receiver, int64_t now_s)
{
        struct store_outbox_row row;

        assert_int_equal(store_outbox_next(store, receiver, now_s, &row), 1);
        free(row.payload);
        return row.row;
}

static struct store *open_with_three(struct scratch *s)
{
        struct store *store = scratch_open(s);

        assert_int_equal(store_outbox_add(store, "msg_1", "ops", "shop", "one", 100), 0);
        assert_int_equal(store_outbox_add(store, "msg_2", "ops", "mail", "two", 100), 0);
        assert_int_equal(store_outbox_add(store, "msg_3", "dev", "shop", "three", 150), 0);
        return store;
}

static void oldest_comes_first_and_receivers_are_apart(void **state)
{
        struct store *store = open_with_three(*state);

        assert_next(store, "ops", 99, NULL);
        assert_next(store, "ops", 100, "one");
        assert_next(store, "dev", 149, NULL);
        assert_next(store, "dev", 150, "three");
        assert_next(store, "nobody", 1000, NULL);
        assert_int_equal(store_outbox_next_due_s(store, "ops"), 100);
        assert_int_equal(store_outbox_next_due_s(store, "dev"), 150);
        assert_int_equal(store_outbox_next_due_s(store, "nobody"), -1);
}

static void done_row_goes_and_its_number_is_not_used_again(void **state)
{
        struct store *store = open_with_three(*state);
        int64_t dev = row_of(store, "dev", 200);

        assert_int_equal(store_outbox_done(store, row_of(store, "ops", 100)), 0);
        assert_next(store, "ops", 100, "two");
        assert_int_equal(store_outbox_done(store, dev), 0);
        assert_int_equal(store_outbox_done(store, dev), 0);
        assert_int_equal(store_outbox_add(store, "msg_4", "dev", "shop", "four", 200), 0);
        assert_true(row_of(store, "dev", 200) > dev);
}

static void assert_first_after(struct store *store, int64_t now_s, int64_t attempts)
{
        struct store_outbox_row row;

        assert_int_equal(store_outbox_next(store, "ops", now_s, &row), 1);
        assert_string_equal(row.payload, "opened");
        assert_int_equal(row.attempts, attempts);
        assert_int_equal(row.created_s, 100);
        free(row.payload);
}

/* A problem at the shop that came and went, and another at the mail server. */
static struct store *open_with_lines(struct scratch *s)
{
        struct store *store = scratch_open(s);

        assert_int_equal(store_outbox_add(store, "msg_1", "ops", "shop", "opened", 100), 0);
        assert_int_equal(store_outbox_add(store, "msg_2", "ops", "shop", "resolved", 110), 0);
        assert_int_equal(store_outbox_add(store, "msg_3", "ops", "mail", "mail", 120), 0);
        return store;
}

static void retried_row_stays_first_across_restarts(void **state)
{
        struct scratch *s = *state;
        struct store *store = open_with_lines(s);

        for (int i = 1; i <= 3; i++) {
                int64_t row = row_of(store, "ops", 200);

                assert_int_equal(store_outbox_retry(store, row, "connection refused"), 0);
                assert_first_after(store, 200, i);
                store = scratch_reopen(s);
                assert_first_after(store, 200, i);
                assert_int_equal(store_outbox_next_due_s(store, "ops"), 100);
        }
        store_outbox_done(store, row_of(store, "ops", 200));
        assert_next(store, "ops", 200, "resolved");
}

static void postponed_row_holds_up_its_line_and_no_other(void **state)
{
        struct scratch *s = *state;
        struct store *store = open_with_lines(s);

        assert_int_equal(store_outbox_postpone(store, row_of(store, "ops", 200), 260, "HTTP 400"),
                         0);
        assert_int_equal(store_outbox_next_due_s(store, "ops"), 120);
        assert_next(store, "ops", 200, "mail");
        store_outbox_done(store, row_of(store, "ops", 200));
        store = scratch_reopen(s);
        assert_int_equal(store_outbox_next_due_s(store, "ops"), 260);
        assert_next(store, "ops", 259, NULL);
        assert_int_equal(store_outbox_add(store, "msg_4", "ops", "shop", "opened again", 250), 0);
        assert_next(store, "ops", 259, NULL);
        assert_first_after(store, 260, 1);
        store_outbox_done(store, row_of(store, "ops", 260));
        assert_int_equal(store_outbox_next_due_s(store, "ops"), 110);
        assert_next(store, "ops", 260, "resolved");
        store_outbox_done(store, row_of(store, "ops", 260));
        assert_next(store, "ops", 260, "opened again");
}

static void dead_row_lets_its_line_go_on(void **state)
{
        struct scratch *s = *state;
        struct store *store = open_with_lines(s);
        int64_t row = row_of(store, "ops", 200);

        store_outbox_postpone(store, row, 5000, "HTTP 400");
        store_outbox_dead(store, row, 200, "too old");
        assert_int_equal(store_outbox_next_due_s(store, "ops"), 110);
        assert_next(store, "ops", 200, "resolved");
        store_outbox_done(store, row_of(store, "ops", 200));
        assert_next(store, "ops", 200, "mail");
}

static void clock_set_back_leaves_the_line_in_order(void **state)
{
        struct store *store = open_with_lines(*state);

        assert_int_equal(store_outbox_add(store, "msg_4", "ops", "shop", "later", 10), 0);
        assert_next(store, "ops", 50, NULL);
        assert_first_after(store, 100, 0);
}

static void undone_burial_leaves_the_head(void **state)
{
        struct store *store = open_with_lines(*state);

        assert_int_equal(store_begin(store), 0);
        assert_int_equal(store_outbox_dead(store, row_of(store, "ops", 200), 200, "no"), 0);
        assert_next(store, "ops", 200, "resolved");
        assert_true(store_outbox_add(store, NULL, "ops", "shop", "bad", 200) < 0);
        assert_true(store_commit(store) < 0);
        assert_first_after(store, 200, 0);
}

/* The same outbox as an array, and all that may happen to it, at random. */
struct model {
        struct {
                int64_t row, due_s;
                int endpoint;
                bool waiting;
        } rows[600];
        int n;
};

static int model_next(const struct model *m)
{
        int best = -1;

        for (int i = 0; i < m->n; i++) {
                bool head = m->rows[i].waiting;

                for (int k = 0; k < i; k++)
                        if (m->rows[k].waiting && m->rows[k].endpoint == m->rows[i].endpoint)
                                head = false;
                if (head && (best < 0 || m->rows[i].due_s < m->rows[best].due_s))
                        best = i;
        }
        return best;
}

static void model_add(struct model *m, struct store *store)
{
        int endpoint = rand() % 5;
        int64_t due_s = 1000 + rand() % 50;
        char name[16];

        snprintf(name, sizeof(name), "ep%d", endpoint);
        assert_int_equal(store_outbox_add(store, "msg", "ops", name, "{}", due_s), 0);
        m->n++;
        m->rows[m->n - 1].row = m->n;
        m->rows[m->n - 1].due_s = due_s;
        m->rows[m->n - 1].endpoint = endpoint;
        m->rows[m->n - 1].waiting = true;
}

static void model_act(struct model *m, struct store *store, int i)
{
        int64_t row = m->rows[i].row;

        switch (rand() % 4) {
        case 0:
                assert_int_equal(store_outbox_done(store, row), 0);
                m->rows[i].waiting = false;
                break;
        case 1:
                assert_int_equal(store_outbox_dead(store, row, 1000, "dead"), 0);
                m->rows[i].waiting = false;
                break;
        case 2:
                assert_int_equal(store_outbox_retry(store, row, "retry"), 0);
                break;
        case 3:
                m->rows[i].due_s = 1000 + rand() % 100;
                assert_int_equal(store_outbox_postpone(store, row, m->rows[i].due_s, "no"), 0);
                break;
        }
}

static void lines_and_due_times_agree_with_a_model(void **state)
{
        struct store *store = scratch_open(*state);
        struct model *m = mem_new0(1, sizeof(*m));

        srand(7);
        assert_int_equal(store_begin(store), 0);
        while (m->n < (int)ARRAY_LEN(m->rows)) {
                int next = model_next(m);
                int64_t due_s = store_outbox_next_due_s(store, "ops");

                assert_int_equal(due_s, next < 0 ? -1 : m->rows[next].due_s);
                assert_next(store, "ops", due_s - 1, NULL);
                if (next >= 0)
                        assert_int_equal(row_of(store, "ops", due_s), m->rows[next].row);
                if (next < 0 || rand() % 2)
                        model_add(m, store);
                else
                        model_act(m, store, next);
        }
        assert_int_equal(store_commit(store), 0);
        free(m);
}

static void stats_count_and_name_the_last_error(void **state)
{
        struct store *store = open_with_three(*state);
        struct store_outbox_stats *stats;
        size_t n;

        store_outbox_postpone(store, row_of(store, "ops", 100), 160, "HTTP 503");
        store_outbox_done(store, row_of(store, "ops", 160));
        store_outbox_dead(store, row_of(store, "ops", 160), 200, "too old");
        assert_int_equal(store_outbox_add(store, "msg_4", "ops", "mail", "four", 170), 0);
        assert_int_equal(store_outbox_stats(store, &stats, &n), 0);
        assert_int_equal(n, 2);
        assert_string_equal(stats[0].receiver, "dev");
        assert_int_equal(stats[0].waiting, 1);
        assert_int_equal(stats[0].dead, 0);
        assert_int_equal(stats[0].oldest_s, 150);
        assert_null(stats[0].last_error);
        assert_string_equal(stats[1].receiver, "ops");
        assert_int_equal(stats[1].waiting, 1);
        assert_int_equal(stats[1].dead, 1);
        assert_int_equal(stats[1].oldest_s, 170);
        assert_string_equal(stats[1].last_error, "too old; last answer: HTTP 503");
        store_outbox_stats_free(stats, n);
}

static void empty_outbox_has_no_stats(void **state)
{
        struct store_outbox_stats *stats;
        size_t n = 1;

        assert_int_equal(store_outbox_stats(scratch_open(*state), &stats, &n), 0);
        assert_int_equal(n, 0);
        store_outbox_stats_free(stats, n);
}

static void dead_row_is_not_sent_any_more(void **state)
{
        struct store *store = open_with_three(*state);
        int64_t row = row_of(store, "ops", 100);

        assert_int_equal(store_outbox_dead(store, row, 200, "no"), 0);
        assert_next(store, "ops", 1000, "two");
        assert_int_equal(store_outbox_retry(store, row, "late"), 0);
        assert_int_equal(store_outbox_postpone(store, row, 300, "late"), 0);
        assert_int_equal(store_outbox_done(store, row), 0);
        assert_next(store, "ops", 1000, "two");
}

/* Rows put there by the thousand, faster than one by one: in one line, or each in its own. */
static void bulk(struct scratch *s, const char *state, int n, bool one_line)
{
        AUTO_FREE char *path = scratch_path(s, STORE_FILE);
        AUTO_FREE char *text = mem_printf(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
                " INSERT INTO outbox (id, receiver, line, head, created_s, due_s, state,"
                " payload) SELECT 'msg_' || i, 'bulk', %s, %s, 10, 5000, '%s', 'p' || i FROM n",
                n, one_line ? "'one'" : "'ep' || i", one_line ? "i = 1" : "1", state);
        sqlite3 *db;

        scratch_close(s);
        assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
        sqlite3_close(db);
        scratch_open(s);
}

static void assert_stats(struct store *store, const char *receiver, int64_t waiting, int64_t dead)
{
        struct store_outbox_stats *stats;
        bool found = false;
        size_t n;

        assert_int_equal(store_outbox_stats(store, &stats, &n), 0);
        for (size_t i = 0; i < n; i++)
                if (strcmp(stats[i].receiver, receiver) == 0) {
                        found = true;
                        assert_int_equal(stats[i].waiting, waiting);
                        assert_int_equal(stats[i].dead, dead);
                }
        assert_true(found);
        store_outbox_stats_free(stats, n);
}

static void outbox_that_is_full_costs_the_receiver_with_most(void **state)
{
        struct scratch *s = *state;

        open_with_three(s);
        bulk(s, "waiting", STORE_MAX_OUTBOX - 3, false);
        assert_int_equal(store_outbox_pushed_out(s->store), 0);
        for (int i = 0; i < 2; i++)
                assert_int_equal(store_outbox_add(s->store, "msg_x", "dev", "ep", "new", 300), 0);
        assert_next(s->store, "ops", 300, "one"); /* is older, and not to blame */
        assert_stats(s->store, "ops", 2, 0);
        assert_stats(s->store, "dev", 3, 0);
        int64_t pushed = (STORE_MAX_OUTBOX - 3) / 100;

        assert_int_equal(store_outbox_pushed_out(s->store), pushed);
        assert_stats(s->store, "bulk", STORE_MAX_OUTBOX - 3 - pushed, pushed);
        assert_int_equal(s->store->counts[0], STORE_MAX_OUTBOX - pushed + 2);
}

static void what_is_pushed_out_is_the_oldest_and_its_line_goes_on(void **state)
{
        struct scratch *s = *state;
        struct store_outbox_stats *stats;
        size_t n;

        scratch_open(s);
        assert_int_equal(store_outbox_add(s->store, "msg_1", "bulk", "shop", "one", 100), 0);
        assert_int_equal(store_outbox_add(s->store, "msg_2", "ops", "shop", "two", 100), 0);
        bulk(s, "waiting", STORE_MAX_OUTBOX - 3, false);
        assert_int_equal(store_outbox_add(s->store, "msg_4", "bulk", "shop", "four", 100), 0);
        assert_next(s->store, "bulk", 100, "one");
        assert_int_equal(store_outbox_add(s->store, "msg_x", "dev", "ep", "new", 300), 0);
        assert_next(s->store, "bulk", 100, "four"); /* was behind the one that is out */
        assert_next(s->store, "ops", 100, "two");
        assert_int_equal(store_outbox_stats(s->store, &stats, &n), 0);
        assert_non_null(strstr(stats[0].last_error, "pushed out"));
        assert_string_equal(stats[0].receiver, "bulk");
        store_outbox_stats_free(stats, n);
}

static void buried_by_age_lets_younger_ones_go_on(void **state)
{
        struct store *store = open_with_lines(*state);
        int64_t n = -1;

        assert_int_equal(store_outbox_add(store, "msg_4", "dev", "shop", "dev", 100), 0);
        assert_int_equal(store_outbox_retry(store, row_of(store, "ops", 200), "HTTP 503"), 0);
        assert_int_equal(store_outbox_bury(store, "ops", 110, 200, "removed", &n), 0);
        assert_int_equal(n, 1);
        assert_stats(store, "ops", 2, 1);
        assert_stats(store, "dev", 1, 0);
        assert_next(store, "ops", 200, "resolved");
        assert_int_equal(store_outbox_bury(store, "ops", 1000, 200, "removed", &n), 0);
        assert_int_equal(n, 2);
        assert_stats(store, "ops", 0, 3);
        assert_int_equal(store_outbox_next_due_s(store, "ops"), -1);
        assert_int_equal(store_outbox_bury(store, "ops", 1000, 200, "removed", &n), 0);
        assert_int_equal(n, 0);
        assert_int_equal(store_outbox_add(store, "msg_5", "ops", "shop", "new", 300), 0);
        assert_next(store, "ops", 300, "new");
        assert_next(store, "dev", 300, "dev");
}

static void undone_mass_burial_leaves_all_as_it_was(void **state)
{
        struct store *store = open_with_lines(*state);
        int64_t n;

        assert_int_equal(store_begin(store), 0);
        assert_int_equal(store_outbox_bury(store, "ops", 1000, 200, "removed", &n), 0);
        assert_int_equal(n, 3);
        assert_true(store_outbox_add(store, NULL, "ops", "shop", "bad", 300) < 0);
        assert_true(store_commit(store) < 0);
        assert_stats(store, "ops", 3, 0);
        assert_next(store, "ops", 200, "opened");
}

static void burying_a_full_outbox_keeps_the_youngest_dead(void **state)
{
        struct scratch *s = *state;
        int64_t n;

        scratch_open(s);
        for (int one_line = 0; one_line < 2; one_line++) {
                bulk(s, "waiting", STORE_MAX_OUTBOX, one_line);
                assert_int_equal(store_outbox_bury(s->store, "bulk", 6000, 6000, "removed", &n), 0);
                assert_int_equal(n, STORE_MAX_OUTBOX);
                assert_stats(s->store, "bulk", 0, STORE_MAX_DEAD);
                assert_int_equal(s->store->counts[0], -1);
                assert_int_equal(store_outbox_add(s->store, "msg_x", "ops", "ep", "new", 7000), 0);
                assert_int_equal(s->store->counts[0], 1);
                assert_int_equal(store_outbox_done(s->store, row_of(s->store, "ops", 7000)), 0);
        }
}

/* What is kept in step must be what a count would give. */
static void mass_burial_keeps_the_counts(void **state)
{
        struct scratch *s = *state;
        int64_t n;

        scratch_open(s);
        bulk(s, "dead", STORE_MAX_DEAD - 1, false);
        scratch_close(s);
        open_with_lines(s);
        store_outbox_dead(s->store, row_of(s->store, "ops", 200), 200, "count them");
        assert_int_equal(s->store->counts[0], 2);
        assert_int_equal(s->store->counts[1], STORE_MAX_DEAD);
        assert_int_equal(store_outbox_bury(s->store, "ops", 1000, 200, "removed", &n), 0);
        assert_int_equal(n, 2);
        assert_int_equal(s->store->counts[0], 0);
        assert_int_equal(s->store->counts[1], STORE_MAX_DEAD);
        assert_stats(s->store, "ops", 0, 3);
        assert_stats(s->store, "bulk", 0, STORE_MAX_DEAD - 3);
}

static void line_waits_until_its_last_row_ends(void **state)
{
        struct store *store = open_with_lines(*state);

        assert_int_equal(store_outbox_waits(store, "ops", "shop"), 1);
        assert_int_equal(store_outbox_waits(store, "ops", "else"), 0);
        assert_int_equal(store_outbox_waits(store, "dev", "shop"), 0);
        store_outbox_postpone(store, row_of(store, "ops", 200), 9000, "HTTP 400");
        assert_int_equal(store_outbox_waits(store, "ops", "shop"), 1);
        store_outbox_done(store, row_of(store, "ops", 200));
        assert_int_equal(store_outbox_waits(store, "ops", "mail"), 0);
        store_outbox_dead(store, row_of(store, "ops", 9000), 9000, "too old");
        assert_int_equal(store_outbox_waits(store, "ops", "shop"), 1);
        store_outbox_dead(store, row_of(store, "ops", 9000), 9000, "too old");
        assert_int_equal(store_outbox_waits(store, "ops", "shop"), 0);
}

static void undone_transaction_does_not_upset_the_count(void **state)
{
        struct scratch *s = *state;

        open_with_three(s);
        bulk(s, "waiting", STORE_MAX_OUTBOX - 4, false);
        for (int i = 0; i < 3; i++) {
                assert_int_equal(store_begin(s->store), 0);
                assert_int_equal(store_outbox_add(s->store, "msg_x", "dev", "ep", "new", 300), 0);
                assert_true(store_outbox_add(s->store, NULL, "dev", "ep", "bad", 300) < 0);
                assert_true(store_commit(s->store) < 0);
        }
        assert_int_equal(store_outbox_add(s->store, "msg_x", "dev", "ep", "new", 300), 0);
        assert_next(s->store, "ops", 300, "one");
}

/* What SQLite did for all statements since it was last asked, in steps of its machine. */
static int steps_done(struct store *store)
{
        int n = 0;

        for (size_t i = 0; i < ARRAY_LEN(store->statements); i++)
                if (store->statements[i])
                        n += sqlite3_stmt_status(store->statements[i], SQLITE_STMTSTATUS_VM_STEP,
                                                 1);
        return n;
}

/* A full outbox costs no walks: adding, asking, ending cost what they cost in an empty one. */
static void assert_cheap(struct scratch *s, bool one_line)
{
        scratch_open(s);
        bulk(s, "waiting", STORE_MAX_OUTBOX - 100, one_line);
        assert_int_equal(store_outbox_add(s->store, "msg_x", "bulk", "one", "new", 6000), 0);
        steps_done(s->store); /* counted once */
        for (int i = 0; i < 50; i++) {
                int64_t row = row_of(s->store, "bulk", 6000);

                assert_int_equal(store_outbox_next_due_s(s->store, "bulk"), 5000);
                assert_next(s->store, "bulk", 4999, NULL);
                store_outbox_retry(s->store, row, "refused");
                store_outbox_postpone(s->store, row, 7000, "HTTP 400");
                if (i % 2)
                        store_outbox_done(s->store, row);
                else
                        store_outbox_dead(s->store, row, 6000, "too old");
                store_outbox_add(s->store, "msg_x", "bulk", "one", "new", 6000);
                assert_in_range(steps_done(s->store), 1, 1000);
        }
}

static void full_line_costs_no_walk(void **state)
{
        assert_cheap(*state, true);
}

static void many_lines_cost_no_walk(void **state)
{
        assert_cheap(*state, false);
}

/* --- as people see it ------------------------------------------------------------------------- */

static void hurried_row_is_due_and_only_of_whom_was_said(void **state)
{
        struct store *store = open_with_three(*state);

        store_outbox_postpone(store, row_of(store, "ops", 100), 5000, "HTTP 400");
        store_outbox_postpone(store, row_of(store, "ops", 100), 6000, "HTTP 400");
        store_outbox_postpone(store, row_of(store, "dev", 150), 7000, "HTTP 400");
        assert_int_equal(store_outbox_hurry(store, "nobody", 200), 0);
        assert_next(store, "ops", 4999, NULL);
        assert_int_equal(store_outbox_hurry(store, "ops", 200), 0);
        assert_next(store, "ops", 199, NULL);
        assert_next(store, "ops", 200, "one");
        assert_next(store, "dev", 6999, NULL);
        assert_int_equal(store_outbox_hurry(store, NULL, 200), 0);
        assert_next(store, "dev", 200, "three");
}

static void note_letter(const struct store_outbox_letter *l, void *arg)
{
        buf_printf(arg, "%s %s %s %d %d %d %d %s\n", l->id, l->receiver, l->payload,
                   (int)l->created_s, (int)l->attempts, (int)l->due_s, (int)l->ended_s,
                   l->last_error ? l->last_error : "-");
}

static void assert_listed(struct store *store, bool dead, const char *receiver, int64_t max,
                          const char *expected)
{
        struct buf text = BUF_INIT(1000);

        assert_int_equal(store_outbox_list(store, dead, receiver, max, note_letter, &text), 0);
        assert_string_equal(buf_str(&text), expected);
        buf_done(&text);
}

static void what_waits_is_listed_oldest_first_what_is_dead_youngest_first(void **state)
{
        struct store *store = open_with_three(*state);

        store_outbox_postpone(store, row_of(store, "ops", 100), 5000, "HTTP 400");
        assert_listed(store, false, NULL, 9, "msg_1 ops one 100 1 5000 0 HTTP 400\n"
                                             "msg_2 ops two 100 0 100 0 -\n"
                                             "msg_3 dev three 150 0 150 0 -\n");
        assert_listed(store, false, NULL, 1, "msg_1 ops one 100 1 5000 0 HTTP 400\n");
        assert_listed(store, false, "dev", 9, "msg_3 dev three 150 0 150 0 -\n");
        assert_listed(store, true, NULL, 9, "");
        store_outbox_dead(store, row_of(store, "ops", 100), 300, "too old");
        store_outbox_dead(store, row_of(store, "dev", 150), 400, "too old");
        assert_listed(store, true, NULL, 9, "msg_3 dev three 150 0 150 400 too old\n"
                                            "msg_2 ops two 100 0 100 300 too old\n");
        assert_listed(store, true, "ops", 9, "msg_2 ops two 100 0 100 300 too old\n");
        assert_listed(store, false, NULL, 9, "msg_1 ops one 100 1 5000 0 HTTP 400\n");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                SCRATCH_TEST(oldest_comes_first_and_receivers_are_apart),
                SCRATCH_TEST(done_row_goes_and_its_number_is_not_used_again),
                SCRATCH_TEST(retried_row_stays_first_across_restarts),
                SCRATCH_TEST(postponed_row_holds_up_its_line_and_no_other),
                SCRATCH_TEST(dead_row_lets_its_line_go_on),
                SCRATCH_TEST(clock_set_back_leaves_the_line_in_order),
                SCRATCH_TEST(undone_burial_leaves_the_head),
                SCRATCH_TEST(lines_and_due_times_agree_with_a_model),
                SCRATCH_TEST(stats_count_and_name_the_last_error),
                SCRATCH_TEST(empty_outbox_has_no_stats),
                SCRATCH_TEST(dead_row_is_not_sent_any_more),
                SCRATCH_TEST(outbox_that_is_full_costs_the_receiver_with_most),
                SCRATCH_TEST(what_is_pushed_out_is_the_oldest_and_its_line_goes_on),
                SCRATCH_TEST(buried_by_age_lets_younger_ones_go_on),
                SCRATCH_TEST(undone_mass_burial_leaves_all_as_it_was),
                SCRATCH_TEST(burying_a_full_outbox_keeps_the_youngest_dead),
                SCRATCH_TEST(mass_burial_keeps_the_counts),
                SCRATCH_TEST(line_waits_until_its_last_row_ends),
                SCRATCH_TEST(undone_transaction_does_not_upset_the_count),
                SCRATCH_TEST(full_line_costs_no_walk),
                SCRATCH_TEST(many_lines_cost_no_walk),
                SCRATCH_TEST(hurried_row_is_due_and_only_of_whom_was_said),
                SCRATCH_TEST(what_waits_is_listed_oldest_first_what_is_dead_youngest_first),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
