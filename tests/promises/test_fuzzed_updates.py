"""Whatever the Telegram webhook receives, the process goes on, and no update blocks the next ones."""

import asyncio
import copy
import json
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
from hypothesis import example, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from sandbox.serve import Sandbox
from tests.e2e.kit import ADA, FAST, GROUP, NAME, UNLIMITED, Mode, Studio, until, words_of

SECRET = "the-webhook-secret"
PERSON = {"id": ADA, "is_bot": False, "first_name": "Ada", "language_code": "en"}
PRIVATE = {"id": ADA, "type": "private", "first_name": "Ada"}
PUBLIC = {"id": GROUP, "type": "supergroup", "title": "Studio friends"}
PHOTO = [{"file_id": "A", "file_unique_id": "a", "width": 90, "height": 60, "file_size": 900}]


def _message(chat: dict[str, Any], **content: Any) -> dict[str, Any]:
    return {"message_id": 5000, "date": 1_700_000_000, "chat": chat, "from": PERSON, **content}


def _command(words: str, chat: dict[str, Any]) -> dict[str, Any]:
    entities = [{"type": "bot_command", "offset": 0, "length": len(words.split(maxsplit=1)[0])}]
    return {"message": _message(chat, text=words, entities=entities)}


UPDATES: list[dict[str, Any]] = [
    {"message": _message(PRIVATE, text="a red fox")},
    _command("/imagine a red fox --size 3:2 --n 2", PUBLIC),
    _command("/start", PRIVATE),
    _command(f"/edit@{NAME} make it night", PUBLIC),
    {"message": _message(PRIVATE, photo=PHOTO, caption="make it night")},
    {"message": _message(PRIVATE, photo=PHOTO, media_group_id="7")},
    {"message": _message(PRIVATE, document={"file_id": "D", "file_unique_id": "d", "mime_type": "image/png"})},
    {"message": _message(PUBLIC, text="/edit it", reply_to_message=_message(PUBLIC, photo=PHOTO))},
    {"message": _message(PUBLIC, migrate_to_chat_id=-1_000_000_000_777)},
    {"callback_query": {"id": "1", "from": PERSON, "chat_instance": "1", "data": "example:1",
                        "message": _message(PRIVATE, text="hello")}},
    {"my_chat_member": {"chat": PUBLIC, "from": PERSON, "date": 1,
                        "old_chat_member": {"user": PERSON, "status": "member"},
                        "new_chat_member": {"user": PERSON, "status": "left"}}},
]  # fmt: skip

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
WORDS = st.text(max_size=200) | st.sampled_from(
    ["/", "/imagine", "/imagine --n", "—size 9:16 x", "@", "\ud83d", "x" * 5000]
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return every path into a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, part in inner for place in _places(part, (*path, key)))][1 if not path else 0 :]


