-- What copies a ledger, for both dialects (`?1` is written `$1` for PostgreSQL): each table a
-- stretch at a time in the order of its primary key, every column in the schema's order.

-- name: read_destinations
-- Rows of destinations after one of them.
SELECT
    id, name
FROM destinations WHERE id > ?1 ORDER BY id LIMIT ?2;

-- name: copy_destinations
-- One row of destinations, as it was.
INSERT INTO destinations
    (id, name)
VALUES (?1, ?2);

-- name: read_syncs
-- Rows of syncs after one of them.
SELECT
    id, name, cursor, cursor_at, account, full_pass, full_at, full_total, mapping
FROM syncs WHERE id > ?1 ORDER BY id LIMIT ?2;

-- name: copy_syncs
-- One row of syncs, as it was.
INSERT INTO syncs
    (id, name, cursor, cursor_at, account, full_pass, full_at, full_total, mapping)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9);

-- name: read_keys
-- Rows of keys after one of them.
SELECT
    id, destination, key, digest, delivered_at, batch_id, answer, owed_by, body
FROM keys WHERE id > ?1 ORDER BY id LIMIT ?2;

-- name: copy_keys
-- One row of keys, as it was.
INSERT INTO keys
    (id, destination, key, digest, delivered_at, batch_id, answer, owed_by, body)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9);

-- name: read_records
-- Rows of records after one of them.
SELECT
    sync, record_id, key, key_id, modified_at, digest, outcome, seen, problems, body
FROM records WHERE (sync, record_id) > (?1, ?2) ORDER BY sync, record_id LIMIT ?3;

-- name: copy_records
-- One row of records, as it was.
INSERT INTO records
    (sync, record_id, key, key_id, modified_at, digest, outcome, seen, problems, body)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10);

-- name: read_intents
-- Rows of intents after one of them.
SELECT
    id, batch_id, sync, destination, payloads
FROM intents WHERE id > ?1 ORDER BY id LIMIT ?2;

-- name: copy_intents
-- One row of intents, as it was.
INSERT INTO intents
    (id, batch_id, sync, destination, payloads)
VALUES (?1, ?2, ?3, ?4, ?5);

-- name: read_quarantine
-- Rows of quarantine after one of them.
SELECT
    sync, record_id, key, outcome, problems, digest, body, first_at, last_at, tries
FROM quarantine WHERE (sync, record_id) > (?1, ?2) ORDER BY sync, record_id LIMIT ?3;

-- name: copy_quarantine
-- One row of quarantine, as it was.
INSERT INTO quarantine
    (sync, record_id, key, outcome, problems, digest, body, first_at, last_at, tries)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10);

-- name: read_runs
-- Rows of runs after one of them.
SELECT
    id, run_id, started_at, exit_code, report
FROM runs WHERE id > ?1 ORDER BY id LIMIT ?2;

-- name: copy_runs
-- One row of runs, as it was.
INSERT INTO runs
    (id, run_id, started_at, exit_code, report)
VALUES (?1, ?2, ?3, ?4, ?5);

-- name: read_run_syncs
-- Rows of run_syncs after one of them.
SELECT
    id, run_id, sync, finished_at, report
FROM run_syncs WHERE id > ?1 ORDER BY id LIMIT ?2;

-- name: copy_run_syncs
-- One row of run_syncs, as it was.
INSERT INTO run_syncs
    (id, run_id, sync, finished_at, report)
VALUES (?1, ?2, ?3, ?4, ?5);

-- name: read_events
-- Rows of events after one of them.
SELECT
    id, destination, tag, sync, record_id, lead, place, phase, body, at, answer, reason
FROM events WHERE id > ?1 ORDER BY id LIMIT ?2;

-- name: copy_events
-- One row of events, as it was.
INSERT INTO events
    (id, destination, tag, sync, record_id, lead, place, phase, body, at, answer, reason)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12);

-- name: read_notes
-- Rows of notes after one of them.
SELECT
    destination, name, text
FROM notes WHERE (destination, name) > (?1, ?2) ORDER BY destination, name LIMIT ?3;

-- name: copy_notes
-- One row of notes, as it was.
INSERT INTO notes
    (destination, name, text)
VALUES (?1, ?2, ?3);
