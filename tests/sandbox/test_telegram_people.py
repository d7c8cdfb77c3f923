"""The users' side over HTTP, as the chat page uses it."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from sandbox.serve import Sandbox
from sandbox.telegram.world import World
from tests.sandbox.telegram_kit import ADA, BEN, GROUP, Client, button, picture


class Page:
    """The requests of the chat page, without a browser."""

    def __init__(self, api: Client) -> None:
        self.session, self.url = api.session, api.url

    async def get(self, path: str, status: int = 200) -> Any:
        """GET JSON."""
        async with self.session.get(self.url + path) as answer:
            assert answer.status == status
            return await answer.json()

    async def send(self, status: int = 200, files: tuple[tuple[str, bytes], ...] = (), **fields: Any) -> Any:
        """Post the form of the composer."""
        form = aiohttp.FormData({key: str(value) for key, value in fields.items()}, quote_fields=False)
        for name, data in files:
            form.add_field("file", data, filename=name)
        async with self.session.post(f"{self.url}/chat/send", data=form) as answer:
            assert answer.status == status
            return await answer.json()

    async def press(self, status: int = 200, **body: Any) -> Any:
        """Press a button."""
        async with self.session.post(f"{self.url}/chat/press", json=body) as answer:
            assert answer.status == status
            return await answer.json()


@pytest.fixture
def page(api: Client) -> Page:
    """Return the page's requests."""
    return Page(api)


async def test_the_world_at_the_start(page: Page) -> None:
    """Initially Ada and Ben have a private chat each, and share a group with the bot."""
    state = await page.get("/chat/state")
    assert state["bot"]["username"] == "imagine_sandbox_bot"
    assert [person["first_name"] for person in state["people"]] == ["Ada", "Ben"]
    assert {chat["id"]: chat["members"] for chat in state["chats"]} == {
        ADA: [ADA, 424242],
        BEN: [BEN, 424242],
        GROUP: [ADA, BEN, 424242],
    }


async def test_the_page_is_served(page: Page) -> None:
    """The sandbox serves the chat page and its files."""
    for path, kind in (("/", "html"), ("/page/app.js", "javascript")):
        async with page.session.get(page.url + path) as answer:
            assert answer.status == 200
            assert kind in answer.content_type
    async with page.session.get(f"{page.url}/page/..%2fserve.py") as answer:
        assert answer.status in {403, 404}


async def test_words_and_pictures_arrive(page: Page, api: Client) -> None:
    """A text, a photo, a document and an album reach the bot, and the page shows them."""
    await page.send(chat_id=ADA, person_id=ADA, text="/imagine a fox")
    await page.send(chat_id=ADA, person_id=ADA, text="blue", files=(("a.png", picture()),))
    await page.send(chat_id=ADA, person_id=ADA, as_document="1", files=(("a.png", picture()),))
    await page.send(chat_id=ADA, person_id=ADA, files=(("notes.txt", b"words"),))
    album = await page.send(chat_id=ADA, person_id=ADA, text="two", files=(("a.jpg", picture()), ("b.png", picture())))
    assert len({message["media_group_id"] for message in album["messages"]}) == 1
    messages = [update["message"] for update in await api("getUpdates")]
    kinds = [next(kind for kind in ("text", "photo", "document") if kind in message) for message in messages]
    assert kinds == ["text", "photo", "document", "document", "photo", "photo"]
    assert messages[0]["entities"] == [{"type": "bot_command", "offset": 0, "length": 8}]
    assert [message.get("caption") for message in messages] == [None, "blue", None, None, "two", None]
    assert (await page.get(f"/chat/messages?chat_id={ADA}"))["messages"] == messages


async def test_what_cannot_be_read_is_sent_as_a_file(page: Page) -> None:
    """A broken picture is sent as a document, as Telegram's apps do."""
    sent = await page.send(chat_id=ADA, person_id=ADA, files=(("broken.png", picture()[:50]),))
    assert sent["messages"][0]["document"]["file_name"] == "broken.png"
    assert "thumbnail" not in sent["messages"][0]["document"]


