/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MIGRATIONS[n] takes a database from version n to n + 1; PRAGMA user_version says how many were
 * done. A step that was ever released is never edited: a change is a new step at the end.
 *
 * A receiver must not hear that a problem is resolved before it hears of it: rows for one receiver
 * and endpoint form a line, and only its head is ever sent. Who is head is kept in the row, because
 * to find it out anew would be a walk over all that waits; and it is kept by the database, because
 * a line without a head would wait for ever.
 *
 * What is looked for decides the indexes. A message's payload is the last column, so that SQLite
 * need not walk it to reach the others.
 */
#include "daemon/store/schema.h"

#include "daemon/store/database.h"

#include "common/base/cleanup.h"

#include <errno.h>
#include <inttypes.h>

#define OUTBOX_ADVANCE                                                                             \
        "UPDATE outbox SET head = 1 WHERE row ="                                                   \
        " (SELECT row FROM outbox WHERE receiver = OLD.receiver AND endpoint = OLD.endpoint"       \
        "  AND state = 'waiting' ORDER BY row LIMIT 1);"

#define CERTIFICATE_UNUSED                                                                         \
        " WHEN NOT EXISTS (SELECT 1 FROM seen WHERE sha256 = OLD.sha256)"                          \
        " AND NOT EXISTS (SELECT 1 FROM served WHERE sha256 = OLD.sha256)"                         \
        " BEGIN DELETE FROM certificate WHERE sha256 = OLD.sha256; END;"

