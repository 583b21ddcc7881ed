/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transactions, and the one table of all that is ever said to the database.
 *
 * A failure between store_begin() and store_commit() is remembered, so that callers may go on and
 * look once, at the commit: it then undoes everything and returns the first failure.
 *
 * INDEXED BY where SQLite must not choose: of 100,000 rows that wait, the next to send is the first
 * entry of one index, and any other way to it is a walk.
 */
#include "daemon/store/database.h"

#include <assert.h>
#include <sys/stat.h>

#define GROUP_COLUMNS                                                                              \
        "g.row, g.id, g.receiver, g.cause, g.code, g.opened_s, g.told_s, g.messages, g.told,"      \
        " g.due_s, g.wait_s, g.calm, g.n_open, g.n_gone"

const char *const STATEMENTS[STATEMENT_COUNT] = {
        [STATEMENT_BEGIN]    = "BEGIN IMMEDIATE",
        [STATEMENT_COMMIT]   = "COMMIT",
        [STATEMENT_ROLLBACK] = "ROLLBACK",

        [STATEMENT_ENDPOINT_LOAD] =
                "SELECT e.id, e.last_probe_s, e.last_success_s, e.failures, e.expires_s, e.trusted,"
                " e.leaf_fingerprint, e.leaf_subject, e.last_error,"
                " e.address, e.protocol, e.cipher, e.key_group, e.post_quantum, e.alpn, e.staple,"
                " e.n_served, e.served_id, e.leaf_not_before_s, e.leaf_not_after_s,"
                " e.served_not_after_s, e.resolve_us, e.connect_us, e.proxy_us, e.starttls_us,"
                " e.handshake_us, e.total_us, e.openings,"
                " p.code, p.severity, p.since_s, p.message, p.remedy, p.fingerprint,"
                " p.evidence, p.missing_pem, p.scope, p.deadline_s, p.seen, p.steady_s, p.worst"
                " FROM endpoint AS e LEFT JOIN problem AS p ON p.endpoint = e.id ORDER BY e.id",
        [STATEMENT_ENDPOINT_PUT] =
                "INSERT INTO endpoint (id, last_probe_s, last_success_s, failures, expires_s,"
                " trusted, leaf_fingerprint, leaf_subject, last_error, address, protocol, cipher,"
                " key_group, post_quantum, alpn, staple, n_served, served_id,"
                " leaf_not_before_s, leaf_not_after_s, served_not_after_s, resolve_us,"
                " connect_us, proxy_us, starttls_us, handshake_us, total_us, openings)"
                " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,"
                " ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28)"
                " ON CONFLICT (id) DO UPDATE SET last_probe_s = ?2, last_success_s = ?3,"
                " failures = ?4, expires_s = ?5, trusted = ?6, leaf_fingerprint = ?7,"
                " leaf_subject = ?8, last_error = ?9, address = ?10, protocol = ?11,"
                " cipher = ?12, key_group = ?13, post_quantum = ?14, alpn = ?15, staple = ?16,"
                " n_served = ?17, served_id = ?18, leaf_not_before_s = ?19,"
                " leaf_not_after_s = ?20, served_not_after_s = ?21, resolve_us = ?22,"
                " connect_us = ?23, proxy_us = ?24, starttls_us = ?25, handshake_us = ?26,"
                " total_us = ?27, openings = ?28",
        [STATEMENT_ENDPOINT_REMOVE] = "DELETE FROM endpoint WHERE id = ?1",
        [STATEMENT_PROBLEMS_CLEAR]  = "DELETE FROM problem WHERE endpoint = ?1",
        [STATEMENT_PROBLEM_PUT] =
                "INSERT INTO problem (endpoint, code, severity, since_s, message, remedy,"
                " fingerprint, evidence, missing_pem, scope, deadline_s, seen, steady_s, worst)"
                " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        [STATEMENT_PAST_PUT] =
                "INSERT OR REPLACE INTO past (endpoint, ended_s, code, severity, opened_s, message)"
                " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        [STATEMENT_PAST_TRIM] =
                "DELETE FROM past WHERE endpoint = ?1 AND ended_s <= (SELECT ended_s FROM past"
                " WHERE endpoint = ?1 ORDER BY ended_s DESC LIMIT 1 OFFSET ?2)",
        [STATEMENT_PAST_LOAD] =
                "SELECT code, severity, opened_s, ended_s, message FROM past WHERE endpoint = ?1"
                " ORDER BY ended_s DESC, code",

        [STATEMENT_OUTBOX_ADD] =
                "INSERT INTO outbox (id, receiver, line, payload, created_s, due_s, head)"
                " VALUES (?1, ?2, ?3, ?4, ?5, ?5, NOT EXISTS (SELECT 1 FROM outbox"
                "  WHERE receiver = ?2 AND line = ?3 AND state = 'waiting'))",
        [STATEMENT_OUTBOX_COUNT]  = "SELECT count(*) FROM outbox WHERE state = ?1",
        [STATEMENT_OUTBOX_OLDEST] =
                "SELECT row FROM outbox WHERE state = ?1 ORDER BY row LIMIT 1",
        [STATEMENT_OUTBOX_NEXT] =
                "SELECT row, created_s, attempts, payload FROM outbox INDEXED BY outbox_due"
                " WHERE receiver = ?1 AND state = 'waiting' AND head = 1 AND due_s <= ?2"
                " ORDER BY due_s, row LIMIT 1",
        [STATEMENT_OUTBOX_NEXT_DUE] =
                "SELECT due_s FROM outbox INDEXED BY outbox_due"
                " WHERE receiver = ?1 AND state = 'waiting' AND head = 1"
                " ORDER BY due_s, row LIMIT 1",
        [STATEMENT_OUTBOX_DONE]  = "DELETE FROM outbox WHERE row = ?1 AND state = ?2",
        [STATEMENT_OUTBOX_RETRY] =
                "UPDATE outbox SET last_error = ?2, attempts = attempts + 1"
                " WHERE row = ?1 AND state = 'waiting'",
        [STATEMENT_OUTBOX_POSTPONE] =
                "UPDATE outbox SET due_s = ?2, last_error = ?3, attempts = attempts + 1"
                " WHERE row = ?1 AND state = 'waiting'",
        [STATEMENT_OUTBOX_DEAD] =
                "UPDATE outbox SET state = 'dead', ended_s = ?2,"
                " last_error = ?3 || coalesce('; last answer: ' || last_error, '')"
                " WHERE row = ?1 AND state = 'waiting'",
        [STATEMENT_OUTBOX_BURY] =
                "UPDATE outbox SET state = 'dead', ended_s = ?3,"
                " last_error = ?4 || coalesce('; last answer: ' || last_error, '')"
                " WHERE receiver = ?1 AND state = 'waiting' AND created_s < ?2",
        [STATEMENT_OUTBOX_FULLEST] =
                "SELECT receiver, count(*) FROM outbox INDEXED BY outbox_oldest"
                " WHERE state = 'waiting' GROUP BY receiver ORDER BY count(*) DESC LIMIT 1",
        [STATEMENT_OUTBOX_PUSH_OUT] =
                "UPDATE outbox SET state = 'dead', ended_s = ?2,"
                " last_error = ?3 || coalesce('; last answer: ' || last_error, '')"
                " WHERE row IN (SELECT row FROM outbox INDEXED BY outbox_oldest"
                "  WHERE receiver = ?1 AND state = 'waiting' ORDER BY row LIMIT ?4)",
        [STATEMENT_OUTBOX_TRIM] =
                "DELETE FROM outbox WHERE state = 'dead' AND row <= (SELECT row FROM outbox"
                " WHERE state = 'dead' ORDER BY row DESC LIMIT 1 OFFSET ?1)",
        [STATEMENT_OUTBOX_HURRY] =
                "UPDATE outbox SET due_s = ?2"
                " WHERE state = 'waiting' AND due_s > ?2 AND (?1 IS NULL OR receiver = ?1)",
        [STATEMENT_OUTBOX_MOVE] =
                "UPDATE outbox SET created_s = created_s + ?1, due_s = due_s + ?1"
                " WHERE state = 'waiting'",
        [STATEMENT_OUTBOX_LIST_WAITING] =
                "SELECT id, receiver, created_s, attempts, due_s, 0, last_error, payload"
                " FROM outbox WHERE state = 'waiting' AND (?1 IS NULL OR receiver = ?1)"
                " ORDER BY row LIMIT ?2",
        [STATEMENT_OUTBOX_LIST_DEAD] =
                "SELECT id, receiver, created_s, attempts, due_s, ended_s, last_error, payload"
                " FROM outbox WHERE state = 'dead' AND (?1 IS NULL OR receiver = ?1)"
                " ORDER BY row DESC LIMIT ?2",
        [STATEMENT_OUTBOX_WAITS] =
                "SELECT EXISTS (SELECT 1 FROM outbox INDEXED BY outbox_line"
                " WHERE receiver = ?1 AND line = ?2 AND state = 'waiting')",
        [STATEMENT_OUTBOX_STATS] =
                "SELECT receiver, sum(waiting), sum(dead),"
                " (SELECT o.created_s FROM outbox AS o WHERE o.state = 'waiting'"
                "  AND o.receiver = n.receiver ORDER BY o.row LIMIT 1),"
                " (SELECT o.last_error FROM outbox AS o WHERE o.last_error IS NOT NULL"
                "  AND o.receiver = n.receiver ORDER BY o.row DESC LIMIT 1)"
                " FROM (SELECT receiver, count(*) AS waiting, 0 AS dead"
                /* by itself SQLite takes the other index, and sorts: three times as long */
                "       FROM outbox INDEXED BY outbox_oldest WHERE state = 'waiting'"
                "       GROUP BY receiver"
                "       UNION ALL SELECT receiver, 0, count(*) FROM outbox"
                "       WHERE state = 'dead' GROUP BY receiver) AS n GROUP BY receiver",

        [STATEMENT_RECEIVERS]         = "SELECT name FROM receiver ORDER BY name",
        [STATEMENT_RECEIVER_KNOWN]    = "SELECT 1 FROM receiver WHERE name = ?1",
        [STATEMENT_RECEIVER_REMEMBER] =
                "INSERT INTO receiver (name) VALUES (?1) ON CONFLICT (name) DO NOTHING",
        [STATEMENT_RECEIVER_FORGET]   = "DELETE FROM receiver WHERE name = ?1",
        [STATEMENT_KEEP] = "INSERT OR REPLACE INTO kept (name, value) VALUES (?1, ?2)",
        [STATEMENT_KEPT] = "SELECT value FROM kept WHERE name = ?1",
        [STATEMENT_RECEIVER_DISABLE] =
                "INSERT OR REPLACE INTO disabled (receiver, config, since_s, reason)"
                " VALUES (?1, ?2, ?3, ?4)",
        [STATEMENT_RECEIVER_DISABLED] =
                "SELECT since_s, reason FROM disabled WHERE receiver = ?1 AND config = ?2",
        [STATEMENT_RECEIVER_ENABLE] = "DELETE FROM disabled WHERE receiver = ?1",

        [STATEMENT_GROUP_FIND] =
                "SELECT " GROUP_COLUMNS " FROM alert_group AS g WHERE receiver = ?1 AND cause = ?2",
        [STATEMENT_GROUP_LOAD] =
                "SELECT " GROUP_COLUMNS " FROM alert_group AS g WHERE row = ?1",
        [STATEMENT_GROUP_ADD] =
                "INSERT INTO alert_group (id, receiver, cause, code, opened_s, due_s, n_open)"
                " VALUES (?1, ?2, ?3, ?4, ?5, nullif(?6, -1), ?7)",
        [STATEMENT_GROUP_PUT] =
                "UPDATE alert_group SET told_s = ?2, messages = ?3, told = ?4,"
                " due_s = nullif(?5, -1), wait_s = ?6, calm = ?7, n_open = ?8, n_gone = ?9"
                " WHERE row = ?1",
        [STATEMENT_GROUP_REMOVE] = "DELETE FROM alert_group WHERE row = ?1",
        [STATEMENT_GROUPS_DUE] =
                "SELECT row FROM alert_group INDEXED BY alert_group_due WHERE due_s <= ?1"
                " ORDER BY due_s LIMIT ?2",
        [STATEMENT_GROUPS_NEXT_DUE] =
                "SELECT due_s FROM alert_group INDEXED BY alert_group_due WHERE due_s IS NOT NULL"
                " ORDER BY due_s LIMIT 1",
        [STATEMENT_GROUPS_WAKE] =
                "UPDATE alert_group SET due_s = 0, wait_s = 0, told_s = min(told_s, ?1)",
        [STATEMENT_GROUPS_MOVE] = /* 0: never, or at once */
                "UPDATE alert_group SET due_s = 0,"
                " wait_s = iif(wait_s > 0, max(wait_s + ?1, 1), 0),"
                " told_s = iif(told_s > 0, max(told_s + ?1, 1), 0)",
        [STATEMENT_GROUPS_RECEIVERS] = "SELECT DISTINCT receiver FROM alert_group",
        [STATEMENT_GROUPS_FORGET] =
                "DELETE FROM alert_group WHERE receiver = ?1 AND wait_s > 0 AND wait_s < ?2",
        [STATEMENT_GROUPS_TOLD] =
                "SELECT row, cause FROM alert_group INDEXED BY alert_group_cause"
                " WHERE receiver = ?1 AND cause > ?2 AND told <> 'ok'"
                " ORDER BY cause LIMIT ?3",
        [STATEMENT_MEMBER_PUT] =
                "INSERT INTO alert_member (grp, endpoint, severity, told, since_s, gone_s,"
                " silent_until_s, retired, message, remedy, evidence, fingerprint)"
                " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"
                " ON CONFLICT (grp, endpoint) DO UPDATE SET severity = ?3, told = ?4, since_s = ?5,"
                " gone_s = ?6, silent_until_s = ?7, retired = ?8, message = ?9, remedy = ?10,"
                " evidence = ?11, fingerprint = ?12",
        [STATEMENT_MEMBER_REMOVE] = "DELETE FROM alert_member WHERE grp = ?1 AND endpoint = ?2",
        [STATEMENT_MEMBER_SILENCE] =
                "UPDATE alert_member SET silent_until_s = ?3 WHERE grp = ?1 AND endpoint = ?2",
        [STATEMENT_MEMBERS] =
                "SELECT endpoint, severity, told, since_s, gone_s, silent_until_s, retired"
                " FROM alert_member WHERE grp = ?1"
                " ORDER BY endpoint",
        [STATEMENT_MEMBERS_TOLD] =
                "UPDATE alert_member SET told = severity"
                " WHERE grp = ?1 AND gone_s = 0 AND silent_until_s <= ?2 AND told <> severity",
        [STATEMENT_MEMBER_TOLD] =
                "UPDATE alert_member SET told = severity"
                " WHERE grp = ?1 AND endpoint = ?2 AND gone_s = 0 AND silent_until_s <= ?3",
        [STATEMENT_MEMBERS_GONE] = "DELETE FROM alert_member WHERE grp = ?1 AND gone_s <> 0",
        [STATEMENT_MEMBERSHIPS] =
                "SELECT " GROUP_COLUMNS ", m.severity, m.told, m.since_s, m.gone_s,"
                " m.silent_until_s"
                " FROM alert_member AS m INDEXED BY alert_member_endpoint"
                " CROSS JOIN alert_group AS g ON g.row = m.grp"
                " WHERE m.endpoint = ?1 AND g.code = ?2",
        [STATEMENT_MEMBER_WORDS] =
                "SELECT coalesce(m.message, p.message), coalesce(m.remedy, p.remedy),"
                " coalesce(m.evidence, p.evidence), coalesce(m.fingerprint, p.fingerprint),"
                " p.missing_pem, p.deadline_s, p.seen FROM alert_member AS m LEFT JOIN problem AS p"
                " ON p.endpoint = m.endpoint AND p.code = ?3 WHERE m.grp = ?1 AND m.endpoint = ?2",

        [STATEMENT_INTERMEDIATES] = "SELECT der, last_s FROM intermediate ORDER BY sha256",
        [STATEMENT_INTERMEDIATE_PUT] =
                "INSERT INTO intermediate (sha256, source, first_s, last_s, expires_s, der)"
                " VALUES (?1, ?2, ?3, ?3, ?4, ?5)"
                " ON CONFLICT (sha256) DO UPDATE SET last_s = ?3",
        [STATEMENT_INTERMEDIATES_TRIM] =
                "DELETE FROM intermediate WHERE expires_s < ?1 OR sha256 IN"
                " (SELECT sha256 FROM intermediate ORDER BY last_s DESC, sha256"
                "  LIMIT -1 OFFSET ?2)",

        [STATEMENT_LEAF_SEEN] = "SELECT 1 FROM seen WHERE endpoint = ?1 AND sha256 = ?2",
        [STATEMENT_LEAF_LOAD] = "SELECT der FROM certificate WHERE sha256 = ?1",
        [STATEMENT_LEAF_PUT] =
                "INSERT INTO certificate (sha256, first_s, der) VALUES (?1, ?2, ?3)"
                " ON CONFLICT (sha256) DO NOTHING",
        [STATEMENT_LEAF_FIRST] = "SELECT first_s FROM certificate WHERE sha256 = ?1",
        [STATEMENT_LEAF_SHOWERS] =
                "SELECT endpoint, last_s FROM seen INDEXED BY seen_certificate"
                " WHERE sha256 = ?1 ORDER BY endpoint LIMIT ?2",
        [STATEMENT_SEEN_LOAD] =
                "SELECT c.der, c.first_s, s.last_s FROM seen AS s"
                " JOIN certificate AS c ON c.sha256 = s.sha256"
                " WHERE s.endpoint = ?1 ORDER BY s.last_s DESC, c.first_s DESC, s.sha256",
        [STATEMENT_SEEN_PUT] =
                "INSERT INTO seen (endpoint, sha256, last_s) VALUES (?1, ?2, ?3)"
                " ON CONFLICT (endpoint, sha256) DO UPDATE SET last_s = ?3",
        [STATEMENT_SEEN_STILL] =
                "UPDATE seen SET last_s = ?3 WHERE endpoint = ?1 AND sha256 = ?2",
        [STATEMENT_SEEN_TRIM] =
                "DELETE FROM seen WHERE endpoint = ?1 AND sha256 <> ?2 AND (last_s < ?3 OR sha256"
                " NOT IN (SELECT sha256 FROM seen WHERE endpoint = ?1"
                "  ORDER BY last_s DESC, sha256 LIMIT ?4))",

        [STATEMENT_SERVED_CLEAR] = "DELETE FROM served WHERE endpoint = ?1",
        [STATEMENT_SERVED_PUT] =
                "INSERT INTO served (endpoint, position, sha256) VALUES (?1, ?2, ?3)",
        [STATEMENT_SERVED_BY] =
                "SELECT DISTINCT endpoint, 0 FROM served INDEXED BY served_certificate"
                " WHERE sha256 = ?1 ORDER BY endpoint LIMIT ?2",
        [STATEMENT_SERVED_COUNT] =
                "SELECT count(DISTINCT endpoint) FROM served INDEXED BY served_certificate"
                " WHERE sha256 = ?1",
        [STATEMENT_SERVED_LOAD] =
                "SELECT c.der FROM served AS s JOIN certificate AS c ON c.sha256 = s.sha256"
                " WHERE s.endpoint = ?1 ORDER BY s.position",

        [STATEMENT_SILENCES] =
                "SELECT id, match, start_s, end_s, reason, author FROM silence"
                " ORDER BY end_s, id",
        [STATEMENT_SILENCE_PUT] =
                "INSERT INTO silence (id, match, start_s, end_s, reason, author)"
                " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        [STATEMENT_SILENCE_REMOVE] = "DELETE FROM silence WHERE id = ?1",
        [STATEMENT_SILENCES_TRIM]  = "DELETE FROM silence WHERE end_s <= ?1",

        [STATEMENT_AIA_GET] =
                "SELECT body, reason, fetched_s, until_s, failures FROM aia WHERE url = ?1",
        [STATEMENT_AIA_PUT] =
                "INSERT OR REPLACE INTO aia (url, body, reason, fetched_s, until_s, failures)"
                " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        [STATEMENT_AIA_TRIM] =
                "DELETE FROM aia WHERE (SELECT count(*) FROM aia) > ?1 AND url ="
                " (SELECT url FROM aia ORDER BY fetched_s, url LIMIT 1)",
};

