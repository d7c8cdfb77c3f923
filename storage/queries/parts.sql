-- name: split_order
-- From here on, the parts go the way of jobs. The order waits for them. It has no task; the table wants one here.
UPDATE jobs SET state = 'generating', task_id = '', parts = :parts, submitted_at = :now, generating_at = :now, due_at = :due_at
WHERE id = :id AND state = 'queued' AND held_at IS NULL AND part_of IS NULL AND /* owned jobs */ TRUE
RETURNING *;

-- name: add_part
-- The order keeps the money, so a part sets nothing aside. Its day is that of the order.
INSERT INTO jobs (id, origin, chat_id, thread_id, reply_to, language, asked_by, request, state, created_at, ordered_at, due_at,
    parent_id, parent_position, price, part_of, part)
SELECT :id, 'part:' || id || ':' || :part, chat_id, thread_id, reply_to, language, asked_by, :request, 'queued', created_at,
    :now, :now, parent_id, parent_position, price, id, :part
FROM jobs WHERE id = :order_id;

-- name: parts_of
SELECT * FROM jobs WHERE part_of = :order_id ORDER BY part;

-- name: order_to_gather
-- PostgreSQL, which has several writers at a time, locks the rows: no part may end or start between this and the outcome.
-- The order goes first, so that no two transactions wait for each other.
SELECT * FROM jobs WHERE id = :id /* FOR UPDATE */;

-- name: parts_to_gather
SELECT * FROM jobs WHERE part_of = :order_id ORDER BY part /* FOR UPDATE */;

-- name: orders_to_gather
-- Without its name, SQLite would not use the index of these orders, and read all jobs that are due.
SELECT * FROM jobs INDEXED BY jobs_gathering
WHERE state = 'generating' AND parts > 0 AND due_at <= :now AND /* owned jobs */ TRUE ORDER BY due_at LIMIT :limit;

-- name: wake_order
UPDATE jobs SET due_at = :now WHERE id = :id AND state = 'generating' AND parts > 0;

-- name: gather_later
UPDATE jobs SET due_at = :due_at, answered_at = :now, progress = CASE WHEN progress > :progress THEN progress ELSE :progress END
WHERE id = :id AND state = 'generating' AND parts > 0;

-- name: gather_order
-- The outcome of an order from its parts: `spent` is paid, and late parts take their share along.
UPDATE jobs SET state = 'settled', failure = :failure, result_urls = :result_urls, late = :late,
    settled_at = :now, due_at = :now, attempts = 0, arrival_id = NULL, arrival_tries = 0, reserved = 0,
    spent = :spent, person_extra = :person_extra, chat_extra = :chat_extra
WHERE id = :id AND state = 'generating' AND parts > 0
RETURNING id;

-- name: end_part
-- A part whose outcome is in its order.
UPDATE jobs SET state = 'delivered', delivered_at = :now WHERE id = :id AND state = 'settled';

-- name: make_part_late
-- From here on, the part is an order of its own, with the credits that its order had set aside for it.
UPDATE jobs SET late = 1, reserved = :reserved, person_extra = :person_extra, chat_extra = :chat_extra
WHERE id = :id AND state IN ('queued', 'submitting', 'uncertain', 'generating');

-- name: drop_parts
-- No part was taken yet, so the order waits as a whole again.
DELETE FROM jobs WHERE part_of = :order_id AND NOT EXISTS (
    SELECT 1 FROM jobs AS other WHERE other.part_of = :order_id AND (other.state != 'queued' OR other.late > 0))
RETURNING id;

-- name: unsplit_order
UPDATE jobs SET state = 'queued', task_id = NULL, parts = 0, due_at = :due_at, generating_at = NULL, overdue_at = NULL,
    overdue_told_at = NULL, hindrance = COALESCE(:hindrance, hindrance)
WHERE id = :id AND state = 'generating' AND parts > 0;
