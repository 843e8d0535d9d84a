-- What each run told. exit_code NULL: it never finished.

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