static const char *const MIGRATIONS[] = {
        "CREATE TABLE endpoint ("
        "  id               TEXT PRIMARY KEY NOT NULL,"
        "  last_probe_s     INTEGER NOT NULL,"
        "  last_success_s   INTEGER NOT NULL,"
        "  failures         INTEGER NOT NULL,"
        "  expires_s        INTEGER NOT NULL,"
        "  trusted          INTEGER NOT NULL,"
        "  leaf_fingerprint TEXT NOT NULL,"
        "  leaf_subject     TEXT,"
        "  last_error       TEXT"
        ") WITHOUT ROWID;"

        "CREATE TABLE problem ("
        "  endpoint    TEXT NOT NULL REFERENCES endpoint(id) ON DELETE CASCADE,"
        "  code        TEXT NOT NULL,"
        "  severity    TEXT NOT NULL,"
        "  since_s     INTEGER NOT NULL,"
        "  message     TEXT,"
        "  remedy      TEXT,"
        "  fingerprint TEXT,"
        "  PRIMARY KEY (endpoint, code)"
        ") WITHOUT ROWID;"

        /*
         * AUTOINCREMENT: the number of a row that is done is not given to another, and so a larger
         * number is a younger row. head: no older row waits for the same receiver and endpoint.
         */
        "CREATE TABLE outbox ("
        "  row        INTEGER PRIMARY KEY AUTOINCREMENT,"
        "  id         TEXT NOT NULL,"
        "  receiver   TEXT NOT NULL,"
        "  endpoint   TEXT NOT NULL,"
        "  created_s  INTEGER NOT NULL,"
        "  due_s      INTEGER NOT NULL,"
        "  head       INTEGER NOT NULL CHECK (head IN (0, 1)),"
        "  attempts   INTEGER NOT NULL DEFAULT 0,"
        "  state      TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'dead')),"
        "  ended_s    INTEGER,"
        "  last_error TEXT,"
        "  payload    TEXT NOT NULL"
        ");"
        /* the line at an endpoint; the head due first; the oldest of a receiver, and of a state */
        "CREATE INDEX outbox_line ON outbox (receiver, endpoint, row) WHERE state = 'waiting';"
        "CREATE INDEX outbox_due ON outbox (receiver, due_s, row)"
        " WHERE state = 'waiting' AND head = 1;"
        "CREATE INDEX outbox_oldest ON outbox (receiver, row) WHERE state = 'waiting';"
        "CREATE INDEX outbox_state ON outbox (state, row, receiver);"
        "CREATE INDEX outbox_error ON outbox (receiver, row) WHERE last_error IS NOT NULL;"
        /* whoever ends a row, and be it by hand: the next in its line is the head */
        "CREATE TRIGGER outbox_done AFTER DELETE ON outbox WHEN OLD.state = 'waiting'"
        " BEGIN " OUTBOX_ADVANCE " END;"
        "CREATE TRIGGER outbox_dead AFTER UPDATE OF state ON outbox"
        " WHEN OLD.state = 'waiting' AND NEW.state = 'dead'"
        " BEGIN " OUTBOX_ADVANCE " END;"

        /* who has been told of what is open: a receiver that is not here is new */
        "CREATE TABLE receiver (name TEXT PRIMARY KEY NOT NULL) WITHOUT ROWID;",

        "ALTER TABLE problem ADD COLUMN evidence TEXT;"
        "ALTER TABLE problem ADD COLUMN missing_pem TEXT;"

        /* of verified paths: they may complete another server's path, and give no trust */
        "CREATE TABLE intermediate ("
        "  sha256    TEXT PRIMARY KEY NOT NULL,"
        "  source    TEXT NOT NULL CHECK (source IN ('served', 'fetched')),"
        "  first_s   INTEGER NOT NULL,"
        "  last_s    INTEGER NOT NULL,"
        "  expires_s INTEGER NOT NULL,"
        "  der       BLOB NOT NULL"
        ");"
        "CREATE INDEX intermediate_age ON intermediate (last_s, sha256);"

        /* what caIssuers URLs answered: a body that holds certificates, or why there is none */
        "CREATE TABLE aia ("
        "  url       TEXT PRIMARY KEY NOT NULL,"
        "  fetched_s INTEGER NOT NULL,"
        "  until_s   INTEGER NOT NULL,"
        "  failures  INTEGER NOT NULL,"
        "  reason    TEXT,"
        "  body      BLOB"
        ");"
        "CREATE INDEX aia_age ON aia (fetched_s, url);"

        /* server certificates, and where each was seen; one that is seen nowhere goes */
        "CREATE TABLE certificate ("
        "  sha256  TEXT PRIMARY KEY NOT NULL,"
        "  first_s INTEGER NOT NULL,"
        "  der     BLOB NOT NULL"
        ");"
        "CREATE TABLE seen ("
        "  endpoint TEXT NOT NULL REFERENCES endpoint(id) ON DELETE CASCADE,"
        "  sha256   TEXT NOT NULL REFERENCES certificate(sha256),"
        "  last_s   INTEGER NOT NULL,"
        "  PRIMARY KEY (endpoint, sha256)"
        ") WITHOUT ROWID;"
        "CREATE INDEX seen_certificate ON seen (sha256);"
        "CREATE TRIGGER seen_no_more AFTER DELETE ON seen"
        " WHEN NOT EXISTS (SELECT 1 FROM seen WHERE sha256 = OLD.sha256)"
        " BEGIN DELETE FROM certificate WHERE sha256 = OLD.sha256; END;"
        /* as of the first sight: the next probe then keeps the certificate that it is about */
        "UPDATE endpoint SET leaf_fingerprint = '';",

        /* how the endpoint was reached the last time; NULL: unknown, or there was none */
        "ALTER TABLE endpoint ADD COLUMN address TEXT;"
        "ALTER TABLE endpoint ADD COLUMN protocol TEXT;"
        "ALTER TABLE endpoint ADD COLUMN cipher TEXT;"
        "ALTER TABLE endpoint ADD COLUMN key_group TEXT;"
        "ALTER TABLE endpoint ADD COLUMN post_quantum INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE endpoint ADD COLUMN alpn TEXT;"
        "ALTER TABLE endpoint ADD COLUMN staple TEXT;"
        "ALTER TABLE endpoint ADD COLUMN n_served INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE endpoint ADD COLUMN served_id INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE endpoint ADD COLUMN resolve_us INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE endpoint ADD COLUMN connect_us INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE endpoint ADD COLUMN proxy_us INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE endpoint ADD COLUMN starttls_us INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE endpoint ADD COLUMN handshake_us INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE endpoint ADD COLUMN total_us INTEGER NOT NULL DEFAULT 0;"

        /* the chain as served last, server certificate first; a certificate that neither was seen
           nor is served anywhere goes */
        "CREATE TABLE served ("
        "  endpoint TEXT NOT NULL REFERENCES endpoint(id) ON DELETE CASCADE,"
        "  position INTEGER NOT NULL,"
        "  sha256   TEXT NOT NULL REFERENCES certificate(sha256),"
        "  PRIMARY KEY (endpoint, position)"
        ") WITHOUT ROWID;"
        "CREATE INDEX served_certificate ON served (sha256);"
        "DROP TRIGGER seen_no_more;"
        "CREATE TRIGGER seen_no_more AFTER DELETE ON seen" CERTIFICATE_UNUSED
        "CREATE TRIGGER served_no_more AFTER DELETE ON served" CERTIFICATE_UNUSED,

        /* made through the socket; match: as the configuration has it, in JSON */
        "CREATE TABLE silence ("
        "  id      TEXT PRIMARY KEY NOT NULL,"
        "  match   TEXT NOT NULL,"
        "  start_s INTEGER NOT NULL,"
        "  end_s   INTEGER NOT NULL,"
        "  reason  TEXT NOT NULL,"
        "  author  TEXT NOT NULL"
        ") WITHOUT ROWID;",

        /* who said to be gone for good, and how it was configured then: a hash */
        "CREATE TABLE disabled ("
        "  receiver TEXT PRIMARY KEY NOT NULL,"
        "  config   INTEGER NOT NULL,"
        "  since_s  INTEGER NOT NULL,"
        "  reason   TEXT NOT NULL"
        ") WITHOUT ROWID;",

        "ALTER TABLE problem ADD COLUMN scope TEXT NOT NULL DEFAULT 'own';"
        "ALTER TABLE problem ADD COLUMN deadline_s INTEGER NOT NULL DEFAULT 0;"

        /* what a line of messages has in common: their cause; what waits goes into the line in
           which its end will stand, too */
        "ALTER TABLE outbox RENAME COLUMN endpoint TO line;"
        "UPDATE outbox SET line = json_extract(payload, '$.data.code') || ' endpoint ' || line"
        " WHERE state = 'waiting' AND json_valid(payload)"
        " AND json_extract(payload, '$.data.code') IS NOT NULL;"
        "UPDATE outbox SET head = NOT EXISTS (SELECT 1 FROM outbox AS o"
        " WHERE o.receiver = outbox.receiver AND o.line = outbox.line AND o.state = 'waiting'"
        " AND o.row < outbox.row) WHERE state = 'waiting';"

        /*
         * What each receiver knows: a group is what has one cause, from its first problem to its
         * last; told is the worst that was open when the last message was written. due_s: when to
         * look at it again, NULL = no need.
         */
        "CREATE TABLE alert_group ("
        "  row      INTEGER PRIMARY KEY,"
        "  id       TEXT NOT NULL,"
        "  receiver TEXT NOT NULL,"
        "  cause    TEXT NOT NULL,"
        "  code     TEXT NOT NULL,"
        "  opened_s INTEGER NOT NULL,"
        "  told_s   INTEGER NOT NULL DEFAULT 0,"
        "  messages INTEGER NOT NULL DEFAULT 0,"
        "  told     TEXT NOT NULL DEFAULT 'ok',"
        "  due_s    INTEGER DEFAULT 0,"
        "  wait_s   INTEGER NOT NULL DEFAULT 0,"
        "  calm     TEXT NOT NULL DEFAULT 'ok',"
        "  n_open   INTEGER NOT NULL DEFAULT 0,"
        "  n_gone   INTEGER NOT NULL DEFAULT 0"
        ");"
        "CREATE UNIQUE INDEX alert_group_cause ON alert_group (receiver, cause);"
        "CREATE INDEX alert_group_due ON alert_group (due_s) WHERE due_s IS NOT NULL;"
        "CREATE TABLE alert_member ("
        "  grp            INTEGER NOT NULL REFERENCES alert_group(row) ON DELETE CASCADE,"
        "  endpoint       TEXT NOT NULL,"
        "  severity       TEXT NOT NULL,"
        "  told           TEXT NOT NULL,"
        "  since_s        INTEGER NOT NULL,"
        "  gone_s         INTEGER NOT NULL DEFAULT 0,"
        "  silent_until_s INTEGER NOT NULL DEFAULT 0,"
        "  retired        INTEGER NOT NULL DEFAULT 0,"
        "  message        TEXT,"
        "  remedy         TEXT,"
        "  evidence       TEXT,"
        "  fingerprint    TEXT,"
        "  PRIMARY KEY (grp, endpoint)"
        ") WITHOUT ROWID;"
        "CREATE INDEX alert_member_endpoint ON alert_member (endpoint);"
        /* until now, every receiver was told of every problem, each by itself */
        "INSERT INTO alert_group (id, receiver, cause, code, opened_s, told_s, messages, told,"
        " n_open)"
        " SELECT 'grp_' || lower(hex(randomblob(16))), r.name, p.code || ' endpoint ' ||"
        " p.endpoint, p.code, p.since_s, p.since_s, 1, p.severity, 1"
        " FROM problem AS p, receiver AS r;"
        "INSERT INTO alert_member (grp, endpoint, severity, told, since_s)"
        " SELECT g.row, p.endpoint, p.severity, p.severity, p.since_s FROM alert_group AS g"
        " JOIN problem AS p ON g.cause = p.code || ' endpoint ' || p.endpoint;",

        /* how a problem that is held open really is, NULL = it is not held; and since when */
        "ALTER TABLE problem ADD COLUMN seen TEXT;"
        "ALTER TABLE problem ADD COLUMN steady_s INTEGER NOT NULL DEFAULT 0;"
        /* which problems opened or got worse not long ago, and when: "weak-key 1795424400 ..." */
        "ALTER TABLE endpoint ADD COLUMN openings TEXT;",

        /* numbers by name: when the last heartbeat and the last summary were */
        "CREATE TABLE kept (name TEXT PRIMARY KEY NOT NULL, value INTEGER NOT NULL) WITHOUT ROWID;",

        "ALTER TABLE endpoint ADD COLUMN leaf_not_before_s INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE endpoint ADD COLUMN leaf_not_after_s INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE endpoint ADD COLUMN served_not_after_s INTEGER NOT NULL DEFAULT 0;"
        /* the worst that it was; NULL = nobody has kept that */
        "ALTER TABLE problem ADD COLUMN worst TEXT;"
        /* problems that are over; severity: the worst that it was */
        "CREATE TABLE past ("
        "  endpoint TEXT NOT NULL REFERENCES endpoint(id) ON DELETE CASCADE,"
        "  ended_s  INTEGER NOT NULL,"
        "  code     TEXT NOT NULL,"
        "  severity TEXT NOT NULL,"
        "  opened_s INTEGER NOT NULL,"
        "  message  TEXT,"
        "  PRIMARY KEY (endpoint, ended_s, code)"
        ") WITHOUT ROWID;",
};

