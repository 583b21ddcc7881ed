-- SPDX-License-Identifier: Apache-2.0
--
-- The databases of earlier versions. Each "step" is what took a database to the next version, letter
-- by letter, so nothing here is ever edited; "rows" is what that version wrote into what is new; and
-- each line below "kept" is a question that must be answered with 1, however old the database is
-- that was brought up to date. A new step of schema.c gets its own three parts at the end.

--- step 1
CREATE TABLE endpoint (  id               TEXT PRIMARY KEY NOT NULL,  last_probe_s     INTEGER NOT NULL,  last_success_s   INTEGER NOT NULL,  failures         INTEGER NOT NULL,  expires_s        INTEGER NOT NULL,  trusted          INTEGER NOT NULL,  leaf_fingerprint TEXT NOT NULL,  leaf_subject     TEXT,  last_error       TEXT) WITHOUT ROWID;
CREATE TABLE problem (  endpoint    TEXT NOT NULL REFERENCES endpoint(id) ON DELETE CASCADE,  code        TEXT NOT NULL,  severity    TEXT NOT NULL,  since_s     INTEGER NOT NULL,  message     TEXT,  remedy      TEXT,  fingerprint TEXT,  PRIMARY KEY (endpoint, code)) WITHOUT ROWID;
CREATE TABLE outbox (  row        INTEGER PRIMARY KEY AUTOINCREMENT,  id         TEXT NOT NULL,  receiver   TEXT NOT NULL,  endpoint   TEXT NOT NULL,  created_s  INTEGER NOT NULL,  due_s      INTEGER NOT NULL,  head       INTEGER NOT NULL CHECK (head IN (0, 1)),  attempts   INTEGER NOT NULL DEFAULT 0,  state      TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'dead')),  ended_s    INTEGER,  last_error TEXT,  payload    TEXT NOT NULL);
CREATE INDEX outbox_line ON outbox (receiver, endpoint, row) WHERE state = 'waiting';
CREATE INDEX outbox_due ON outbox (receiver, due_s, row) WHERE state = 'waiting' AND head = 1;
CREATE INDEX outbox_oldest ON outbox (receiver, row) WHERE state = 'waiting';
CREATE INDEX outbox_state ON outbox (state, row, receiver);
CREATE INDEX outbox_error ON outbox (receiver, row) WHERE last_error IS NOT NULL;
CREATE TRIGGER outbox_done AFTER DELETE ON outbox WHEN OLD.state = 'waiting' BEGIN UPDATE outbox SET head = 1 WHERE row = (SELECT row FROM outbox WHERE receiver = OLD.receiver AND endpoint = OLD.endpoint  AND state = 'waiting' ORDER BY row LIMIT 1); END;
CREATE TRIGGER outbox_dead AFTER UPDATE OF state ON outbox WHEN OLD.state = 'waiting' AND NEW.state = 'dead' BEGIN UPDATE outbox SET head = 1 WHERE row = (SELECT row FROM outbox WHERE receiver = OLD.receiver AND endpoint = OLD.endpoint  AND state = 'waiting' ORDER BY row LIMIT 1); END;
CREATE TABLE receiver (name TEXT PRIMARY KEY NOT NULL) WITHOUT ROWID;
--- rows 1
INSERT INTO endpoint VALUES ('web', 100, 100, 0, 200, 0, 'ab', 'CN=web', NULL);
INSERT INTO endpoint VALUES ('down', 101, 0, 7, 0, 0, '', NULL, 'connection refused');
INSERT INTO problem VALUES ('web', 'missing-intermediate', 'error', 90, 'Incomplete.', 'Append.', 'ab');
INSERT INTO receiver VALUES ('ops');
INSERT INTO outbox (id, receiver, endpoint, created_s, due_s, head, payload) VALUES ('msg_1', 'ops', 'web', 90, 90, 1, '{"data":{"code":"missing-intermediate"}}');
INSERT INTO outbox (id, receiver, endpoint, created_s, due_s, head, payload) VALUES ('msg_2', 'ops', 'web', 91, 91, 0, '{"data":{"code":"weak-key"}}');
INSERT INTO outbox (id, receiver, endpoint, created_s, due_s, head, payload) VALUES ('msg_3', 'ops', 'web', 92, 92, 0, '{"data":{"code":"weak-key"}}');
INSERT INTO outbox (id, receiver, endpoint, created_s, due_s, head, payload) VALUES ('msg_4', 'ops', 'old', 93, 93, 1, 'not ours');
INSERT INTO outbox (id, receiver, endpoint, created_s, due_s, head, attempts, state, ended_s, last_error, payload) VALUES ('msg_5', 'ops', 'web', 50, 51, 0, 3, 'dead', 60, 'HTTP 404', '{"data":{"code":"weak-key"}}');
--- kept 1
SELECT (last_probe_s, last_success_s, failures, expires_s, trusted, leaf_subject) = (100, 100, 0, 200, 0, 'CN=web') FROM endpoint WHERE id = 'web';
SELECT (last_probe_s, failures, leaf_subject IS NULL, last_error) = (101, 7, 1, 'connection refused') FROM endpoint WHERE id = 'down';
SELECT (severity, since_s, message, remedy, fingerprint) = ('error', 90, 'Incomplete.', 'Append.', 'ab') FROM problem WHERE (endpoint, code) = ('web', 'missing-intermediate');
SELECT group_concat(name) = 'ops' FROM receiver;
SELECT group_concat(id || ' ' || row || ' ' || created_s || ' ' || due_s || ' ' || head) = 'msg_1 1 90 90 1,msg_2 2 91 91 1,msg_3 3 92 92 0,msg_4 4 93 93 1' FROM (SELECT * FROM outbox WHERE state = 'waiting' ORDER BY row);
SELECT group_concat(line) = 'missing-intermediate endpoint web,weak-key endpoint web,weak-key endpoint web,old' FROM (SELECT * FROM outbox WHERE state = 'waiting' ORDER BY row);
SELECT (id, attempts, ended_s, last_error, line) = ('msg_5', 3, 60, 'HTTP 404', 'web') FROM outbox WHERE state = 'dead';
-- no certificate was kept then: the next probe must find it new
SELECT leaf_fingerprint = '' FROM endpoint WHERE id = 'web';
-- the receiver has heard of what was open
SELECT (told, n_open, opened_s, messages) = ('error', 1, 90, 1) FROM alert_group WHERE cause = 'missing-intermediate endpoint web';
SELECT (m.severity, m.told, m.since_s, m.gone_s) = ('error', 'error', 90, 0) FROM alert_member AS m JOIN alert_group AS g ON m.grp = g.row WHERE g.cause = 'missing-intermediate endpoint web' AND endpoint = 'web';

