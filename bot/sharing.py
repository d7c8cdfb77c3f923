"""The part of a process among several on one PostgreSQL database: its id, its leases, and its wake-ups."""

import hashlib
import os
import secrets
import socket
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack

from pydantic import SecretStr

from bot.clock import SystemClock
from bot.settings import Settings
from core.errors import StorageError
from core.models.shards import ALL_SHARDS
from core.ports.pace import CallCounter
from core.runtime.shards import OwnedShards
from core.runtime.wake_ups import WakeUps
from core.runtime.worker import TaskSupervisor
from core.services.leases import LeaseKeeper, TakeOver, margin_s
from storage.database import POSTGRESQL
from storage.leases import LEASES, PostgresLeases
from storage.paces import PostgresCallCounter
from storage.wake_channel import WakeChannel

_SAME = (
    *("telegram_bot_token", "telegram_api_url", "telegram_webhook_secret", "telegram_mode", "public_url"),
    *("image_api", "image_api_url", "upload_api_url", "image_api_key", "image_api_keys", "image_api_webhook_key"),
    *("image_api_calls_per_10s", "lease_s", "data_url"),
)
"""The settings that all processes must have alike. The others may differ for a while, as during a rolling restart."""


_AWAITED = "awaited"


def is_shared(settings: Settings) -> bool:
    """Return whether several processes may share the database."""
    return settings.database.startswith(POSTGRESQL)


class Sharing:
    """The part of this process among others. Without leases, it is the only one for ever."""

    def __init__(self, settings: Settings, clock: SystemClock) -> None:
        self._settings = settings
        self._clock = clock
        self.is_shared = is_shared(settings)
        self.owner = secrets.token_hex(8) if self.is_shared else ""
        """The id of this process, new with every start."""
        self.shards = OwnedShards(clock.steady_s, margin_s(settings.lease_s)) if self.is_shared else OwnedShards.all()
        self.wake_ups = WakeUps.shared(self.shards, self._tell) if self.is_shared else WakeUps()
        self.counter: CallCounter | None = None
        self._channel: WakeChannel | None = None
        self._leases: PostgresLeases | None = None
        self._keeper: LeaseKeeper | None = None
        self._recall: Callable[[frozenset[int]], None] = lambda _: None

    @property
    def is_waiting(self) -> bool:
        """Whether this process has to wait for others with different settings to end."""
        return self._keeper.is_waiting if self._keeper else self.is_shared

    def report(self) -> Mapping[str, object]:
        """Return what /readyz says about the shards; nothing if this process is the only one for ever."""
        return {"shards": sorted(self.shards.owned)} if self.is_shared else {}

    async def probe(self) -> None:
        """Raise StorageError as long as this process has to wait for others with different settings."""
        if self.is_waiting:
            raise StorageError("processes with other settings work")

    async def open(self, stack: AsyncExitStack) -> None:
        """Open connections for the leases and the wake-ups, so that no other work delays them. Raises StorageError."""
        if not self.is_shared:
            return
        from storage.postgresql import PostgresDatabase, open_line  # noqa: PLC0415 - only here its driver is needed

        url = self._settings.database
        database = await PostgresDatabase.open(url, connections=2)
        stack.push_async_callback(database.close)
        self.counter = PostgresCallCounter(database)
        self._leases = PostgresLeases(database, self.owner, _name(), fingerprints(self._settings))
        self._channel = WakeChannel(lambda heard: open_line(url, heard), self._heard)

    async def take_part(
        self, take_over: TakeOver, recall: TakeOver, supervisor: TaskSupervisor, stack: AsyncExitStack
    ) -> None:
        """Begin to work: own all shards for ever, or take shards once no process with other settings works.

        `recall` is called with own shards in whose chats another process has sent a message.
        """
        if self._leases is None or self._channel is None:
            await take_over(ALL_SHARDS)
            return
        clock = self._clock
        self._keeper = keeper = LeaseKeeper(
            self._leases, self._settings.lease_s, take_over, self.shards, clock.steady_s, clock.follow
        )
        stack.push_async_callback(keeper.depart)
        keeping = supervisor.child()
        stack.push_async_callback(keeping.stop, 0.0)
        self._recall = lambda shards: keeping.spawn("awaited_recall", recall(shards))
        keeping.start_daemon("wake_channel", self._channel.run())
        await keeper.join()
        keeping.start_daemon("lease_keeper", keeper.run())

    def tell_awaited(self, shard: int) -> None:
        """Tell the owner of a shard that this process sent a message there."""
        self._tell(_AWAITED, shard)

    def _tell(self, name: str, shard: int) -> None:
        if self._channel:
            self._channel.tell(name, shard)

    def _heard(self, name: str, shards: frozenset[int]) -> None:
        """Hear of work, or with an empty name that something may have been missed."""
        own = shards & self.shards.owned if name else self.shards.owned
        if name in {"", LEASES} and self._keeper:
            self._keeper.nudge()
        if name in {"", _AWAITED} and own:
            self._recall(own)
        if own and name not in {LEASES, _AWAITED}:
            self.wake_ups.set(name)


def fingerprints(settings: Settings) -> Mapping[str, str]:
    """Return a short digest of each setting that all processes must have alike, by its name in the environment."""
    return {name.upper(): hashlib.sha256(_plain(getattr(settings, name)).encode()).hexdigest()[:16] for name in _SAME}


def _plain(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return ",".join(map(_plain, value)) if isinstance(value, list) else str(value)


def _name() -> str:
    """Return how operators know this process: its host, which in a container is the container's id, and its number."""
    return f"{socket.gethostname()}:{os.getpid()}"