@st.composite
def near_misses(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a valid update with a few invalid values or missing fields."""
    update: dict[str, Any] = copy.deepcopy(draw(st.sampled_from(UPDATES)))
    for _ in range(draw(st.integers(1, 3))):
        places = _places(update)
        if not places:
            break
        *way, last = draw(st.sampled_from(places))
        part: Any = update
        for key in way:
            part = part[key]
        if draw(st.integers(0, 3)) == 0:
            del part[last]
        else:
            part[last] = draw(WORDS if isinstance(part[last], str) else JSON)
    return update


async def _in_a_studio(play: Callable[[Studio], Awaitable[None]]) -> None:
    """Run `play` on a bot of its own for each example, without Telegram's limits, which only cost time here."""
    with tempfile.TemporaryDirectory() as directory, capture_logs() as logs:
        async with Sandbox(strict=True) as sandbox:
            sandbox.images.fast, sandbox.images.duration_s, sandbox.telegram.limits.enabled = True, 0.0, False
            studio = Studio(Path(directory), Mode.WEBHOOK, sandbox)
            studio.timing, studio.send_limits = replace(FAST, first_wait_ms=20, album_quiet_ms=10), UNLIMITED
            await studio.start(telegram_webhook_secret=SECRET)
            try:
                await play(studio)
                assert studio.supervisor
                assert not studio.supervisor.broken
            finally:
                await studio.close()
    assert not [line for line in logs if line["log_level"] == "critical"]
    assert not [line for line in logs if line["event"] in {"unexpected_error", "worker_fetch_failed"}]


async def _post(studio: Studio, body: bytes, secret: str = SECRET) -> int:
    headers = {"X-Telegram-Bot-Api-Secret-Token": secret, "Content-Type": "application/json"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{studio.url}/telegram", data=body, headers=headers) as answer,
    ):
        return answer.status


async def _all_is_well(studio: Studio) -> None:
    """Check that no update is pending, and that a private chat and a group are served normally."""
    await until(lambda: not studio.rows("inbox WHERE done_at IS NULL"))
    for chat in (ADA, GROUP):
        (asked,) = await studio.world.say(chat, ADA, "/imagine a hare")
        await studio.picture(asked)
    for chat in studio.world.chats:
        assert not [message for message in studio.from_bot(chat) if "Traceback" in words_of(message)]


@given(st.lists(near_misses(), min_size=1, max_size=6))
@example([{"message": _message(PRIVATE, photo=[], media_group_id="\ud83d")}])
@settings(max_examples=20, deadline=None)
def test_a_poisoned_update_blocks_nobody(updates: list[dict[str, Any]]) -> None:
    """Almost valid updates are accepted and handled, and never block the next update."""

    async def play(studio: Studio) -> None:
        for number, update in enumerate(updates, start=1):
            assert await _post(studio, json.dumps({"update_id": number, **update}).encode()) == 200
        await _all_is_well(studio)

    asyncio.run(_in_a_studio(play))


@given(st.lists(JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=60), min_size=10, max_size=20))
@settings(max_examples=3, deadline=None)
def test_what_is_no_update_is_refused(bodies: list[bytes]) -> None:
    """A body that isn't an update is answered with 400 and changes nothing."""

    async def play(studio: Studio) -> None:
        known = len(studio.rows("inbox"))
        for body in [*bodies, b"[" * 100_000, b'{"update_id": 1e400}', b'{"update_id": -1}', b'{"update_id": true}']:
            assert await _post(studio, body) == 400, body[:80]
            assert await _post(studio, body, "guessed") == 403
        assert len(studio.rows("inbox")) == known
        await _all_is_well(studio)

    asyncio.run(_in_a_studio(play))


@given(st.lists(st.tuples(st.integers(0, 4), WORDS), min_size=1, max_size=4), st.data())
@settings(max_examples=12, deadline=None)
def test_a_replayed_update_orders_once(said: list[tuple[int, str]], data: st.DataObject) -> None:
    """A message leads to at most one job, even if its update repeats in another order or under another ID."""

    async def play(studio: Studio) -> None:
        updates = []
        for number, (kind, words) in enumerate(said, start=1):
            update = copy.deepcopy(UPDATES[kind])
            message = update["message"]
            message["message_id"] = 5000 + number
            message["caption" if "photo" in message else "text"] = words
            updates.append({"update_id": number, **update})
        again = data.draw(st.lists(st.sampled_from(updates), max_size=6))
        anew = [update | {"update_id": 100 + place} for place, update in enumerate(again)]
        for update in [*updates, *again, *anew]:
            assert await _post(studio, json.dumps(update).encode()) == 200
        await until(lambda: not studio.rows("inbox WHERE done_at IS NULL"))
        orders = studio.rows("jobs")
        assert len({order["reply_to"] for order in orders}) == len(orders) <= len(said)
        await until(lambda: not studio.rows("jobs WHERE state != 'delivered'"))
        assert len(studio.images.generated) <= len(orders)
        await _all_is_well(studio)

    asyncio.run(_in_a_studio(play))