--- step 2
ALTER TABLE problem ADD COLUMN evidence TEXT;
ALTER TABLE problem ADD COLUMN missing_pem TEXT;
CREATE TABLE intermediate (  sha256    TEXT PRIMARY KEY NOT NULL,  source    TEXT NOT NULL CHECK (source IN ('served', 'fetched')),  first_s   INTEGER NOT NULL,  last_s    INTEGER NOT NULL,  expires_s INTEGER NOT NULL,  der       BLOB NOT NULL);
CREATE INDEX intermediate_age ON intermediate (last_s, sha256);
CREATE TABLE aia (  url       TEXT PRIMARY KEY NOT NULL,  fetched_s INTEGER NOT NULL,  until_s   INTEGER NOT NULL,  failures  INTEGER NOT NULL,  reason    TEXT,  body      BLOB);
CREATE INDEX aia_age ON aia (fetched_s, url);
CREATE TABLE certificate (  sha256  TEXT PRIMARY KEY NOT NULL,  first_s INTEGER NOT NULL,  der     BLOB NOT NULL);
CREATE TABLE seen (  endpoint TEXT NOT NULL REFERENCES endpoint(id) ON DELETE CASCADE,  sha256   TEXT NOT NULL REFERENCES certificate(sha256),  last_s   INTEGER NOT NULL,  PRIMARY KEY (endpoint, sha256)) WITHOUT ROWID;
CREATE INDEX seen_certificate ON seen (sha256);
CREATE TRIGGER seen_no_more AFTER DELETE ON seen WHEN NOT EXISTS (SELECT 1 FROM seen WHERE sha256 = OLD.sha256) BEGIN DELETE FROM certificate WHERE sha256 = OLD.sha256; END;
UPDATE endpoint SET leaf_fingerprint = '';
--- rows 2
UPDATE problem SET evidence = 'The issuer signs it.', missing_pem = 'PEM' WHERE endpoint = 'web';
INSERT INTO intermediate VALUES ('c1', 'fetched', 10, 20, 30, x'3000');
INSERT INTO aia VALUES ('http://ca.example/a', 11, 22, 1, 'HTTP 404', NULL), ('http://ca.example/b', 12, 23, 0, NULL, x'3001');
INSERT INTO certificate VALUES ('ab', 80, x'3002');
INSERT INTO seen VALUES ('web', 'ab', 99);
--- kept 2
SELECT (evidence, missing_pem) = ('The issuer signs it.', 'PEM') FROM problem WHERE endpoint = 'web';
SELECT (sha256, source, first_s, last_s, expires_s, der) = ('c1', 'fetched', 10, 20, 30, x'3000') FROM intermediate;
SELECT (fetched_s, until_s, failures, reason, body IS NULL) = (11, 22, 1, 'HTTP 404', 1) FROM aia WHERE url = 'http://ca.example/a';
SELECT (fetched_s, until_s, failures, reason IS NULL, body) = (12, 23, 0, 1, x'3001') FROM aia WHERE url = 'http://ca.example/b';
SELECT (first_s, der) = (80, x'3002') FROM certificate WHERE sha256 = 'ab';
SELECT (endpoint, sha256, last_s) = ('web', 'ab', 99) FROM seen;

