"""Videos, audio, messages without a file, copies, bans, pins and the bot's profile, and unsupported methods."""

import re
from pathlib import Path
from typing import Any

import pytest
from telegram import Bot

from sandbox.telegram.methods import HANDLERS
from sandbox.telegram.schema import METHODS, NOT_ACTED_OUT
from sandbox.telegram.world import World
from tests.sandbox.telegram_kit import ADA, BEN, GROUP, Client, RefusedError, button, picture

REFERENCE = Path(__file__).parents[2] / "docs" / "sandbox.md"
FILM = ("film.mp4", b"not really a film")


def test_the_reference_lists_what_is_acted_out() -> None:
    """The reference lists exactly the supported methods."""
    section = REFERENCE.read_text(encoding="utf-8").partition("## Methods\n")[2].partition("\n## ")[0]
    assert sorted(re.findall(r"`(\w+)`", section.partition("Every other")[0])) == sorted(HANDLERS)
    assert HANDLERS.keys() == METHODS.keys()


def test_every_method_is_known() -> None:
    """Every method of python-telegram-bot is supported or listed as unsupported."""
    called = {name for name in dir(Bot) if re.fullmatch(r"[a-z]+([A-Z][a-z]*)+", name)}
    assert len(called) > 150
    assert called <= METHODS.keys() | NOT_ACTED_OUT
    assert not METHODS.keys() & NOT_ACTED_OUT


@pytest.mark.parametrize("method", ["sendPoll", "SENDPOLL", "createForumTopic"])
async def test_what_is_not_acted_out_says_so(api: Client, method: str) -> None:
    """An unsupported method gets a 400, because libraries take a 404 for a wrong token."""
    with pytest.raises(RefusedError, match=rf"(?i)^Bad Request: the sandbox does not act out {method}$") as refused:
        await api(method, chat_id=ADA)
    assert refused.value.code == 400


@pytest.mark.parametrize(
    ("kind", "given", "shown"),
    [
        ("video", {"width": 640, "height": 360, "duration": 7}, {"file_name": "film.mp4", "mime_type": "video/mp4"}),
        ("animation", {"width": 64, "height": 36, "duration": 1}, {"file_name": "film.mp4", "mime_type": "video/mp4"}),
        ("audio", {"duration": 200, "title": "Song", "performer": "Ada"}, {"mime_type": "audio/mpeg"}),
        ("voice", {"duration": 3}, {"mime_type": "audio/ogg"}),
        ("video_note", {"duration": 3, "length": 240}, {}),
    ],
)
async def test_films_and_sounds(api: Client, kind: str, given: dict[str, Any], shown: dict[str, Any]) -> None:
    """The file is stored, and the message has the given properties."""
    name = {"audio": "song.mp3", "voice": "voice.ogg"}.get(kind, "film.mp4")
    words = {} if kind == "video_note" else {"caption": "*Look*", "parse_mode": "Markdown"}
    method = "send" + kind.title().replace("_", "")
    sent = await api(method, {kind: (name, b"bytes")}, chat_id=ADA, **given, **words)
    assert sent[kind].items() >= {**given, **shown, "file_size": 5}.items()
    assert kind == "video_note" or sent["caption_entities"][0]["type"] == "bold"
    assert ("document" in sent) == (kind == "animation")
    again = await api(method, chat_id=ADA, **{kind: sent[kind]["file_id"]})
    assert again[kind] == sent[kind]
    assert (await api("getFile", file_id=sent[kind]["file_id"]))["file_unique_id"] == sent[kind]["file_unique_id"]
    with pytest.raises(RefusedError, match="can't use file of type"):
        await api("sendPhoto", chat_id=ADA, photo=sent[kind]["file_id"])


async def test_numbers_nobody_gave(api: Client) -> None:
    """A video always has its required fields."""
    sent = await api("sendVideo", {"video": FILM}, chat_id=ADA)
    assert {sent["video"][key] for key in ("width", "height", "duration")} == {0}


