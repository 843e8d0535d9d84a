-- Every statement of the PostgreSQL ledger, by name. Lists of texts come as a JSON array.
-- Names are those of the SQLite ledger's, and mean the same; what is PostgreSQL's own stands at
-- the end. Numbering rows takes no number that is not used: runs are counted by theirs.
-- A list is an array in the condition of an index, and what is joined to it stands in a LATERAL
-- with OFFSET 0: plans are kept while tables grow, and no other way of finding a row may be taken.
-- `+ 0` keeps a column out of an index's condition, for the same end.

-- name: add_sync
-- Number a sync's name, once.
INSERT INTO syncs (name) SELECT $1 WHERE NOT EXISTS (SELECT 1 FROM syncs WHERE name = $1);

-- name: sync_id
-- The number of a sync's name.
SELECT id FROM syncs WHERE name = $1;

-- name: add_destination
-- Number a destination's name, once.
INSERT INTO destinations (name)
SELECT $1 WHERE NOT EXISTS (SELECT 1 FROM destinations WHERE name = $1);

-- name: destination_id
-- The number of a destination's name.
SELECT id FROM destinations WHERE name = $1;

-- name: sync_state
-- What is stored for a sync.
SELECT cursor, cursor_at, account, full_pass, full_at, full_total, mapping
FROM syncs WHERE name = $1;

-- name: pin
-- Remember a sync's CRM account.
UPDATE syncs SET account = $2 WHERE id = $1;

-- name: move_cursor
-- Store a sync's cursor.
UPDATE syncs SET cursor = $2, cursor_at = $3 WHERE id = $1;

-- name: begin_full
-- Count one more full pass, and give its number.
UPDATE syncs SET full_pass = full_pass + 1 WHERE id = $1 RETURNING full_pass;

-- name: finish_full
-- Note a completed full pass.
UPDATE syncs SET full_at = $2, full_total = $3, mapping = $4 WHERE id = $1;

-- name: disown
-- After a full pass: keys that no record wants any more are not owed by the sync.
UPDATE keys SET owed_by = NULL
WHERE owed_by = $1 AND NOT EXISTS (SELECT 1 FROM records AS r WHERE r.key_id = keys.id);

-- name: known
-- What is held of these records of a sync, of which the least and the greatest are told, too: a CRM
-- shows new records in a row, so that one look from one to the other mostly finds that none is held.
SELECT r.record_id, r.key, r.digest, r.outcome FROM records AS r
WHERE r.sync = (SELECT id FROM syncs WHERE name = $1)
    AND r.record_id = ANY (ARRAY(SELECT json_array_elements_text($2::json)))
    AND EXISTS (
        SELECT 1 FROM records
        WHERE sync = (SELECT id FROM syncs WHERE name = $1) AND record_id BETWEEN $3 AND $4
    );

-- name: held
-- What is delivered to these keys of a destination, and what every record of every sync gives to
-- them: a row for each record, or one for a key without any.
SELECT k.key, k.digest, k.body, k.batch_id, k.delivered_at, k.answer,
    s.name, r.record_id, r.modified_at, coalesce(r.body, k.body)
FROM (
    SELECT id, key, digest, body, batch_id, delivered_at, answer FROM keys
    WHERE destination = (SELECT id FROM destinations WHERE name = $1)
        AND key = ANY (ARRAY(SELECT json_array_elements_text($2::json)))
    OFFSET 0
) AS k
LEFT JOIN LATERAL (
    SELECT sync, record_id, modified_at, body FROM records
    WHERE key_id = k.id
    OFFSET 0
) AS r ON true
LEFT JOIN syncs AS s ON s.id = r.sync;

-- name: uncertain
-- Keys of a destination that a sync's batch left uncertain, sorted.
SELECT key FROM keys
WHERE owed_by = (SELECT id FROM syncs WHERE name = $1) AND digest = ''::bytea
    AND destination = (SELECT id FROM destinations WHERE name = $2)
ORDER BY key;

