-- The jobs that wait for the image API, oldest first: every second, only those past a deadline are read. The state comes
-- first, as SQLite would take `jobs_due` otherwise.
CREATE INDEX jobs_generating ON jobs (state, generating_at, overdue_at) WHERE state = 'generating';
-- The overdue jobs whose requesters were not told so yet.
CREATE INDEX jobs_overdue_untold ON jobs (state, overdue_at) WHERE overdue_at IS NOT NULL AND overdue_told_at IS NULL;
