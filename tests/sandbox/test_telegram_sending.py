"""The methods that send messages."""

import io
from typing import Any

import pytest
from PIL import Image

from sandbox.serve import Sandbox
from sandbox.telegram.world import World
from tests.sandbox.telegram_kit import ADA, BEN, GROUP, Client, RefusedError, button, picture


async def test_a_message_looks_like_telegrams(api: Client, world: World) -> None:
    """A sent message is returned as a Message, which users see, too."""
    sent = await api("sendMessage", chat_id=ADA, text="<b>Hello</b>", parse_mode="HTML", reply_markup=button("x"))
    assert sent["from"] == {
        "id": 424242,
        "is_bot": True,
        "first_name": "Imagine Bot",
        "username": "imagine_sandbox_bot",
    }
    assert sent["chat"] == {"id": ADA, "type": "private", "first_name": "Ada", "username": "ada"}
    assert sent["entities"] == [{"type": "bold", "offset": 0, "length": 5}]
    assert sent["reply_markup"] == button("x")
    assert world.messages(ADA) == [sent]


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"text": "x"}, "chat_id is empty"),
        ({"chat_id": 5, "text": "x"}, "chat not found"),
        ({"chat_id": "@nobody", "text": "x"}, "chat not found"),
        ({"chat_id": ADA}, "message text is empty"),
        ({"chat_id": ADA, "text": " \n "}, "message text is empty"),
        ({"chat_id": ADA, "text": "🦊" * 2049}, "message is too long"),
        ({"chat_id": ADA, "text": "\ud800"}, "strings must be encoded in UTF-8"),
        ({"chat_id": ADA, "text": "x", "parse_mode": "html5"}, "unsupported parse_mode"),
        ({"chat_id": ADA, "text": "x", "reply_markup": button("é" * 33)}, "BUTTON_DATA_INVALID"),
        ({"chat_id": ADA, "text": "x", "reply_parameters": {"message_id": 99}}, "message to be replied not found"),
        ({"chat_id": ADA, "text": "x", "message_thread_id": 1}, "message thread not found"),
        ({"chat_id": ADA, "text": "x", "reply_to": 1}, 'sendMessage has no parameter "reply_to"'),
        ({"chat_id": ADA, "text": "x", "message_thread_id": "one"}, 'can\'t parse parameter "message_thread_id"'),
        ({"chat_id": ADA, "text": "x", "reply_markup": {"buttons": []}}, "object expected as reply markup"),
    ],
)
async def test_what_makes_no_sense_is_refused(api: Client, world: World, params: dict[str, Any], words: str) -> None:
    """An invalid sendMessage gets a 400 with Telegram's message and sends nothing."""
    with pytest.raises(RefusedError) as refused:
        await api("sendMessage", **params)
    assert refused.value.status == refused.value.code == 400
    assert str(refused.value).startswith(f"Bad Request: {words}")
    assert world.messages(ADA) == []


async def test_the_longest_text_fits_without_its_markup(api: Client) -> None:
    """A text may have 4096 UTF-16 code units without its tags."""
    sent = await api("sendMessage", chat_id=ADA, text=f"<b>{'🦊' * 2048}</b>", parse_mode="HTML")
    assert sent["entities"][0]["length"] == 4096


async def test_replies_carry_what_they_answer(api: Client, world: World) -> None:
    """A reply contains the replied message, one level deep, and may be sent without it if that is allowed."""
    (asked,) = await world.say(ADA, ADA, "first")
    one = await api("sendMessage", chat_id=ADA, text="1", reply_parameters={"message_id": asked["message_id"]})
    two = await api("sendMessage", chat_id=ADA, text="2", reply_parameters={"message_id": one["message_id"]})
    assert one["reply_to_message"]["text"] == "first"
    assert "reply_to_message" not in two["reply_to_message"]
    gone = {"message_id": 99, "allow_sending_without_reply": True}
    assert "reply_to_message" not in await api("sendMessage", chat_id=ADA, text="3", reply_parameters=gone)