-- name: unseen
-- Records that contribute to a key and were not seen in a full pass.
SELECT record_id FROM records
WHERE sync = (SELECT id FROM syncs WHERE name = $1) AND key IS NOT NULL AND seen < $2
ORDER BY record_id LIMIT $3;

-- name: record
-- The stored state of one record.
SELECT r.record_id, r.key, r.modified_at, r.digest, coalesce(r.body, k.body),
    r.outcome, r.problems
FROM records AS r LEFT JOIN keys AS k ON k.id = r.key_id
WHERE r.sync = (SELECT id FROM syncs WHERE name = $1) AND r.record_id = $2;

-- name: borrowers
-- Records whose body is read from these keys.
SELECT r.sync, r.record_id
FROM (
    SELECT id FROM keys WHERE destination = $1 AND key = ANY (ARRAY(SELECT json_array_elements_text($2::json)))
    OFFSET 0
) AS k
CROSS JOIN LATERAL (
    SELECT sync, record_id, body FROM records WHERE key_id = k.id OFFSET 0
) AS r
WHERE r.body IS NULL;

-- name: keep_body
-- Give a record its own copy of its body, before its key's body changes.
UPDATE records SET body = (SELECT k.body FROM keys AS k WHERE k.id = records.key_id)
WHERE sync = $1 AND record_id = $2;

-- name: deliver
-- A key's new delivery, owed by a sync, or 0 for none. The first four values are the settlement's.
INSERT INTO keys (destination, key, digest, body, batch_id, delivered_at, answer, owed_by)
VALUES ($1, $5, $6, $7, $2, $3, $4, nullif($8::bigint, 0))
ON CONFLICT (destination, key) DO UPDATE SET
    digest = excluded.digest, body = excluded.body, batch_id = excluded.batch_id,
    delivered_at = excluded.delivered_at, answer = excluded.answer, owed_by = excluded.owed_by;

-- name: deliver_first
-- The same of a key that is new; of any other, nothing. Asked only where `newest_key` tells one.
INSERT INTO keys (destination, key, digest, body, batch_id, delivered_at, answer)
VALUES ($1, $5, $6, $7, $2, $3, $4)
ON CONFLICT (destination, key) DO NOTHING;

-- name: newest_key
-- The number of the newest key. The next new ones are numbered from there on, without a gap: NULL
-- since that is not so. A row that was there, or was undone, took a number, too.
SELECT NULL;

-- name: key_numbers
-- The numbers of these keys.
SELECT k.key, k.id
FROM keys AS k
WHERE k.destination = $1 AND k.key = ANY (ARRAY(SELECT json_array_elements_text($2::json)));

-- name: add_key
-- A key that has a record and no delivery.
INSERT INTO keys (destination, key) VALUES ($1, $2) ON CONFLICT (destination, key) DO NOTHING;

-- name: write_record
-- A record's new state. The first two values are the settlement's; 0 is no key's number, no problems
-- are '', and a body of one NUL is its key's.
INSERT INTO records
    (sync, record_id, key, key_id, modified_at, digest, outcome, seen, problems, body)
VALUES (
    $1, $3, $4, nullif($5::bigint, 0), $6, $7, $8, $2,
    nullif($9::text, ''), nullif($10::bytea, '\x00'::bytea)
)
ON CONFLICT (sync, record_id) DO UPDATE SET
    key = excluded.key, key_id = excluded.key_id, modified_at = excluded.modified_at,
    digest = excluded.digest, outcome = excluded.outcome, seen = greatest(records.seen, excluded.seen),
    problems = excluded.problems, body = excluded.body;

-- name: write_newcomer
-- A record that was never seen, by the number of its key, which has just been delivered: it has the
-- digest and the body. The first three values are the settlement's; no problems are ''. Asked only
-- where `newest_key` tells one.
INSERT INTO records
    (sync, record_id, key, key_id, modified_at, digest, outcome, seen, problems)
SELECT $1, $5, k.key, k.id, $6, k.digest, $3, $2, nullif($7::text, '')
FROM keys AS k WHERE k.id = $4
ON CONFLICT (sync, record_id) DO UPDATE SET
    key = excluded.key, key_id = excluded.key_id, modified_at = excluded.modified_at,
    digest = excluded.digest, outcome = excluded.outcome, seen = greatest(records.seen, excluded.seen),
    problems = excluded.problems, body = excluded.body;

