-- name: jobs_by_day
-- This and the next two count the jobs that were ordered in a span of time, by the covering index `jobs_by_day`.
-- Days count from 1970; a day without jobs has no row. A price without a yes isn't a failure.
SELECT created_at / 86400000 AS day, count(*) AS jobs, count(nullif(failure, 'unconfirmed')) AS failures, sum(spent) AS credits
FROM jobs WHERE created_at >= :since AND created_at < :until GROUP BY created_at / 86400000;

-- name: jobs_by_chat
-- The plus keeps SQLite from reading all jobs ever made, chat by chat.
SELECT chat_id, count(*) AS jobs, sum(spent) AS credits FROM jobs WHERE created_at >= :since AND created_at < :until
GROUP BY +chat_id;

-- name: requesters
SELECT DISTINCT +asked_by AS requester_id FROM jobs WHERE created_at >= :since AND created_at < :until;

-- name: oldest_open_job
-- The counts of open jobs may still change. The plus keeps SQLite from reading all days up to that job.
SELECT min(+created_at) AS created_at FROM jobs WHERE delivered_at IS NULL;