async def test_films_in_albums_and_edits(api: Client) -> None:
    """Videos fit into albums with photos, but not with documents."""
    files = {"a": FILM, "b": ("b.png", picture())}
    video: dict[str, Any] = {"type": "video", "media": "attach://a", "width": 8}
    media = [video, {"type": "photo", "media": "attach://b"}]
    first, second = await api("sendMediaGroup", files, chat_id=ADA, media=media)
    assert first["media_group_id"] == second["media_group_id"]
    assert first["video"]["width"] == 8
    with pytest.raises(RefusedError, match="can't be mixed"):
        await api("sendMediaGroup", files, chat_id=ADA, media=[media[0], {**media[1], "type": "document"}])
    with pytest.raises(RefusedError, match="can't use the media of the specified type in the album"):
        await api("sendMediaGroup", files, chat_id=ADA, media=[{**media[0], "type": "animation"}, media[1]])
    said = await api("sendMessage", chat_id=ADA, text="wait")
    edited = await api(
        "editMessageMedia", {"a": FILM}, chat_id=ADA, message_id=said["message_id"], media={**media[0], "caption": "c"}
    )
    assert edited["video"]
    assert "text" not in edited
    edited = await api(
        "editMessageMedia", {"b": files["b"]}, chat_id=ADA, message_id=said["message_id"], media=media[1]
    )
    assert "video" not in edited


async def test_a_sticker(api: Client, world: World) -> None:
    """A sticker can be uploaded or sent again."""
    sent = await api("sendSticker", {"sticker": ("s.webp", picture(512, 512, "WEBP"))}, chat_id=ADA)
    assert sent["sticker"]["width"] == 512
    other = await world.say_sticker(ADA, ADA, picture(512, 512, "WEBP"))
    again = await api("sendSticker", chat_id=ADA, sticker=other["sticker"]["file_id"])
    assert again["sticker"] == other["sticker"]


@pytest.mark.parametrize(
    ("method", "params", "shown"),
    [
        (
            "sendLocation",
            {"latitude": 48.2, "longitude": "16.37"},
            {"location": {"latitude": 48.2, "longitude": 16.37}},
        ),
        (
            "sendVenue",
            {"latitude": 1, "longitude": 2, "title": "Zoo", "address": "Here"},
            {"venue": {"location": {"latitude": 1, "longitude": 2}, "title": "Zoo", "address": "Here"}},
        ),
        (
            "sendContact",
            {"phone_number": "+1", "first_name": "Ada"},
            {"contact": {"phone_number": "+1", "first_name": "Ada"}},
        ),
    ],
)
async def test_things_without_a_file(api: Client, method: str, params: dict[str, Any], shown: dict[str, Any]) -> None:
    """The message contains the given content."""
    sent = await api(method, chat_id=ADA, reply_markup=button("x"), **params)
    assert sent.items() >= shown.items()
    assert sent["reply_markup"]


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"longitude": 1}, "latitude is empty"),
        ({"latitude": 91, "longitude": 1}, "latitude"),
        ({"latitude": 1, "longitude": 1e400}, "longitude"),
        ({"latitude": "NaN", "longitude": 1}, "latitude"),
    ],
)
async def test_a_place_that_is_nowhere(api: Client, params: dict[str, Any], words: str) -> None:
    """Invalid coordinates are refused."""
    with pytest.raises(RefusedError, match=words):
        await api("sendLocation", chat_id=ADA, **params)


async def test_dice(api: Client) -> None:
    """Each kind of dice has its own maximum, and every value occurs."""
    for emoji, most in (("🎲", 6), ("⚽", 5), ("🎰", 64)):
        rolls = [(await api("sendDice", chat_id=ADA, emoji=emoji))["dice"]["value"] for _ in range(3 * most)]
        assert set(rolls) == set(range(1, most + 1))
    assert (await api("sendDice", chat_id=ADA))["dice"]["emoji"] == "🎲"
    with pytest.raises(RefusedError, match=r"^Bad Request: "):
        await api("sendDice", chat_id=ADA, emoji="🦊")


async def test_a_copy(api: Client, world: World) -> None:
    """A copy has the same content without the origin, and may have another caption."""
    (said,) = await world.say(GROUP, ADA, "see /help", files=[("a.png", picture(), False)])
    made = await api("copyMessage", chat_id=BEN, from_chat_id=GROUP, message_id=said["message_id"])
    (copy,) = world.messages(BEN)
    assert made == {"message_id": copy["message_id"]}
    assert {key: copy.get(key) for key in ("photo", "caption", "caption_entities")} == {
        key: said[key] for key in ("photo", "caption", "caption_entities")
    }
    assert copy["from"]["is_bot"]
    assert "forward_origin" not in copy
    await api("copyMessage", chat_id=BEN, from_chat_id=GROUP, message_id=said["message_id"], caption="")
    assert "caption" not in world.messages(BEN)[-1]
    assert "caption_entities" not in world.messages(BEN)[-1]


