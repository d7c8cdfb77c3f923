"""Shards: every chat belongs to one of 64, and one process at a time works for the chats of a shard."""

SHARDS = 64
ALL_SHARDS = frozenset(range(SHARDS))
FIRST_SHARD = 0
"""The shard whose owner also does the work that concerns no single chat."""


def shard_of(chat_id: int) -> int:
    """Return the shard of a chat, from 0 to 63: the last six digits of its id to the base of 64, by exclusive or.

    PostgreSQL computes the same in the columns `shard`, so this never changes.
    """
    return (chat_id ^ chat_id >> 6 ^ chat_id >> 12 ^ chat_id >> 18 ^ chat_id >> 24 ^ chat_id >> 30) & (SHARDS - 1)