-- name: mark_seen
-- Records read again in a full pass and found as they were.
UPDATE records SET seen = greatest(seen, $2)
WHERE sync = $1 AND record_id = ANY (ARRAY(SELECT json_array_elements_text($3::json)));

-- name: forget_records
-- Records that are gone and dealt with.
DELETE FROM records WHERE sync = $1 AND record_id = ANY (ARRAY(SELECT json_array_elements_text($2::json)));

-- name: any_quarantined
-- Whether a sync has anything in quarantine.
SELECT EXISTS (SELECT 1 FROM quarantine WHERE sync = $1);

-- name: refuse
-- A record enters quarantine, or is refused once more: in the same form, or in another.
INSERT INTO quarantine
    (sync, record_id, key, outcome, problems, digest, body, first_at, last_at, tries)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, 1)
ON CONFLICT (sync, record_id) DO UPDATE SET
    key = excluded.key, outcome = excluded.outcome, problems = excluded.problems,
    tries = CASE WHEN quarantine.digest = excluded.digest THEN quarantine.tries + 1 ELSE 1 END,
    digest = excluded.digest, body = excluded.body, last_at = excluded.last_at;

-- name: release
-- Records that leave quarantine.
DELETE FROM quarantine WHERE sync = $1 AND record_id = ANY (ARRAY(SELECT json_array_elements_text($2::json)));

-- name: quarantined_ids
-- Who is in quarantine, of one sync or of all.
SELECT s.name, q.record_id
FROM quarantine AS q JOIN syncs AS s ON s.id = q.sync
WHERE $1::text IS NULL OR s.name = $1;

-- name: quarantined
-- What quarantine holds of these records of a sync.
SELECT q.record_id, q.key, q.outcome, q.problems, q.body, q.first_at, q.last_at, q.tries
FROM quarantine AS q
WHERE q.sync = (SELECT id FROM syncs WHERE name = $1)
    AND q.record_id = ANY (ARRAY(SELECT json_array_elements_text($2::json)));

-- name: count_quarantined
-- How many records of a sync are in quarantine.
SELECT count(*) FROM quarantine WHERE sync = (SELECT id FROM syncs WHERE name = $1);

-- name: open_records
-- How many records of a sync are not settled, or lack a key, by their outcome: the condition is that
-- of the index.
SELECT outcome, count(*) FROM records
WHERE sync = $1 AND outcome IN ('pending', 'unknown', 'skipped')
GROUP BY outcome;

-- name: tracked
-- How many records of a sync contribute to a key.
SELECT count(key) FROM records WHERE sync = (SELECT id FROM syncs WHERE name = $1);

-- name: owed_keys
-- Keys that a recovered batch of a sync may have reached.
SELECT key FROM keys WHERE owed_by = $1 AND destination = $2;

-- name: unsettled
-- What the batches of a sync carry that have not settled.
SELECT payloads FROM intents WHERE sync = $1 AND destination = $2;

-- name: owed_by_records
-- Which of these keys a sync's own record already counts for, or records that collide there:
-- nothing is sent for these, and each of them is in quarantine.
SELECT k.key
FROM (
    SELECT id, key FROM keys WHERE destination = $2 AND key = ANY (ARRAY(SELECT json_array_elements_text($3::json)))
    OFFSET 0
) AS k
CROSS JOIN LATERAL (
    SELECT sync, outcome FROM records WHERE key_id = k.id OFFSET 0
) AS r
GROUP BY k.key
HAVING bool_or(r.sync = $1 AND r.outcome IN ('pending', 'unknown'))
    OR count(*) FILTER (WHERE r.outcome = 'invalid') > 1;

-- name: intend
-- A batch that is about to leave.
INSERT INTO intents (batch_id, sync, destination, payloads) VALUES ($1, $2, $3, $4);

-- name: end_intent
-- A batch whose receipts are settled.
DELETE FROM intents WHERE batch_id = $1 AND destination = $2;