async def test_a_forwarded_message(api: Client, world: World) -> None:
    """A forwarded message names its origin, even if it is forwarded again."""
    (said,) = await world.say(GROUP, ADA, "hello")
    sent = await api("forwardMessage", chat_id=BEN, from_chat_id=GROUP, message_id=said["message_id"])
    assert (sent["text"], sent["from"]["id"]) == ("hello", world.bot["id"])
    assert sent["forward_origin"] == {"type": "user", "date": said["date"], "sender_user": world.people[ADA]}
    again = await api("forwardMessage", chat_id=ADA, from_chat_id=BEN, message_id=sent["message_id"])
    assert again["forward_origin"] == sent["forward_origin"]


@pytest.mark.parametrize("verb", ["copy", "forward"])
async def test_several_at_once(api: Client, world: World, verb: str) -> None:
    """Missing messages are skipped, an album stays an album, and IDs must be in order."""
    album = await world.say(GROUP, ADA, "", files=[("a.png", picture(), False), ("b.png", picture(), False)])
    first, second = (message["message_id"] for message in album)
    where = {"chat_id": BEN, "from_chat_id": GROUP}
    made = await api(f"{verb}Messages", message_ids=[first, second, 999], **where)
    assert made == [{"message_id": message["message_id"]} for message in world.messages(BEN)]
    (group,) = {message["media_group_id"] for message in world.messages(BEN)}
    assert group != album[0]["media_group_id"]
    for ids, words in (
        ([999], f"there are no messages to {verb}"),
        ([second, first], "message identifiers must be in a strictly increasing order"),
        (list(range(1, 102)), "too many message identifiers specified"),
    ):
        with pytest.raises(RefusedError, match=f"^Bad Request: {words}$"):
            await api(f"{verb}Messages", message_ids=ids, **where)


@pytest.mark.parametrize(("verb", "past"), [("copy", "copied"), ("forward", "forwarded")])
async def test_what_can_not_be_passed_on(api: Client, world: World, verb: str, past: str) -> None:
    """Missing, protected and service messages can't be copied or forwarded."""
    kept = await api("sendMessage", chat_id=GROUP, text="mine", protect_content=True)
    told = world.join(GROUP, world.add_person(1003, "Cem")["id"])
    for message_id, words in (
        (999, f"message to {verb} not found"),
        (kept["message_id"], f"message can't be {past}"),
        (told["message_id"], f"message can't be {past}"),
    ):
        with pytest.raises(RefusedError, match=f"^Bad Request: {words}$"):
            await api(f"{verb}Message", chat_id=BEN, from_chat_id=GROUP, message_id=message_id)


async def test_passing_on_counts(api: Client, world: World) -> None:
    """Copies and forwards count toward the chat's limit."""
    (said,) = await world.say(ADA, ADA, "hello")
    world.limits.enabled = True
    params = {"chat_id": ADA, "from_chat_id": ADA, "message_id": said["message_id"]}
    for _ in range(5):
        await api("copyMessage", **params)
    with pytest.raises(RefusedError, match=r"^Too Many Requests"):
        await api("forwardMessage", **params)


@pytest.mark.parametrize("method", ["banChatMember", "kickChatMember"])
async def test_a_ban(api: Client, world: World, method: str) -> None:
    """A banned user is removed until the ban is lifted; the method's former name works, too."""
    with pytest.raises(RefusedError, match="not enough rights to restrict/unrestrict chat member"):
        await api(method, chat_id=GROUP, user_id=BEN)
    world.promote(GROUP, world.bot["id"])
    assert await api(method, chat_id=GROUP, user_id=BEN)
    assert BEN not in world.chats[GROUP].members
    assert (await api("getChatMember", chat_id=GROUP, user_id=BEN))["status"] == "kicked"
    assert await api("unbanChatMember", chat_id=GROUP, user_id=BEN, only_if_banned=True)
    assert (await api("getChatMember", chat_id=GROUP, user_id=BEN))["status"] == "left"
    assert await api("unbanChatMember", chat_id=GROUP, user_id=BEN)
    world.join(GROUP, BEN)
    assert await api("unbanChatMember", chat_id=GROUP, user_id=BEN, only_if_banned=True)
    assert BEN in world.chats[GROUP].members
    assert await api("unbanChatMember", chat_id=GROUP, user_id=BEN)
    assert (await api("getChatMember", chat_id=GROUP, user_id=BEN))["status"] == "left"


