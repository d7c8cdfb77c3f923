-- An order of a model that paints one picture a task has a row for each task, its parts: `part_of` is the id of the
-- order, `part` the place among the parts, from 0. `parts` of the order counts them, 0 if it has a task of its own.
-- `late` of a part: its order was shown without it, so it is shown alone. `late` of an order: how many of those.
-- `consumed` is the charge of the image API, in hundredths of credits, if its record tells.
ALTER TABLE jobs ADD COLUMN part_of TEXT;
ALTER TABLE jobs ADD COLUMN part INTEGER;
ALTER TABLE jobs ADD COLUMN parts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN late INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN consumed INTEGER;
-- Which of several accounts of the image API has the task: a fingerprint of its key.
ALTER TABLE jobs ADD COLUMN account TEXT;
CREATE INDEX jobs_parts ON jobs (part_of, part) WHERE part_of IS NOT NULL;
CREATE INDEX jobs_gathering ON jobs (due_at) WHERE state = 'generating' AND parts > 0;
-- A task belongs to one job: a task notification about another's task isn't believed.
CREATE INDEX jobs_by_task ON jobs (task_id) WHERE task_id IS NOT NULL;
-- Statistics count orders, not parts.
DROP INDEX jobs_by_day;
CREATE INDEX jobs_by_day ON jobs (created_at, chat_id, asked_by, failure, spent, reserved, part_of);