int schema_version(void)
{
        return (int)ARRAY_LEN(MIGRATIONS);
}

/* Is it ours, and not from the future? */
static int schema_check(struct store *s, int64_t *ret_version)
{
        int64_t application, objects;
        int r = database_number(s, "PRAGMA application_id", &application);

        if (r == 0)
                r = database_number(s, "PRAGMA user_version", ret_version);
        if (r == 0)
                r = database_number(s, "SELECT count(*) FROM sqlite_schema", &objects);
        if (r < 0)
                return r;
        if (application != SCHEMA_APPLICATION_ID && (application != 0 || objects != 0))
                return database_refuse(s, -EPROTO, "%s is not a notafter database", s->path);
        if (*ret_version < 0 || *ret_version > schema_version())
                return database_refuse(s, -EPROTO,
                                       "%s has schema version %" PRId64 ", this notafter knows %d: "
                                       "it was written by a newer version; use that one, or move "
                                       "the file away",
                                       s->path, *ret_version, schema_version());
        return 0;
}

int schema_migrate(struct store *s)
{
        int64_t version;
        int r = schema_check(s, &version);

        if (r < 0 || version == schema_version())
                return r;
        AUTO_FREE char *mark = mem_printf("PRAGMA application_id = %d; PRAGMA user_version = %d",
                                          SCHEMA_APPLICATION_ID, schema_version());

        r = store_begin(s);
        if (r < 0)
                return r;
        for (int64_t i = version; i < schema_version(); i++)
                if (database_exec(s, MIGRATIONS[i]) < 0)
                        return store_commit(s);
        (void)database_exec(s, mark); /* a failure is kept and comes out of the commit */
        return store_commit(s);
}