--- step 3
ALTER TABLE endpoint ADD COLUMN address TEXT;
ALTER TABLE endpoint ADD COLUMN protocol TEXT;
ALTER TABLE endpoint ADD COLUMN cipher TEXT;
ALTER TABLE endpoint ADD COLUMN key_group TEXT;
ALTER TABLE endpoint ADD COLUMN post_quantum INTEGER NOT NULL DEFAULT 0;
ALTER TABLE endpoint ADD COLUMN alpn TEXT;
ALTER TABLE endpoint ADD COLUMN staple TEXT;
ALTER TABLE endpoint ADD COLUMN n_served INTEGER NOT NULL DEFAULT 0;
ALTER TABLE endpoint ADD COLUMN served_id INTEGER NOT NULL DEFAULT 0;
ALTER TABLE endpoint ADD COLUMN resolve_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE endpoint ADD COLUMN connect_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE endpoint ADD COLUMN proxy_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE endpoint ADD COLUMN starttls_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE endpoint ADD COLUMN handshake_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE endpoint ADD COLUMN total_us INTEGER NOT NULL DEFAULT 0;
CREATE TABLE served (  endpoint TEXT NOT NULL REFERENCES endpoint(id) ON DELETE CASCADE,  position INTEGER NOT NULL,  sha256   TEXT NOT NULL REFERENCES certificate(sha256),  PRIMARY KEY (endpoint, position)) WITHOUT ROWID;
CREATE INDEX served_certificate ON served (sha256);
DROP TRIGGER seen_no_more;
CREATE TRIGGER seen_no_more AFTER DELETE ON seen WHEN NOT EXISTS (SELECT 1 FROM seen WHERE sha256 = OLD.sha256) AND NOT EXISTS (SELECT 1 FROM served WHERE sha256 = OLD.sha256) BEGIN DELETE FROM certificate WHERE sha256 = OLD.sha256; END;
CREATE TRIGGER served_no_more AFTER DELETE ON served WHEN NOT EXISTS (SELECT 1 FROM seen WHERE sha256 = OLD.sha256) AND NOT EXISTS (SELECT 1 FROM served WHERE sha256 = OLD.sha256) BEGIN DELETE FROM certificate WHERE sha256 = OLD.sha256; END;
--- rows 3
UPDATE endpoint SET address = '192.0.2.1:443', protocol = 'TLSv1.3', cipher = 'TLS_AES_128_GCM_SHA256', key_group = 'X25519', post_quantum = 1, alpn = 'h2', staple = 'good', n_served = 2, served_id = 77, resolve_us = 1, connect_us = 2, proxy_us = 3, starttls_us = 4, handshake_us = 5, total_us = 15 WHERE id = 'web';
INSERT INTO certificate VALUES ('cd', 81, x'3003');
INSERT INTO served VALUES ('web', 0, 'ab'), ('web', 1, 'cd');
--- kept 3
SELECT (address, protocol, cipher, key_group, post_quantum, alpn, staple, n_served, served_id) = ('192.0.2.1:443', 'TLSv1.3', 'TLS_AES_128_GCM_SHA256', 'X25519', 1, 'h2', 'good', 2, 77) FROM endpoint WHERE id = 'web';
SELECT (resolve_us, connect_us, proxy_us, starttls_us, handshake_us, total_us) = (1, 2, 3, 4, 5, 15) FROM endpoint WHERE id = 'web';
SELECT group_concat(position || sha256) = '0ab,1cd' FROM (SELECT * FROM served WHERE endpoint = 'web' ORDER BY position);