const char *store_error(const struct store *s)
{
        return s->error ? s->error : "no error";
}

int store_begin(struct store *s)
{
        assert(!s->in_transaction);
        int r = database_run(s, STATEMENT_BEGIN, "");

        if (r < 0)
                return r;
        s->failed = 0;
        s->in_transaction = true;
        s->transactions++;
        return 0;
}

static int64_t file_bytes(const char *path)
{
        struct stat st;

        return path && stat(path, &st) == 0 ? st.st_size : 0;
}

int64_t store_bytes(const struct store *s)
{
        const char *path = sqlite3_db_filename(s->db, "main");

        return file_bytes(path) + file_bytes(sqlite3_filename_wal(path));
}

int64_t store_transactions(const struct store *s)
{
        return s->transactions;
}

/* SQLite has rolled back by itself after some failures, a full disk for one. */
static void roll_back(struct store *s)
{
        AUTO_FREE char *error = TAKE(s->error); /* the first failure is the one to tell */

        if (!sqlite3_get_autocommit(s->db))
                (void)database_run(s, STATEMENT_ROLLBACK, "");
        free(s->error);
        s->error = TAKE(error);
        for (size_t i = 0; i < ARRAY_LEN(s->counts); i++)
                s->counts[i] = -1;
}

int store_commit(struct store *s)
{
        assert(s->in_transaction);
        int r = s->failed ? s->failed : database_run(s, STATEMENT_COMMIT, "");

        if (r < 0)
                roll_back(s);
        s->in_transaction = false;
        s->failed = 0;
        return r;
}
