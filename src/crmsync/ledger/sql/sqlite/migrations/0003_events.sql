-- Events that are to be created once, and what a destination wants to know again.

-- id: the order of arrival. body: the destination's own encoding.
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
