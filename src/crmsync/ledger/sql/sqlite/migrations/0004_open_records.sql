-- What is open or skipped is counted in every run, and is little of what there is. Written with OR:
-- for IN, SQLite makes a table at each row that is written.
CREATE INDEX records_open ON records (sync, outcome)
WHERE outcome = 'pending' OR outcome = 'unknown' OR outcome = 'skipped';
