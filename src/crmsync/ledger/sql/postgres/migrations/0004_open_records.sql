-- What is open or skipped is counted in every run, and is little of what there is.
CREATE INDEX records_open ON records (sync, outcome)
WHERE outcome IN ('pending', 'unknown', 'skipped');