async def test_stickers_of_every_kind(api: Client, world: World) -> None:
    """A static sticker has its size, and animated and video stickers are marked."""
    await world.say_sticker(ADA, ADA, picture(512, 300, "WEBP"))
    await world.say_sticker(ADA, ADA, b"moving", animated=True)
    await world.say_sticker(ADA, ADA, b"moving", video=True)
    stickers = [update["message"]["sticker"] for update in await api("getUpdates")]
    assert (stickers[0]["width"], stickers[0]["height"]) == (512, 300)
    assert [(sticker["is_animated"], sticker["is_video"]) for sticker in stickers] == [
        (False, False),
        (True, False),
        (False, True),
    ]
    assert (await api("getFile", file_id=stickers[0]["file_id"]))["file_path"].endswith(".webp")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"chat_id": GROUP, "person_id": ADA}, "a message needs words or a file"),
        ({"chat_id": "x", "person_id": ADA, "text": "x"}, "chat_id must be a number"),
        ({"chat_id": ADA, "person_id": BEN, "text": "x"}, "there is no such chat with this person in it"),
        ({"chat_id": ADA, "person_id": ADA, "text": "x", "reply_to": 9}, "there is no such message"),
        ({"chat_id": ADA, "person_id": ADA, "text": "x", "thread_id": 9}, "there is no such topic in this chat"),
    ],
)
async def test_mistakes_are_told_in_words(page: Page, fields: dict[str, Any], words: str) -> None:
    """An invalid request gets a 400 with the reason."""
    assert await page.send(400, **fields) == {"error": words}


async def test_eleven_files_and_long_captions_are_too_much(page: Page) -> None:
    """An album has at most ten files, and a caption at most 1024 characters."""
    files = (("a.txt", b"x"),) * 11
    assert (await page.send(400, files, chat_id=ADA, person_id=ADA))["error"] == "an album has at most 10 files"
    refused = await page.send(400, files[:1], chat_id=ADA, person_id=ADA, text="x" * 1025)
    assert refused["error"] == "a caption has at most 1024 characters"


async def test_files_come_back_safely(page: Page) -> None:
    """A file is served as a download with its type and name, in a sandboxed context."""
    sent = await page.send(chat_id=ADA, person_id=ADA, files=(("fox.html", b"<script>alert(1)</script>"),))
    address = f"{page.url}/chat/file/{sent['messages'][0]['document']['file_id']}"
    async with page.session.get(address, params={"name": "лиса.html"}) as answer:
        assert await answer.read() == b"<script>alert(1)</script>"
        assert answer.content_type == "text/html"
        assert answer.headers["Content-Security-Policy"] == "sandbox"
        assert answer.content_disposition is not None
        assert answer.content_disposition.filename == "лиса.html"
    assert await page.get("/chat/file/nothing", 404) == {"error": "there is no such file"}
    assert await page.get("/chat/messages?chat_id=5", 404) == {"error": "there is no such chat"}


async def test_the_page_sees_everything_happen(page: Page, api: Client, world: World) -> None:
    """Messages, edits, reactions, actions and deletions are numbered events; `since` replays missed ones."""
    seq = world.events.seq
    sent = await api("sendMessage", chat_id=ADA, text="queued")
    target = {"chat_id": ADA, "message_id": sent["message_id"]}
    async with page.session.get(f"{page.url}/chat/events?since={seq}") as stream:
        assert stream.content_type == "text/event-stream"
        await api("sendChatAction", chat_id=ADA, action="upload_photo")
        await api("editMessageText", text="drawing", **target)
        await api("setMessageReaction", reaction=[{"type": "emoji", "emoji": "🔥"}], **target)
        await api("deleteMessage", **target)
        events: list[dict[str, Any]] = []
        async for line in stream.content:
            if line.startswith(b"data: "):
                events.append(json.loads(line.removeprefix(b"data: ")))
            if len(events) == 5:
                break
    assert [event["type"] for event in events] == ["message", "action", "edit", "reaction", "delete"]
    assert [event["seq"] for event in events] == list(range(seq + 1, seq + 6))
    assert events[2]["message"]["text"] == "drawing"
    assert events[3]["reactions"] == ["🔥"]


async def test_stopping_ends_the_stream(page: Page, sandbox: Sandbox) -> None:
    """An open event stream doesn't keep the sandbox from stopping."""
    async with page.session.get(f"{page.url}/chat/events") as stream:
        await sandbox.stop()
        assert await stream.content.read() == b""


async def test_a_press_brings_the_answer_back(page: Page, api: Client) -> None:
    """The page gets the bot's answer to a press."""
    sent = await api("sendMessage", chat_id=ADA, text="x", reply_markup=button("a"))
    who = {"chat_id": ADA, "message_id": sent["message_id"], "person_id": ADA}
    pressing = asyncio.create_task(page.press(data="a", **who))
    (update,) = await api("getUpdates", timeout=10)
    await api("answerCallbackQuery", callback_query_id=update["callback_query"]["id"], text="Done")
    assert await pressing == {"text": "Done", "show_alert": False}
    assert await page.press(400, data="b", **who) == {"error": "this message has no such button"}


async def test_a_forced_reply_is_for_people_only(page: Page, api: Client) -> None:
    """force_reply is visible to users, but not in the bot's own Message."""
    sent = await api("sendMessage", chat_id=ADA, text="What shall it be?", reply_markup={"force_reply": True})
    assert "reply_markup" not in sent
    (shown,) = (await page.get(f"/chat/messages?chat_id={ADA}"))["messages"]
    assert shown["reply_markup"] == {"force_reply": True}
