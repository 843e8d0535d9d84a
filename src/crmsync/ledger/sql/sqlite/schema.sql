-- The whole schema, as all migrations together leave it. A test compares the two.

CREATE TABLE syncs (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    cursor TEXT,
    cursor_at INTEGER,
    account TEXT NOT NULL DEFAULT '',
    full_pass INTEGER NOT NULL DEFAULT 0,
    full_at INTEGER,
    full_total INTEGER NOT NULL DEFAULT 0,
    mapping TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE TABLE destinations (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- A key at a destination and its delivery. digest NULL: never delivered, x'': uncertain.
-- owed_by: the sync whose batch was sent and never settled, until the key is delivered again.
-- Rows are numbered in the order of arrival, so that bodies are appended, not spread.
CREATE TABLE keys (
    id INTEGER PRIMARY KEY,
    destination INTEGER NOT NULL,
    key TEXT NOT NULL,
    digest BLOB,
    delivered_at INTEGER,
    batch_id TEXT NOT NULL DEFAULT '',
    answer TEXT NOT NULL DEFAULT '',
    owed_by INTEGER,
    body BLOB,
    UNIQUE (destination, key)
) STRICT;

CREATE INDEX keys_owed ON keys (owed_by) WHERE owed_by IS NOT NULL;

-- body NULL: the same bytes as the body of its key; x'': none.
-- key stands here too, so that asking what is known does not read the wide rows of keys.
CREATE TABLE records (
    sync INTEGER NOT NULL,
    record_id TEXT NOT NULL,
    key TEXT,
    key_id INTEGER,
    modified_at INTEGER NOT NULL,
    digest BLOB NOT NULL,
    outcome TEXT NOT NULL,
    seen INTEGER NOT NULL,
    problems TEXT,
    body BLOB,
    PRIMARY KEY (sync, record_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX records_by_key ON records (key_id) WHERE key_id IS NOT NULL;

-- What is open or skipped is counted in every run, and is little of what there is. Written with OR:
-- for IN, SQLite makes a table at each row that is written.
CREATE INDEX records_open ON records (sync, outcome)
WHERE outcome = 'pending' OR outcome = 'unknown' OR outcome = 'skipped';

-- A batch that is about to leave, or left and never settled.
CREATE TABLE intents (
    id INTEGER PRIMARY KEY,
    batch_id TEXT NOT NULL,
    sync INTEGER NOT NULL,
    destination INTEGER NOT NULL,
    payloads BLOB NOT NULL
) STRICT;

-- body is compressed.
CREATE TABLE quarantine (
    sync INTEGER NOT NULL,
    record_id TEXT NOT NULL,
    key TEXT,
    outcome TEXT NOT NULL,
    problems TEXT,
    digest BLOB NOT NULL,
    body BLOB NOT NULL,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    PRIMARY KEY (sync, record_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL UNIQUE,
    started_at INTEGER NOT NULL,
    exit_code INTEGER,
    report TEXT
) STRICT;

CREATE TABLE run_syncs (
    id INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL,
    sync TEXT NOT NULL,
    finished_at INTEGER NOT NULL,
    report TEXT NOT NULL,
    UNIQUE (run_id, sync)
) STRICT;

CREATE INDEX run_syncs_by_sync ON run_syncs (sync);

-- An event that is to be created once. id: the order of arrival. body: the destination's own encoding.
CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    destination INTEGER NOT NULL,
    tag TEXT NOT NULL,
    sync INTEGER NOT NULL,
    record_id TEXT NOT NULL,
    lead TEXT NOT NULL,
    place INTEGER NOT NULL,
    phase TEXT NOT NULL,
    body BLOB NOT NULL,
    at INTEGER NOT NULL,
    answer TEXT NOT NULL DEFAULT '',
    reason TEXT NOT NULL DEFAULT '',
    UNIQUE (destination, tag)
) STRICT;

CREATE INDEX events_open ON events (destination, lead)
WHERE phase IN ('planned', 'sending', 'unknown', 'parked');

CREATE INDEX events_by_lead ON events (destination, lead, id);

CREATE INDEX events_by_record ON events (sync, record_id);

CREATE TABLE notes (
    destination INTEGER NOT NULL,
    name TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (destination, name)
) STRICT, WITHOUT ROWID;
