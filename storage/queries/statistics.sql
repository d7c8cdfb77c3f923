-- name: jobs_by_day
-- Days of UTC, counted from 1970; a day without jobs has no row. A price without a yes isn't a failure.
SELECT created_at / 86400000 AS day, count(*) AS jobs, count(nullif(failure, 'unconfirmed')) AS failures, sum(spent) AS credits
FROM jobs WHERE created_at >= :since GROUP BY created_at / 86400000;

-- name: busiest_chats
-- The plus keeps SQLite from reading all jobs ever made, chat by chat.
SELECT chat_id, count(*) AS jobs, sum(spent) AS credits FROM jobs WHERE created_at >= :since
GROUP BY +chat_id ORDER BY count(*) DESC, sum(spent) DESC, chat_id LIMIT :limit;

-- name: people_and_chats
SELECT count(DISTINCT asked_by) AS people, count(DISTINCT chat_id) AS chats FROM jobs WHERE created_at >= :since;