async def test_wrong_tokens_and_methods_are_told_apart(api: Client) -> None:
    """A wrong token gets a 401 and an unknown method a 404; method names are case-insensitive."""
    assert (await api("GETME"))["username"] == "imagine_sandbox_bot"
    with pytest.raises(RefusedError, match=r"^Not Found: method not found$"):
        await api("sendTelepathy")
    api.token = "1:wrong"
    with pytest.raises(RefusedError, match=r"^Unauthorized$"):
        await api("getMe")


async def test_a_photo_gets_its_sizes(api: Client, sandbox: Sandbox) -> None:
    """A photo is stored as JPEG in up to four sizes, each with its own file, never larger than the original."""
    sent = await api("sendPhoto", {"photo": ("fox.png", picture(1600, 800))}, chat_id=ADA, caption="Fox")
    assert [(size["width"], size["height"]) for size in sent["photo"]] == [
        (90, 45),
        (320, 160),
        (800, 400),
        (1280, 640),
    ]
    assert len({size["file_id"] for size in sent["photo"]} | {size["file_unique_id"] for size in sent["photo"]}) == 8
    largest = await api("getFile", file_id=sent["photo"][-1]["file_id"])
    async with api.session.get(f"{sandbox.url}/file/bot{sandbox.token}/{largest['file_path']}") as answer:
        body = await answer.read()
    with Image.open(io.BytesIO(body)) as image:
        assert (image.format, image.size) == ("JPEG", (1280, 640))
    assert largest["file_size"] == len(body)
    small = await api("sendPhoto", {"photo": ("s.png", picture(200, 100))}, chat_id=ADA)
    assert [size["width"] for size in small["photo"]] == [90, 200]


async def test_the_same_bytes_keep_their_unique_id(api: Client) -> None:
    """Two uploads of a picture have different file_ids and the same file_unique_id."""
    one, two = [await api("sendPhoto", {"photo": ("a.png", picture())}, chat_id=ADA) for _ in range(2)]
    assert one["photo"][0]["file_unique_id"] == two["photo"][0]["file_unique_id"]
    assert one["photo"][0]["file_id"] != two["photo"][0]["file_id"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"no picture", "IMAGE_PROCESS_FAILED"),
        (picture()[:60], "IMAGE_PROCESS_FAILED"),
        (picture(2100, 100), "PHOTO_INVALID_DIMENSIONS"),
        (picture(9000, 1001), "PHOTO_INVALID_DIMENSIONS"),
        (b"\0" * (10 * 1024 * 1024 + 1), "file is too big"),
        (b"", "file must be non-empty"),
    ],
)
async def test_what_is_no_photo_is_refused(api: Client, data: bytes, words: str) -> None:
    """An invalid photo gets a 400 with the reason."""
    with pytest.raises(RefusedError, match=rf"^Bad Request: {words}$"):
        await api("sendPhoto", {"photo": ("x.png", data)}, chat_id=ADA)


async def test_documents_stay_as_they_are(api: Client, sandbox: Sandbox) -> None:
    """A document keeps its bytes and name, and a picture has a thumbnail."""
    data = picture(700, 500)
    sent = await api("sendDocument", {"document": ("лиса.png", data)}, chat_id=ADA)
    document = sent["document"]
    assert (document["file_name"], document["mime_type"], document["file_size"]) == ("лиса.png", "image/png", len(data))
    assert document["thumbnail"]["width"] == 320
    path = (await api("getFile", file_id=document["file_id"]))["file_path"]
    async with api.session.get(f"{sandbox.url}/file/bot{sandbox.token}/{path}") as answer:
        assert await answer.read() == data