--- step 4
CREATE TABLE silence (  id      TEXT PRIMARY KEY NOT NULL,  match   TEXT NOT NULL,  start_s INTEGER NOT NULL,  end_s   INTEGER NOT NULL,  reason  TEXT NOT NULL,  author  TEXT NOT NULL) WITHOUT ROWID;
--- rows 4
INSERT INTO silence VALUES ('sil_1', '{"code":"weak-key"}', 10, 20, 'known', 'eve');
--- kept 4
SELECT (id, match, start_s, end_s, reason, author) = ('sil_1', '{"code":"weak-key"}', 10, 20, 'known', 'eve') FROM silence;

--- step 5
CREATE TABLE disabled (  receiver TEXT PRIMARY KEY NOT NULL,  config   INTEGER NOT NULL,  since_s  INTEGER NOT NULL,  reason   TEXT NOT NULL) WITHOUT ROWID;
--- rows 5
INSERT INTO disabled VALUES ('ops', -5, 70, 'HTTP 410');
--- kept 5
SELECT (receiver, config, since_s, reason) = ('ops', -5, 70, 'HTTP 410') FROM disabled;

--- step 6
ALTER TABLE problem ADD COLUMN scope TEXT NOT NULL DEFAULT 'own';
ALTER TABLE problem ADD COLUMN deadline_s INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox RENAME COLUMN endpoint TO line;
UPDATE outbox SET line = json_extract(payload, '$.data.code') || ' endpoint ' || line WHERE state = 'waiting' AND json_valid(payload) AND json_extract(payload, '$.data.code') IS NOT NULL;
UPDATE outbox SET head = NOT EXISTS (SELECT 1 FROM outbox AS o WHERE o.receiver = outbox.receiver AND o.line = outbox.line AND o.state = 'waiting' AND o.row < outbox.row) WHERE state = 'waiting';
CREATE TABLE alert_group (  row      INTEGER PRIMARY KEY,  id       TEXT NOT NULL,  receiver TEXT NOT NULL,  cause    TEXT NOT NULL,  code     TEXT NOT NULL,  opened_s INTEGER NOT NULL,  told_s   INTEGER NOT NULL DEFAULT 0,  messages INTEGER NOT NULL DEFAULT 0,  told     TEXT NOT NULL DEFAULT 'ok',  due_s    INTEGER DEFAULT 0,  wait_s   INTEGER NOT NULL DEFAULT 0,  calm     TEXT NOT NULL DEFAULT 'ok',  n_open   INTEGER NOT NULL DEFAULT 0,  n_gone   INTEGER NOT NULL DEFAULT 0);
CREATE UNIQUE INDEX alert_group_cause ON alert_group (receiver, cause);
CREATE INDEX alert_group_due ON alert_group (due_s) WHERE due_s IS NOT NULL;
CREATE TABLE alert_member (  grp            INTEGER NOT NULL REFERENCES alert_group(row) ON DELETE CASCADE,  endpoint       TEXT NOT NULL,  severity       TEXT NOT NULL,  told           TEXT NOT NULL,  since_s        INTEGER NOT NULL,  gone_s         INTEGER NOT NULL DEFAULT 0,  silent_until_s INTEGER NOT NULL DEFAULT 0,  retired        INTEGER NOT NULL DEFAULT 0,  message        TEXT,  remedy         TEXT,  evidence       TEXT,  fingerprint    TEXT,  PRIMARY KEY (grp, endpoint)) WITHOUT ROWID;
CREATE INDEX alert_member_endpoint ON alert_member (endpoint);
INSERT INTO alert_group (id, receiver, cause, code, opened_s, told_s, messages, told, n_open) SELECT 'grp_' || lower(hex(randomblob(16))), r.name, p.code || ' endpoint ' || p.endpoint, p.code, p.since_s, p.since_s, 1, p.severity, 1 FROM problem AS p, receiver AS r;
INSERT INTO alert_member (grp, endpoint, severity, told, since_s) SELECT g.row, p.endpoint, p.severity, p.severity, p.since_s FROM alert_group AS g JOIN problem AS p ON g.cause = p.code || ' endpoint ' || p.endpoint;
--- rows 6
INSERT INTO alert_group (row, id, receiver, cause, code, opened_s, told_s, messages, told, due_s, wait_s, calm, n_open, n_gone) VALUES (1000, 'grp_00000000000000000000000000000001', 'ops', 'weak-key certificate ab', 'weak-key', 40, 41, 2, 'warning', 500, 60, 'ok', 1, 1);
INSERT INTO alert_member VALUES (1000, 'web', 'warning', 'warning', 40, 0, 0, 0, 'Short.', 'Renew.', 'Measured.', 'ab');
INSERT INTO alert_member VALUES (1000, 'down', 'warning', 'warning', 40, 45, 600, 1, NULL, NULL, NULL, NULL);
--- kept 6
SELECT (id, receiver, cause, code, opened_s, told_s, messages, told, due_s, wait_s, calm, n_open, n_gone) = ('grp_00000000000000000000000000000001', 'ops', 'weak-key certificate ab', 'weak-key', 40, 41, 2, 'warning', 500, 60, 'ok', 1, 1) FROM alert_group WHERE row = 1000;
SELECT (severity, told, since_s, gone_s, silent_until_s, retired, message, remedy, evidence, fingerprint) = ('warning', 'warning', 40, 0, 0, 0, 'Short.', 'Renew.', 'Measured.', 'ab') FROM alert_member WHERE (grp, endpoint) = (1000, 'web');
SELECT (gone_s, silent_until_s, retired, message IS NULL) = (45, 600, 1, 1) FROM alert_member WHERE (grp, endpoint) = (1000, 'down');

