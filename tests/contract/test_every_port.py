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
from core.ports.files import ImageProcessor, Openings, PictureStore
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
from storage.access import SqlAccess
from storage.albums import SqlAlbums
from storage.awaited_messages import SqlAwaitedMessages
from storage.blob_store import FileBlobStore
from storage.broadcasts import SqlBroadcasts
from storage.chats import SqlChats
from storage.drafts import SqlDrafts
from storage.groups import SqlGroups
from storage.inbox import SqlInbox
from storage.jobs import SqlJobs
from storage.key_value import SqlNotes
from storage.leases import PostgresLeases
from storage.ledger import SqlLedger
from storage.names import SqlNames
from storage.object_store import ObjectBlobStore
from storage.openings import SqlOpenings
from storage.paces import PostgresCallCounter
from storage.parts import SqlParts
from storage.preferences import SqlPreferences
from storage.questions import SqlQuestions
from storage.results import SqlResults
from storage.statistics import SqlAccounts
from storage.uploads import SqlUploads
from tests.unit.catalog import ROOT


class Entry(NamedTuple):
    """A port with an adapter that production uses, and the files of its suite below `tests/`."""

    port: type
    adapter: type
    suite: tuple[str, ...]


REPOSITORIES = ("contract/test_repositories.py",)
PORTS = (
    Entry(Clock, SystemClock, ("contract/test_clock.py", "unit/test_jumping_clock.py")),
    Entry(Openings, SqlOpenings, ("unit/test_openings.py",)),
    Entry(ImageProcessor, PillowImageProcessor, ("unit/test_image_processor.py", "unit/test_masks.py")),
    Entry(PictureStore, FileBlobStore, ("contract/test_picture_stores.py", "unit/test_blob_store.py")),
    Entry(PictureStore, ObjectBlobStore, ("contract/test_picture_stores.py", "promises/test_object_store_trouble.py")),
    Entry(ImageApi, HttpImageApi, ("contract/test_image_api.py", "contract/test_image_api_trouble.py")),
    Entry(Catalog, HttpImageApi, ("contract/test_catalog.py",)),
    Entry(ApiAccounts, ImageApiAccounts, ("contract/test_accounts.py",)),
    Entry(Notifications, WebhookReader, ("e2e/test_task_notifications.py", "unit/test_wire_notifications.py")),
    Entry(Jobs, SqlJobs, ("unit/test_job_states.py", "unit/test_job_deadlines.py", "unit/test_wake_ups.py")),
    Entry(Parts, SqlParts, ("unit/test_parts.py",)),
    Entry(AccessBook, SqlAccess, ("unit/test_access.py",)),
    Entry(Accounts, SqlAccounts, ("unit/test_statistics.py",)),
    Entry(Broadcasts, SqlBroadcasts, ("unit/test_broadcast.py",)),
    Entry(BroadcastSender, TelegramBroadcastSender, ("e2e/test_broadcasts.py",)),
    Entry(Names, SqlNames, ("unit/test_names.py", "e2e/test_operator_names.py")),
    Entry(Notes, SqlNotes, REPOSITORIES),
    Entry(AwaitedMessages, SqlAwaitedMessages, REPOSITORIES),
    Entry(Results, SqlResults, REPOSITORIES),
    Entry(Drafts, SqlDrafts, REPOSITORIES),
    Entry(PreferencesStore, SqlPreferences, REPOSITORIES),
    Entry(Groups, SqlGroups, REPOSITORIES),
    Entry(Questions, SqlQuestions, ("unit/test_questions.py",)),
    Entry(Albums, SqlAlbums, REPOSITORIES),
    Entry(Ledger, SqlLedger, ("unit/test_ledger.py", "unit/test_ledger_story.py")),
    Entry(Inbox, SqlInbox, REPOSITORIES),
    Entry(Uploads, SqlUploads, REPOSITORIES),
    Entry(Chats, SqlChats, (*REPOSITORIES, "unit/test_moved_chats.py")),
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


@pytest.mark.parametrize("entry", PORTS, ids=lambda entry: entry.adapter.__name__)
def test_an_adapter_inherits_its_port(entry: Entry) -> None:
    """It has every method of the port, and each is marked as an override."""
    assert entry.port in entry.adapter.__mro__
    assert not inspect.isabstract(entry.adapter)
    methods = {name for name, _ in inspect.getmembers(entry.port, inspect.isfunction) if not name.startswith("_")}
    assert methods
    assert {name for name in methods if not getattr(getattr(entry.adapter, name), "__override__", False)} == set()


@pytest.mark.parametrize("entry", PORTS, ids=lambda entry: entry.adapter.__name__)
def test_every_suite_is_there(entry: Entry) -> None:
    """The files exist."""
    assert all(Path(ROOT, "tests", file).is_file() for file in entry.suite)