async def test_too_much_is_413_and_too_large_to_fetch_is_400(api: Client) -> None:
    """An upload is limited to 50 MB and a download to 20 MB."""
    sent = await api("sendDocument", {"document": ("big.bin", b"\0" * (20 * 1024 * 1024 + 1))}, chat_id=ADA)
    with pytest.raises(RefusedError, match=r"^Bad Request: file is too big$"):
        await api("getFile", file_id=sent["document"]["file_id"])
    with pytest.raises(RefusedError, match=r"^Request Entity Too Large$"):
        await api("sendDocument", {"document": ("big.bin", b"\0" * (50 * 1024 * 1024 + 1))}, chat_id=ADA)


async def test_files_are_sent_again_by_id_and_by_address(api: Client, sandbox: Sandbox) -> None:
    """A file_id is sent again, a URL of the sandbox is downloaded, and anything else is refused."""
    first = await api("sendPhoto", {"photo": ("a.png", picture())}, chat_id=ADA)
    again = await api("sendPhoto", chat_id=BEN, photo=first["photo"][0]["file_id"])
    assert again["photo"] == first["photo"]
    url = f"{sandbox.url}/chat/file/{first['photo'][-1]['file_id']}"
    assert "photo" in await api("sendPhoto", chat_id=ADA, photo=url)
    for reference, words in (
        ("nonsense", "wrong file identifier/HTTP URL specified"),
        ("attach://nothing", "wrong file identifier/HTTP URL specified"),
        ("https://elsewhere.test/a.png", "failed to get HTTP URL content"),
        (f"{sandbox.url}/chat/state", "wrong type of the web page content"),
    ):
        with pytest.raises(RefusedError, match=rf"^Bad Request: {words}$"):
            await api("sendPhoto", chat_id=ADA, photo=reference)
    with pytest.raises(RefusedError, match="can't use file of type Photo as Document"):
        await api("sendDocument", chat_id=ADA, document=first["photo"][0]["file_id"])


async def test_an_album_is_several_messages(api: Client, world: World) -> None:
    """The messages of an album share a media_group_id, and each replies to the same message."""
    (asked,) = await world.say(ADA, ADA, "two please")
    files = {"a": ("a.png", picture(color="red")), "b": ("b.png", picture(color="blue"))}
    media = [{"type": "photo", "media": "attach://a", "caption": "Both"}, {"type": "photo", "media": "attach://b"}]
    reply = {"message_id": asked["message_id"]}
    album = await api("sendMediaGroup", files, chat_id=ADA, media=media, reply_parameters=reply)
    assert [message.get("caption") for message in album] == ["Both", None]
    assert len({message["media_group_id"] for message in album}) == 1
    assert all(message["reply_to_message"]["message_id"] == asked["message_id"] for message in album)


@pytest.mark.parametrize(("count", "words"), [(0, "not enough messages"), (11, "too many messages")])
async def test_albums_have_one_to_ten(api: Client, count: int, words: str) -> None:
    """An album of none or of eleven is refused."""
    media = [{"type": "photo", "media": "attach://a"}] * count
    with pytest.raises(RefusedError, match=words):
        await api("sendMediaGroup", {"a": ("a.png", picture())}, chat_id=ADA, media=media)


async def test_an_album_with_one_bad_picture_is_not_sent_at_all(api: Client, world: World) -> None:
    """If one picture of an album is invalid, none is sent."""
    files = {"a": ("a.png", picture()), "b": ("b.png", b"broken")}
    media = [{"type": "photo", "media": f"attach://{name}"} for name in files]
    with pytest.raises(RefusedError, match="IMAGE_PROCESS_FAILED"):
        await api("sendMediaGroup", files, chat_id=ADA, media=media)
    assert world.messages(ADA) == []


async def test_captions_end_at_1024(api: Client) -> None:
    """A caption may have 1024 UTF-16 code units."""
    photo = {"photo": ("a.png", picture())}
    await api("sendPhoto", photo, chat_id=ADA, caption="🦊" * 512)
    with pytest.raises(RefusedError, match="message caption is too long"):
        await api("sendPhoto", photo, chat_id=ADA, caption="🦊" * 513)