--- step 7
ALTER TABLE problem ADD COLUMN seen TEXT;
ALTER TABLE problem ADD COLUMN steady_s INTEGER NOT NULL DEFAULT 0;
ALTER TABLE endpoint ADD COLUMN openings TEXT;
--- rows 7
UPDATE problem SET seen = 'warning', steady_s = 95 WHERE endpoint = 'web';
UPDATE endpoint SET openings = 'missing-intermediate 90' WHERE id = 'web';
--- kept 7
SELECT (seen, steady_s) = ('warning', 95) FROM problem WHERE endpoint = 'web';
SELECT openings = 'missing-intermediate 90' FROM endpoint WHERE id = 'web';

--- step 8
CREATE TABLE kept (name TEXT PRIMARY KEY NOT NULL, value INTEGER NOT NULL) WITHOUT ROWID;
--- rows 8
INSERT INTO kept VALUES ('heartbeat', 97), ('summary', 98);
--- kept 8
SELECT group_concat(name || value) = 'heartbeat97,summary98' FROM (SELECT * FROM kept ORDER BY name);

--- step 9
ALTER TABLE endpoint ADD COLUMN leaf_not_before_s INTEGER NOT NULL DEFAULT 0;
ALTER TABLE endpoint ADD COLUMN leaf_not_after_s INTEGER NOT NULL DEFAULT 0;
ALTER TABLE endpoint ADD COLUMN served_not_after_s INTEGER NOT NULL DEFAULT 0;
ALTER TABLE problem ADD COLUMN worst TEXT;
CREATE TABLE past (  endpoint TEXT NOT NULL REFERENCES endpoint(id) ON DELETE CASCADE,  ended_s  INTEGER NOT NULL,  code     TEXT NOT NULL,  severity TEXT NOT NULL,  opened_s INTEGER NOT NULL,  message  TEXT,  PRIMARY KEY (endpoint, ended_s, code)) WITHOUT ROWID;
--- rows 9
UPDATE endpoint SET leaf_not_before_s = 60, leaf_not_after_s = 200, served_not_after_s = 190 WHERE id = 'web';
UPDATE problem SET worst = 'error' WHERE endpoint = 'web';
INSERT INTO past VALUES ('web', 85, 'weak-key', 'warning', 80, 'Short.');
--- kept 9
SELECT (leaf_not_before_s, leaf_not_after_s, served_not_after_s) = (60, 200, 190) FROM endpoint WHERE id = 'web';
SELECT worst = 'error' FROM problem WHERE endpoint = 'web';
SELECT (ended_s, code, severity, opened_s, message) = (85, 'weak-key', 'warning', 80, 'Short.') FROM past WHERE endpoint = 'web';