-- name: end_line
-- The line of a batch whose end is settled; one of which the end is not known stays.
DELETE FROM events WHERE tag = $1 AND destination = $2 AND phase = 'sending';

-- name: intents
-- Batches that never settled, oldest first.
SELECT batch_id, sync, payloads FROM intents WHERE destination = $1 ORDER BY id;

-- name: end_intents
-- Every intent of a destination is dealt with.
DELETE FROM intents WHERE destination = $1;

-- name: bodies
-- The bodies delivered to these keys.
SELECT k.key, k.body FROM keys AS k
WHERE k.destination = $1 AND k.key = ANY (ARRAY(SELECT json_array_elements_text($2::json)))
    AND k.digest IS NOT NULL;

-- name: doubt
-- A key that a lost batch may have reached.
INSERT INTO keys (destination, key, digest, body, batch_id, owed_by)
VALUES ($1, $2, ''::bytea, $3, $4, $5)
ON CONFLICT (destination, key) DO UPDATE SET
    digest = ''::bytea, body = excluded.body, batch_id = excluded.batch_id,
    delivered_at = NULL, answer = '', owed_by = excluded.owed_by;

-- name: oldest_run
-- The id of the oldest run that is kept; NULL where there is none.
SELECT min(run_id) FROM runs;

-- name: start_run
-- A run began.
INSERT INTO runs (run_id, started_at)
SELECT $1, $2 WHERE NOT EXISTS (SELECT 1 FROM runs WHERE run_id = $1);

-- name: finish_run
-- A run's report.
WITH begun AS (UPDATE runs SET exit_code = $3, report = $4 WHERE run_id = $1 RETURNING id)
INSERT INTO runs (run_id, started_at, exit_code, report)
SELECT $1, $2, $3, $4 WHERE NOT EXISTS (SELECT 1 FROM begun);

-- name: finish_sync
-- One sync's report.
INSERT INTO run_syncs (run_id, sync, finished_at, report) VALUES ($1, $2, $3, $4)
ON CONFLICT (run_id, sync) DO UPDATE SET
    finished_at = excluded.finished_at, report = excluded.report;

-- name: runs_begun
-- The number of the newest run.
SELECT max(id) FROM runs;

-- name: forget_runs
-- Runs older than the newest so many.
DELETE FROM runs
WHERE id <= (SELECT id FROM runs ORDER BY id DESC LIMIT 1 OFFSET $1);

-- name: purge_runs
-- Runs that began before a moment, but the newest.
DELETE FROM runs WHERE started_at < $1 AND id < (SELECT max(id) FROM runs);

-- name: forget_run_syncs
-- Reports of runs that are forgotten, but each sync's last, last_whole's and last_good's. What is
-- kept is looked for once a sync, from its newest report on.
DELETE FROM run_syncs
WHERE run_id NOT IN (SELECT run_id FROM runs)
    AND id NOT IN (SELECT max(id) FROM run_syncs GROUP BY sync)
    AND id NOT IN (SELECT coalesce((
        SELECT o.id FROM run_syncs AS o
        WHERE o.sync = s.sync AND o.report NOT LIKE '%"partial":true%'
            AND o.report NOT LIKE '%"exit_code":9%'
        ORDER BY o.id DESC LIMIT 1
    ), 0) FROM (SELECT DISTINCT sync FROM run_syncs) AS s)
    AND id NOT IN (SELECT coalesce((
        SELECT o.id FROM run_syncs AS o
        WHERE o.sync = s.sync AND o.report NOT LIKE '%"partial":true%'
            AND (o.report LIKE '%"exit_code":0%' OR o.report LIKE '%"exit_code":3%')
        ORDER BY o.id DESC LIMIT 1
    ), 0) FROM (SELECT DISTINCT sync FROM run_syncs) AS s);

-- name: runs
-- Runs, newest first.
SELECT run_id, started_at, report FROM runs ORDER BY id DESC LIMIT $1;

