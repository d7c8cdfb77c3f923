-- name: lock_processes
-- Two processes with different settings that come at once see each other.
SELECT pg_advisory_xact_lock(8031470001);

-- name: forget_processes
DELETE FROM processes WHERE seen_at < now_ms() - 600000;

-- name: working_processes
SELECT settings FROM processes WHERE owner != :owner AND waiting = 0 AND seen_at > now_ms() - :lease_ms;

-- name: enter_process
INSERT INTO processes (owner, name, settings, started_at, seen_at, waiting)
VALUES (:owner, :name, :settings, now_ms(), now_ms(), :waiting)
ON CONFLICT (owner) DO UPDATE SET seen_at = excluded.seen_at, waiting = excluded.waiting;

-- name: renew_leases
-- A process that was silent for too long has to enter anew, as others with different settings may work by now. `leaving`
-- is a list of shards with a comma before and after each.
WITH own AS (
    UPDATE processes SET seen_at = now_ms()
    WHERE owner = :owner AND waiting = 0 AND seen_at > now_ms() - :lease_ms RETURNING owner
), renewed AS (
    UPDATE shard_leases SET expires_at = now_ms() + :lease_ms,
        leaving = CASE WHEN :leaving LIKE '%,' || shard || ',%' THEN 1 ELSE 0 END
    WHERE owner = :owner AND expires_at > now_ms() AND EXISTS (SELECT 1 FROM own) RETURNING shard, epoch
)
SELECT (SELECT count(*) FROM own) AS is_live,
    (SELECT count(*) FROM processes WHERE owner != :owner AND waiting = 0 AND seen_at > now_ms() - :lease_ms) AS others,
    (SELECT count(*) FROM shard_leases WHERE expires_at <= now_ms()) AS free,
    (SELECT string_agg(shard || ':' || epoch, ',') FROM renewed) AS leases,
    now_ms() AS now;

-- name: claim_shards
-- Two processes that claim at once take different shards.
UPDATE shard_leases SET owner = :owner, epoch = epoch + 1, expires_at = now_ms() + :lease_ms, leaving = 0
WHERE shard IN (
    SELECT shard FROM shard_leases WHERE expires_at <= now_ms() ORDER BY shard LIMIT :limit FOR UPDATE SKIP LOCKED)
RETURNING shard, epoch;

-- name: release_shards
UPDATE shard_leases SET owner = NULL, expires_at = 0, leaving = 0
WHERE owner = :owner AND :shards LIKE '%,' || shard || ',%'
RETURNING shard;

-- name: release_all_shards
UPDATE shard_leases SET owner = NULL, expires_at = 0, leaving = 0 WHERE owner = :owner RETURNING shard;

-- name: leave_processes
DELETE FROM processes WHERE owner = :owner;

-- name: notify_processes
-- Never within a transaction that others wait for: at its commit, it would take a lock over the whole database.
SELECT pg_notify('imagine_bot', :payload);

-- name: all_processes
SELECT processes.*, now_ms() AS now, (
    SELECT string_agg(shard::text, ',' ORDER BY shard) FROM shard_leases
    WHERE shard_leases.owner = processes.owner AND expires_at > now_ms()) AS shards
FROM processes ORDER BY started_at, owner;
