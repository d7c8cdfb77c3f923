-- Any number of equal processes. Each works for the chats of the shards whose leases it has; see core/services/leases.py.
-- Only this server's clock counts, in milliseconds since 1970.
CREATE FUNCTION now_ms() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
    RETURN floor(extract(epoch FROM statement_timestamp()) * 1000)::bigint;

-- The same as the columns `shard`, and as core.models.shards.shard_of. `#` is the exclusive or.
CREATE FUNCTION shard_of(chat_id bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (chat_id # (chat_id >> 6) # (chat_id >> 12) # (chat_id >> 18) # (chat_id >> 24) # (chat_id >> 30)) & 63;

-- A process that isn't heard of for the time of a lease is dead to the others. `settings` are fingerprints by names.
CREATE TABLE processes (
    owner text PRIMARY KEY,
    name text NOT NULL,
    settings text NOT NULL,
    started_at bigint NOT NULL,
    seen_at bigint NOT NULL,
    waiting bigint NOT NULL
);

-- One row for each shard from the beginning. A row without an owner, or with one whose time is over, may be taken.
CREATE TABLE shard_leases (
    shard bigint PRIMARY KEY,
    owner text,
    epoch bigint NOT NULL DEFAULT 0,
    expires_at bigint NOT NULL DEFAULT 0,
    leaving bigint NOT NULL DEFAULT 0
);
INSERT INTO shard_leases (shard) SELECT generate_series(0, 63);

-- The shards in which the process of a connection may claim work. Tools and tests that name no process claim everywhere.
CREATE VIEW owned_shards AS SELECT shard FROM shard_leases
WHERE coalesce(current_setting('imagine_bot.owner', true), '') = ''
    OR (owner = current_setting('imagine_bot.owner', true) AND expires_at > now_ms() AND leaving = 0);

-- Whose process opened a picture: if it dies, that counts against the picture.
ALTER TABLE openings ADD COLUMN owner text DEFAULT coalesce(current_setting('imagine_bot.owner', true), '');

-- The calls with each key of the image API within the last seconds, of all processes, by the times that count for them.
CREATE TABLE paces (
    name text PRIMARY KEY,
    used bigint[] NOT NULL DEFAULT '{}'
);