-- name: run
-- Runs whose id begins so; the one that is exactly so first.
SELECT run_id, started_at, report FROM runs
WHERE left(run_id, length($1::text)) = $1
ORDER BY run_id <> $1 LIMIT 2;

-- name: run_reports
-- The syncs of a run that finished, in order.
SELECT report FROM run_syncs WHERE run_id = $1 ORDER BY id;

-- name: sync_reports
-- A sync's last reports, newest first.
SELECT run_id, finished_at, report FROM run_syncs WHERE sync = $1 ORDER BY id DESC LIMIT $2;

-- name: last_whole
-- A sync's last report that is no sample's, nor of a run that ended with 9. A report is written
-- without blanks, and a quotation mark inside a text has a backslash before it: what is looked for
-- is never a part of an error.
SELECT run_id, finished_at, report FROM run_syncs
WHERE sync = $1 AND report NOT LIKE '%"partial":true%' AND report NOT LIKE '%"exit_code":9%'
ORDER BY id DESC LIMIT 1;

-- name: last_good
-- Of these, a sync's last that ended with 0 or 3.
SELECT run_id, finished_at, report FROM run_syncs
WHERE sync = $1 AND report NOT LIKE '%"partial":true%'
    AND (report LIKE '%"exit_code":0%' OR report LIKE '%"exit_code":3%')
ORDER BY id DESC LIMIT 1;

-- name: write_event
-- A line of the journal, new or in another phase. Its order of arrival stays.
INSERT INTO events
    (destination, tag, sync, record_id, lead, place, phase, body, at, answer, reason)
