-- name: person_account
-- Today's jobs of a person, and the extra credits that were left for today.
SELECT coalesce(sum(reserved), 0) AS reserved, coalesce(sum(spent), 0) AS spent,
    coalesce(sum(person_extra), 0) AS extra_used,
    (SELECT coalesce(sum(credits), 0) FROM grants WHERE scope_id = :scope_id)
        - (SELECT coalesce(sum(person_extra), 0) FROM jobs
            WHERE asked_by = :scope_id AND person_extra > 0 AND created_at < :day) AS extra
FROM jobs WHERE asked_by = :scope_id AND created_at >= :day;

-- name: chat_account
SELECT coalesce(sum(reserved), 0) AS reserved, coalesce(sum(spent), 0) AS spent,
    coalesce(sum(chat_extra), 0) AS extra_used,
    (SELECT coalesce(sum(credits), 0) FROM grants WHERE scope_id = :scope_id)
        - (SELECT coalesce(sum(chat_extra), 0) FROM jobs
            WHERE chat_id = :scope_id AND chat_extra > 0 AND created_at < :day) AS extra
FROM jobs WHERE chat_id = :scope_id AND created_at >= :day;

-- name: names_account
-- Today's jobs in a group by names: channels and groups that someone speaks as. Nothing is granted to names.
SELECT coalesce(sum(reserved), 0) AS reserved, coalesce(sum(spent), 0) AS spent, 0 AS extra_used, 0 AS extra
FROM jobs WHERE chat_id = :scope_id AND created_at >= :day AND asked_by < 0;

-- name: bot_account
-- Today's jobs of all requesters. Nothing is granted to the bot itself.
SELECT coalesce(sum(reserved), 0) AS reserved, coalesce(sum(spent), 0) AS spent, 0 AS extra_used, 0 AS extra
FROM jobs WHERE created_at >= :day;

-- name: open_jobs_of
-- The open jobs of a person: without settled ones, which only have to be shown, overdue ones, and those that wait for a
-- yes to their price. All parts of an order are one.
SELECT count(*) AS jobs FROM jobs
WHERE asked_by = :requester_id AND state IN ('queued', 'submitting', 'uncertain', 'generating') AND overdue_at IS NULL
    AND held_at IS NULL AND part_of IS NULL;

-- name: held_jobs_of
SELECT count(*) AS jobs FROM jobs WHERE asked_by = :requester_id AND state = 'queued' AND held_at IS NOT NULL;

-- name: grant_by_idempotency_key
SELECT credits FROM grants WHERE origin = :idempotency_key;

-- name: add_grant
INSERT INTO grants (origin, scope_id, credits, granted_by, granted_at)
VALUES (:idempotency_key, :scope_id, :credits, :granted_by, :now);

-- name: fold_person_extras
-- Before jobs are pruned, the extra credits that they took are added to one row for each person. Without it, the
-- credits would come back with time.
INSERT INTO grants (origin, scope_id, credits, granted_at)
SELECT 'pruned ' || asked_by, asked_by, -sum(person_extra), :now FROM (
    SELECT asked_by, person_extra FROM jobs WHERE delivered_at < :before ORDER BY delivered_at, id LIMIT :limit) AS portion
WHERE person_extra > 0 GROUP BY asked_by
ON CONFLICT (origin) DO UPDATE SET credits = grants.credits + excluded.credits, granted_at = excluded.granted_at;

-- name: fold_chat_extras
INSERT INTO grants (origin, scope_id, credits, granted_at)
SELECT 'pruned ' || chat_id, chat_id, -sum(chat_extra), :now FROM (
    SELECT chat_id, chat_extra FROM jobs WHERE delivered_at < :before ORDER BY delivered_at, id LIMIT :limit) AS portion
WHERE chat_extra > 0 GROUP BY chat_id
ON CONFLICT (origin) DO UPDATE SET credits = grants.credits + excluded.credits, granted_at = excluded.granted_at;