async def test_people_can_shut_the_bot_out(api: Client, world: World) -> None:
    """A blocked or removed bot gets a 403 and an update about it."""
    world.block(ADA)
    with pytest.raises(RefusedError, match=r"^Forbidden: bot was blocked by the user$"):
        await api("sendMessage", chat_id=ADA, text="hello?")
    world.kick(GROUP)
    with pytest.raises(RefusedError, match=r"^Forbidden: bot was kicked from the supergroup chat$"):
        await api("sendMessage", chat_id=GROUP, text="hello?")
    told = [update["my_chat_member"]["new_chat_member"]["status"] for update in await api("getUpdates")]
    assert told == ["kicked", "kicked"]
    world.block(ADA, blocked=False)
    await api("sendMessage", chat_id=ADA, text="hello again")


async def test_a_group_that_grows_changes_its_id(api: Client, world: World) -> None:
    """After a migration, the old ID is refused with the new one."""
    old = world.add_chat("group", "Small talk", [ADA, BEN]).id
    new = world.migrate(old)
    with pytest.raises(RefusedError, match="upgraded to a supergroup chat") as refused:
        await api("sendMessage", chat_id=old, text="x")
    assert refused.value.parameters == {"migrate_to_chat_id": new}
    await api("sendMessage", chat_id=new, text="x")
    updates = await api("getUpdates")
    assert [update["message"].get("migrate_to_chat_id") for update in updates] == [new, None]


async def test_topics_keep_their_messages(api: Client, world: World) -> None:
    """In a forum, messages and replies stay in their topic, and General has no thread ID."""
    forum = world.add_chat("supergroup", "Forum", [ADA], topics={7: "Foxes"}, privacy=False).id
    (asked,) = await world.say(forum, ADA, "hello", thread_id=7)
    assert (asked["message_thread_id"], asked["is_topic_message"]) == (7, True)
    assert asked["reply_to_message"]["forum_topic_created"]["name"] == "Foxes"
    reply = {"message_id": asked["message_id"]}
    answer = await api("sendMessage", chat_id=forum, text="hi", reply_parameters=reply)
    assert answer["message_thread_id"] == 7
    assert (await api("sendMessage", chat_id=forum, text="hi", message_thread_id=7))["is_topic_message"]
    assert "message_thread_id" not in await api("sendMessage", chat_id=forum, text="to General")
    with pytest.raises(RefusedError, match="message thread not found"):
        await api("sendMessage", chat_id=forum, text="hi", message_thread_id=1)


async def test_a_reply_in_a_group_has_a_thread_that_is_no_topic(api: Client, world: World) -> None:
    """A reply in an ordinary supergroup has a thread ID that isn't a topic, so sending to it fails."""
    plain = world.add_chat("supergroup", "Plain", [ADA, BEN]).id
    (first,) = await world.say(plain, ADA, "/imagine a fox")
    (second,) = await world.say(plain, BEN, "nice", reply_to=first["message_id"])
    assert second["message_thread_id"] == first["message_id"]
    assert "is_topic_message" not in second
    with pytest.raises(RefusedError, match="message thread not found"):
        await api("sendMessage", chat_id=plain, text="x", message_thread_id=second["message_thread_id"])


async def test_every_form_of_request_is_read(api: Client, sandbox: Sandbox) -> None:
    """Query, urlencoded and multipart requests are read like JSON, and an invalid body is refused."""
    address = f"{sandbox.url}/bot{sandbox.token}/sendMessage"
    form = {"chat_id": str(ADA), "text": "x", "reply_markup": '{"inline_keyboard": []}', "protect_content": "true"}
    async with api.session.get(address, params=form) as answer:
        assert (await answer.json())["result"]["has_protected_content"] is True
    async with api.session.post(address, data=form) as answer:
        assert (await answer.json())["ok"] is True
    async with api.session.post(address, data=b"{", headers={"Content-Type": "application/json"}) as answer:
        assert (await answer.json())["description"] == "Bad Request: can't parse JSON object"
