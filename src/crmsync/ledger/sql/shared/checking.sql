-- What a ledger never holds, counted, for both dialects.

-- name: keys_without_destination
-- Keys of a destination that there is not.
SELECT count(*) FROM keys AS k
WHERE NOT EXISTS (SELECT 1 FROM destinations AS d WHERE d.id = k.destination);

-- name: keys_owed_by_nobody
-- Keys owed by a sync that there is not.
SELECT count(*) FROM keys AS k
WHERE k.owed_by IS NOT NULL AND NOT EXISTS (SELECT 1 FROM syncs AS s WHERE s.id = k.owed_by);

-- name: records_without_sync
-- Records of a sync that there is not.
SELECT count(*) FROM records AS r
WHERE NOT EXISTS (SELECT 1 FROM syncs AS s WHERE s.id = r.sync);

-- name: records_without_key
-- Records whose key is not the one that they point to.
SELECT count(*) FROM records AS r
WHERE (r.key IS NULL) <> (r.key_id IS NULL) OR (
    r.key_id IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM keys AS k WHERE k.id = r.key_id AND k.key = r.key)
);

-- name: records_without_body
-- Records whose body is their key's, which has none.
SELECT count(*) FROM records AS r
WHERE r.body IS NULL AND NOT EXISTS (
    SELECT 1 FROM keys AS k WHERE k.id = r.key_id AND k.body IS NOT NULL
);

-- name: records_without_outcome
-- Records that came to something that no record comes to.
SELECT count(*) FROM records AS r WHERE r.outcome NOT IN (
    'accepted', 'unverified', 'unchanged', 'merged', 'filtered', 'skipped', 'invalid', 'rejected',
    'unknown', 'pending'
);

-- name: quarantine_without_record
-- What is in quarantine without being a record, or without having been refused.
SELECT count(*) FROM quarantine AS q
WHERE q.outcome NOT IN ('invalid', 'rejected') OR NOT EXISTS (
    SELECT 1 FROM records AS r WHERE r.sync = q.sync AND r.record_id = q.record_id
);

-- name: intents_without_sync
-- Batches of a sync or a destination that there is not.
SELECT count(*) FROM intents AS i
WHERE NOT EXISTS (SELECT 1 FROM syncs AS s WHERE s.id = i.sync)
    OR NOT EXISTS (SELECT 1 FROM destinations AS d WHERE d.id = i.destination);

-- name: events_without_sync
-- Events of a sync or a destination that there is not, or in no phase.
SELECT count(*) FROM events AS e
WHERE NOT EXISTS (SELECT 1 FROM syncs AS s WHERE s.id = e.sync)
    OR NOT EXISTS (SELECT 1 FROM destinations AS d WHERE d.id = e.destination)
    OR e.phase NOT IN ('planned', 'sending', 'unknown', 'parked', 'accepted', 'refused');

-- name: notes_without_destination
-- Notes of a destination that there is not.
SELECT count(*) FROM notes AS n
WHERE NOT EXISTS (SELECT 1 FROM destinations AS d WHERE d.id = n.destination);
