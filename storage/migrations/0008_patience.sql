-- When the service named the task: a painting order's deadline counts from here.
ALTER TABLE jobs ADD COLUMN generating_at BIGINT;
UPDATE jobs SET generating_at = COALESCE(submitted_at, ordered_at) WHERE state = 'generating';
-- Since when it is past its deadline, though still waited for, and when the person was told.
ALTER TABLE jobs ADD COLUMN overdue_at BIGINT;
ALTER TABLE jobs ADD COLUMN overdue_told_at BIGINT;
-- Since when the service calls it a success without naming a link.
ALTER TABLE jobs ADD COLUMN linkless_at BIGINT;
-- Why it was not taken the last time, as a failure: what it ends by if it is never taken.
ALTER TABLE jobs ADD COLUMN hindrance TEXT;
