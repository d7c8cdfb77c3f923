"""The shards: equal shares of the chats, each served by one process at a time."""

SHARDS = 64
"""The number of shards. Stored rows contain their shard, so it never changes."""


def shard_of(chat_id: int) -> int:
    """Return the shard of a chat, from 0 to 63.

    The schema for PostgreSQL computes the same, in the columns `shard`.
    """
    mixed = chat_id + (chat_id >> 6) + (chat_id >> 12) + (chat_id >> 18) + (chat_id >> 24) + (chat_id >> 30)
    return mixed & (SHARDS - 1)
