"""Every port has adapters that inherit it, and a suite that its adapters pass."""

import importlib
import inspect
from pathlib import Path
from typing import NamedTuple

import pytest

from bot.clock import SystemClock
from bot.image_api.accounts import ImageApiAccounts
from bot.image_api.client import HttpImageApi
from bot.image_api.notifications import WebhookReader
from bot.imaging.processor import PillowImageProcessor
from bot.telegram.broadcast_sender import TelegramBroadcastSender
from bot.telegram.messenger import TelegramMessenger
from bot.telegram.update_source import TelegramUpdates
from core.ports.clock import Clock
from core.ports.files import BlobStore, ImageProcessor, Openings
from core.ports.image_api import ApiAccounts, Catalog, ImageApi, Notifications
from core.ports.jobs import Jobs
from core.ports.leases import Leases
from core.ports.operators import AccessBook, Accounts, Broadcasts, BroadcastSender, Names
from core.ports.pace import CallCounter, Pace
from core.ports.parts import Parts
from core.ports.repositories import (
    Albums,
    AwaitedMessages,
    Chats,
    Drafts,
    Groups,
    Inbox,
    Ledger,
    Notes,
    PreferencesStore,
    Questions,
    Results,
    Uploads,
)
from core.ports.telegram import Messenger, UpdateSource
from core.runtime.rate_limiter import SlidingWindowLimiter
from storage.access import SqliteAccess
from storage.albums import SqliteAlbums
from storage.awaited_messages import SqliteAwaitedMessages
from storage.blob_store import FileBlobStore
from storage.broadcasts import SqliteBroadcasts
from storage.chats import SqliteChats
from storage.drafts import SqliteDrafts
from storage.groups import SqliteGroups
from storage.inbox import SqliteInbox
from storage.jobs import SqliteJobs
from storage.key_value import SqliteNotes
from storage.leases import PostgresLeases
from storage.ledger import SqliteLedger
from storage.names import SqliteNames
from storage.openings import SqliteOpenings
from storage.paces import PostgresCallCounter
from storage.parts import SqliteParts
from storage.preferences import SqlitePreferences
from storage.questions import SqliteQuestions
from storage.results import SqliteResults
from storage.statistics import SqliteAccounts
from storage.uploads import SqliteUploads
from tests.unit.catalog import ROOT


class Entry(NamedTuple):
    """A port with the adapter that production uses, and the files of its suite below `tests/`."""

    port: type
    adapter: type
    suite: tuple[str, ...]


REPOSITORIES = ("contract/test_repositories.py",)
PORTS = (
    Entry(Clock, SystemClock, ("contract/test_clock.py", "unit/test_jumping_clock.py")),
    Entry(Openings, SqliteOpenings, ("unit/test_openings.py",)),
    Entry(ImageProcessor, PillowImageProcessor, ("unit/test_image_processor.py", "unit/test_masks.py")),
    Entry(BlobStore, FileBlobStore, ("unit/test_blob_store.py",)),
    Entry(ImageApi, HttpImageApi, ("contract/test_image_api.py", "contract/test_image_api_trouble.py")),
    Entry(Catalog, HttpImageApi, ("contract/test_catalog.py",)),
    Entry(ApiAccounts, ImageApiAccounts, ("contract/test_accounts.py",)),
    Entry(Notifications, WebhookReader, ("e2e/test_task_notifications.py", "unit/test_wire_notifications.py")),
    Entry(Jobs, SqliteJobs, ("unit/test_job_states.py", "unit/test_job_deadlines.py", "unit/test_wake_ups.py")),
    Entry(Parts, SqliteParts, ("unit/test_parts.py",)),
    Entry(AccessBook, SqliteAccess, ("unit/test_access.py",)),
    Entry(Accounts, SqliteAccounts, ("unit/test_statistics.py",)),
    Entry(Broadcasts, SqliteBroadcasts, ("unit/test_broadcast.py",)),
    Entry(BroadcastSender, TelegramBroadcastSender, ("e2e/test_broadcasts.py",)),
    Entry(Names, SqliteNames, ("unit/test_names.py", "e2e/test_operator_names.py")),
    Entry(Notes, SqliteNotes, REPOSITORIES),
    Entry(AwaitedMessages, SqliteAwaitedMessages, REPOSITORIES),
    Entry(Results, SqliteResults, REPOSITORIES),
    Entry(Drafts, SqliteDrafts, REPOSITORIES),
    Entry(PreferencesStore, SqlitePreferences, REPOSITORIES),
    Entry(Groups, SqliteGroups, REPOSITORIES),
    Entry(Questions, SqliteQuestions, ("unit/test_questions.py",)),
    Entry(Albums, SqliteAlbums, REPOSITORIES),
    Entry(Ledger, SqliteLedger, ("unit/test_ledger.py", "unit/test_ledger_story.py")),
    Entry(Inbox, SqliteInbox, REPOSITORIES),
    Entry(Uploads, SqliteUploads, REPOSITORIES),
    Entry(Chats, SqliteChats, (*REPOSITORIES, "unit/test_moved_chats.py")),
    Entry(Messenger, TelegramMessenger, ("e2e/test_telegram_refuses.py", "e2e/test_telegram_ways_out.py")),
    Entry(Leases, PostgresLeases, ("contract/test_leases.py", "unit/test_lease_keeper.py")),
    Entry(Pace, SlidingWindowLimiter, ("unit/test_sliding_window.py",)),
    Entry(CallCounter, PostgresCallCounter, ("contract/test_call_counter.py",)),
    Entry(UpdateSource, TelegramUpdates, ("unit/test_telegram_answers.py",)),
)


def _ports() -> set[type]:
    """Every protocol of core/ports that no other one includes."""
    names = [f"core.ports.{file.stem}" for file in Path(ROOT, "core", "ports").glob("[a-z]*.py")]
    found = {
        part
        for name in names
        for _, part in inspect.getmembers(importlib.import_module(name), inspect.isclass)
        if part.__module__ == name
    }
    return {part for part in found if not any(part is not other and part in other.__mro__ for other in found)}


def test_every_port_is_listed() -> None:
    """A new port needs an entry, and so an adapter and a suite."""
    assert {entry.port for entry in PORTS} == _ports()


@pytest.mark.parametrize("entry", PORTS, ids=lambda entry: entry.port.__name__)
def test_an_adapter_inherits_its_port(entry: Entry) -> None:
    """It has every method of the port, and each is marked as an override."""
    assert entry.port in entry.adapter.__mro__
    assert not inspect.isabstract(entry.adapter)
    methods = {name for name, _ in inspect.getmembers(entry.port, inspect.isfunction) if not name.startswith("_")}
    assert methods
    assert {name for name in methods if not getattr(getattr(entry.adapter, name), "__override__", False)} == set()


@pytest.mark.parametrize("entry", PORTS, ids=lambda entry: entry.port.__name__)
def test_every_suite_is_there(entry: Entry) -> None:
    """The files exist."""
    assert all(Path(ROOT, "tests", file).is_file() for file in entry.suite)