VALUES ($1, $2, (SELECT id FROM syncs WHERE name = $3), $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (destination, tag) DO UPDATE SET
    place = excluded.place, phase = excluded.phase, body = excluded.body, at = excluded.at,
    answer = excluded.answer, reason = excluded.reason;

-- name: follow_event
-- A record that still waits for its last line follows it: gives the record where that is this
-- line. One that was refused or skipped since has an end of its own.
UPDATE records SET outcome = $4
WHERE sync = $1 AND record_id = $2 AND outcome IN ('pending', 'unknown') AND $3 = (
    SELECT tag FROM events WHERE sync = $1 AND record_id = $2 ORDER BY id DESC LIMIT 1
);

-- name: open_leads
-- Leads with events that are not settled.
SELECT DISTINCT lead FROM events
WHERE destination = (SELECT id FROM destinations WHERE name = $1)
    AND phase IN ('planned', 'sending', 'unknown', 'parked') AND lead > $2
ORDER BY lead LIMIT $3;

-- name: open_events
-- The lines of leads that are not settled: what was sent stands before what was not, and no line
-- of a record before one of it that came earlier.
SELECT e.tag, s.name, e.record_id, e.lead,
    max(e.place) OVER (PARTITION BY e.sync, e.record_id ORDER BY e.id) AS stands,
    e.phase, e.body, e.at, e.answer, e.reason
FROM events AS e JOIN syncs AS s ON s.id = e.sync
WHERE e.destination + 0 = (SELECT id FROM destinations WHERE name = $1)
    AND e.lead = ANY (ARRAY(SELECT json_array_elements_text($2::json)))
    AND e.phase IN ('planned', 'sending', 'unknown', 'parked')
ORDER BY e.lead, e.phase = 'planned', stands, e.id;

-- name: settled_events
-- The lines of leads that the platform has, the most recent first.
SELECT e.tag, s.name, e.record_id, e.lead, e.place, e.phase, e.body, e.at, e.answer, e.reason
FROM events AS e JOIN syncs AS s ON s.id = e.sync
WHERE e.destination + 0 = (SELECT id FROM destinations WHERE name = $1)
    AND e.lead = ANY (ARRAY(SELECT json_array_elements_text($2::json)))
    AND e.phase = 'accepted'
ORDER BY e.lead, e.at DESC, e.id DESC;

-- name: last_settled
-- Of the lines of leads that the platform has, the most recent.
SELECT e.tag, s.name, e.record_id, e.lead, e.place, e.phase, e.body, e.at, e.answer, e.reason
FROM events AS e JOIN syncs AS s ON s.id = e.sync
WHERE e.destination + 0 = (SELECT id FROM destinations WHERE name = $1)
    AND e.lead = ANY (ARRAY(SELECT json_array_elements_text($2::json)))
    AND e.phase = 'accepted'
ORDER BY e.at DESC, e.id DESC LIMIT 1;

-- name: event
-- One line of the journal.
SELECT e.tag, s.name, e.record_id, e.lead, e.place, e.phase, e.body, e.at, e.answer, e.reason
FROM events AS e JOIN syncs AS s ON s.id = e.sync
WHERE e.destination = (SELECT id FROM destinations WHERE name = $1) AND e.tag = $2;

-- name: events_of
-- Every line of one record, oldest first.
SELECT e.tag, s.name, e.record_id, e.lead, e.place, e.phase, e.body, e.at, e.answer, e.reason
FROM events AS e JOIN syncs AS s ON s.id = e.sync
WHERE s.name = $1 AND e.record_id = $2 ORDER BY e.id;

-- name: uncertain_events
-- The lines of a sync of which it is not known whether they arrived, oldest first.
SELECT e.tag, s.name, e.record_id, e.lead, e.place, e.phase, e.body, e.at, e.answer, e.reason
FROM events AS e JOIN syncs AS s ON s.id = e.sync
WHERE s.name = $1 AND e.phase IN ('sending', 'unknown', 'parked') ORDER BY e.id;

-- name: owed_events
-- How many lines of a sync are not settled, and how many of its open records have one.
SELECT count(*), count(DISTINCT CASE WHEN r.outcome IN ('pending', 'unknown') THEN e.record_id END)
FROM events AS e LEFT JOIN records AS r ON r.sync = e.sync AND r.record_id = e.record_id
WHERE e.sync = $1 AND e.phase IN ('planned', 'sending', 'unknown', 'parked');

-- name: aged_events
-- Lines that the platform has since before a moment and that are whole, in the order of their
-- arrival, after one of them.
SELECT e.id, e.tag, s.name, e.record_id, e.lead, e.place, e.phase, e.body, e.at, e.answer, e.reason
FROM events AS e JOIN syncs AS s ON s.id = e.sync
WHERE e.destination = (SELECT id FROM destinations WHERE name = $1)
    AND e.phase = 'accepted' AND e.at < $2 AND e.reason <> $3 AND e.id > $4
ORDER BY e.id LIMIT $5;

-- name: shorten_event
-- Less of a line that the platform has.
UPDATE events SET body = $3, reason = $4
WHERE destination = $1 AND tag = $2 AND phase = 'accepted';

-- name: recall
-- What was noted for a destination.
SELECT n.name, n.text FROM notes AS n
WHERE n.destination = (SELECT id FROM destinations WHERE name = $1)
    AND n.name = ANY (ARRAY(SELECT json_array_elements_text($2::json)));

-- name: note
-- Note something for a destination.
INSERT INTO notes (destination, name, text) VALUES ($1, $2, $3)
ON CONFLICT (destination, name) DO UPDATE SET text = excluded.text;

-- name: count_note
-- One more of something that is counted in a destination's note.
INSERT INTO notes (destination, name, text) VALUES ($1, $2, '1')
ON CONFLICT (destination, name) DO UPDATE SET text = CAST(CAST(notes.text AS BIGINT) + 1 AS TEXT);

-- name: sent
-- A count of sends, to all destinations together: of each one note is looked up.
SELECT coalesce(sum(CAST(n.text AS BIGINT)), 0)
FROM destinations AS d JOIN notes AS n
    ON n.destination = d.id AND n.name = $1;

-- name: all_senders
-- The name of every count of sends.
SELECT DISTINCT name FROM notes WHERE name LIKE $1 ORDER BY name;

-- name: tell_problems
-- Why a record's last event was refused.
UPDATE records SET problems = $3 WHERE sync = $1 AND record_id = $2;

-- name: take_turn
-- Wait until no other transaction writes: what follows sees all that was written before.
SELECT pg_advisory_xact_lock(1129467219);

-- name: mark
-- Note which transaction of an open ledger this is; gives how many of its leases it has still.
UPDATE writers SET number = $2, at = clock_timestamp() WHERE id = $1
RETURNING (
    SELECT count(*) FROM leases AS l
    WHERE l.epoch = ANY ($3::bigint[]) AND l.until > clock_timestamp()
);

-- name: marked
-- The last transaction of an open ledger that was made durable.
SELECT number FROM writers WHERE id = $1;

-- name: add_writer
-- A ledger is opened.
INSERT INTO writers (id, number, at) VALUES ($1, 0, clock_timestamp())
ON CONFLICT (id) DO NOTHING;

-- name: drop_writer
-- A ledger is closed.
DELETE FROM writers WHERE id = $1;

-- name: forget_writers
-- Ledgers that were opened and never closed, and wrote nothing for a month.
DELETE FROM writers WHERE at < clock_timestamp() - interval '30 days';

-- name: lease
-- Who holds a lock, and whether still.
SELECT holder, process, until > clock_timestamp() FROM leases WHERE name = $1;

-- name: take_lease
-- Hold a lock for so many seconds, in an epoch of its own.
INSERT INTO leases (name, epoch, holder, process, until)
VALUES ($1, nextval('epochs'), $2, $3, clock_timestamp() + $4 * interval '1 second')
ON CONFLICT (name) DO UPDATE SET
    epoch = excluded.epoch, holder = excluded.holder, process = excluded.process,
    until = excluded.until
RETURNING epoch;

-- name: renew_leases
-- Hold leases for so many seconds more; gives those that had not run out.
UPDATE leases SET until = clock_timestamp() + $2 * interval '1 second'
WHERE epoch = ANY ($1::bigint[]) AND until > clock_timestamp()
RETURNING epoch;

-- name: free_lease
-- Give a lock back.
UPDATE leases SET until = '-infinity' WHERE epoch = $1;

-- name: erase_events
-- Every line of a record.
DELETE FROM events WHERE sync = $1 AND record_id = $2;

-- name: empty_keys
-- Keys of which nothing is to be known any more.
UPDATE keys SET digest = NULL, delivered_at = NULL, batch_id = '', answer = '', owed_by = NULL,
    body = NULL
WHERE destination = $1 AND key = ANY (ARRAY(SELECT json_array_elements_text($2::json)));

-- name: erase_keys
-- Those of these keys that no record names.
DELETE FROM keys
WHERE destination = $1 AND key = ANY (ARRAY(SELECT json_array_elements_text($2::json)))
    AND NOT EXISTS (SELECT 1 FROM records AS r WHERE r.key_id = keys.id);

-- name: erase_notes
-- Notes of a destination by their names.
DELETE FROM notes WHERE destination = $1 AND name = ANY (ARRAY(SELECT json_array_elements_text($2::json)));

-- name: notes
-- Everything that was noted for a destination.
SELECT n.name, n.text FROM notes AS n
WHERE n.destination = (SELECT id FROM destinations WHERE name = $1) ORDER BY n.name;

-- name: retell_run
-- Another report of a run.
UPDATE runs SET report = $2 WHERE id = $1;

-- name: retell_run_sync
-- Another report of a sync in a run.
UPDATE run_syncs SET report = $2 WHERE id = $1;

-- name: damage
-- Indexes that were never finished. Pages are the server's to check (data checksums).
SELECT c.relname || ' is an invalid index'
FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
WHERE NOT i.indisvalid AND c.relnamespace = current_schema()::regnamespace;

-- name: number_on
-- After a copy: rows are numbered on from the highest number.
SELECT
    setval(pg_get_serial_sequence('destinations', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM destinations), false),
    setval(pg_get_serial_sequence('syncs', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM syncs), false),
    setval(pg_get_serial_sequence('keys', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM keys), false),
    setval(pg_get_serial_sequence('intents', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM intents), false),
    setval(pg_get_serial_sequence('runs', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM runs), false),
    setval(pg_get_serial_sequence('run_syncs', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM run_syncs), false),
    setval(pg_get_serial_sequence('events', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM events), false);