async def test_who_can_not_be_banned(api: Client, world: World) -> None:
    """The owner, another administrator, the bot, unknown users and users of a private chat can't be banned."""
    world.promote(GROUP, world.bot["id"])
    world.promote(GROUP, BEN)
    for chat, person, words in (
        (GROUP, ADA, "can't remove chat owner"),
        (GROUP, BEN, "user is an administrator of the chat"),
        (GROUP, world.bot["id"], "can't restrict self"),
        (GROUP, 404, "invalid user_id specified"),
        (ADA, ADA, "chat member status can't be changed in private chats"),
    ):
        for method in ("banChatMember", "unbanChatMember"):
            with pytest.raises(RefusedError, match=f"^Bad Request: {words}$"):
                await api(method, chat_id=chat, user_id=person)


async def test_pins(api: Client, world: World) -> None:
    """getChat returns the message that was pinned last, and a service message announces it."""
    one, two = [(await api("sendMessage", chat_id=ADA, text=text))["message_id"] for text in ("one", "two")]
    for message_id in (one, two, two):
        assert await api("pinChatMessage", chat_id=ADA, message_id=message_id)
    assert [message["pinned_message"]["text"] for message in world.messages(ADA)[2:]] == ["one", "two"]
    assert (await api("getChat", chat_id=ADA))["pinned_message"]["text"] == "two"
    assert await api("unpinChatMessage", chat_id=ADA)
    assert (await api("getChat", chat_id=ADA))["pinned_message"]["text"] == "one"
    await api("deleteMessage", chat_id=ADA, message_id=one)
    assert "pinned_message" not in await api("getChat", chat_id=ADA)
    await api("pinChatMessage", chat_id=ADA, message_id=two)
    assert await api("unpinAllChatMessages", chat_id=ADA)
    assert "pinned_message" not in await api("getChat", chat_id=ADA)
    with pytest.raises(RefusedError, match="message to pin not found"):
        await api("pinChatMessage", chat_id=ADA, message_id=999)
    with pytest.raises(RefusedError, match="message to unpin not found"):
        await api("unpinChatMessage", chat_id=ADA)
    with pytest.raises(RefusedError, match="not enough rights to manage pinned messages in the chat"):
        await api("unpinAllChatMessages", chat_id=GROUP)


@pytest.mark.parametrize(
    ("what", "field", "longest"),
    [("Name", "name", 64), ("Description", "description", 512), ("ShortDescription", "short_description", 120)],
)
async def test_the_profile(api: Client, world: World, what: str, field: str, longest: int) -> None:
    """Each language may have its own profile text, and otherwise the general one applies."""
    usual = (await api(f"getMy{what}"))[field]
    assert usual == (world.bot["first_name"] if what == "Name" else "")
    assert await api(f"setMy{what}", **{field: "Fox"})
    assert await api(f"setMy{what}", **{field: "Fuchs"}, language_code="de")
    said = [(await api(f"getMy{what}", language_code=code))[field] for code in ("de", "fr", "")]
    assert said == ["Fuchs", "Fox", "Fox"]
    await api(f"setMy{what}", **{field: ""}, language_code="de")
    assert (await api(f"getMy{what}", language_code="de"))[field] == "Fox"
    if what == "Name":
        assert (await api("getMe"))["first_name"] == "Fox"
    with pytest.raises(RefusedError, match=r"^Bad Request: "):
        await api(f"setMy{what}", **{field: "x" * (longest + 1)})


async def test_an_inline_query_that_was_never_asked(api: Client) -> None:
    """Every inline query is answered as too old, because the sandbox sends none."""
    with pytest.raises(RefusedError, match="query is too old and response timeout expired or query ID is invalid"):
        await api("answerInlineQuery", inline_query_id="1", results=[])
