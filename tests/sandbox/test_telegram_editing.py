"""The methods that edit messages, and those around messages."""

import asyncio
from typing import Any

import pytest

from sandbox.telegram.world import World
from tests.sandbox.telegram_kit import ADA, BEN, GROUP, Client, RefusedError, button, picture, until

NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)


async def test_an_edit_replaces_the_words_and_the_keyboard(api: Client, world: World) -> None:
    """An edit without a keyboard removes the keyboard, and all versions are kept."""
    sent = await api("sendMessage", chat_id=ADA, text="queued", reply_markup=button("x"))
    edited = await api("editMessageText", chat_id=ADA, message_id=sent["message_id"], text="drawing")
    assert edited["text"] == "drawing"
    assert "reply_markup" not in edited
    assert edited["edit_date"] >= sent["date"]
    assert [version["text"] for version in world.history(ADA, sent["message_id"])] == ["queued", "drawing"]


async def test_the_same_again_is_not_modified(api: Client, world: World) -> None:
    """An edit without a change is refused with Telegram's message."""
    sent = await api("sendMessage", chat_id=ADA, text="<b>x</b>", parse_mode="HTML")
    with pytest.raises(RefusedError) as refused:
        await api("editMessageText", chat_id=ADA, message_id=sent["message_id"], text="<b>x</b>", parse_mode="HTML")
    assert str(refused.value) == NOT_MODIFIED
    await api("editMessageText", chat_id=ADA, message_id=sent["message_id"], text="x")


async def test_a_placeholder_becomes_the_picture(api: Client) -> None:
    """editMessageMedia turns a text into an uploaded photo; the same file again isn't a change."""
    sent = await api("sendMessage", chat_id=ADA, text="queued")
    target = {"chat_id": ADA, "message_id": sent["message_id"]}
    media = {"type": "photo", "media": "attach://pic", "caption": "<i>fox</i>", "parse_mode": "HTML"}
    shown = await api("editMessageMedia", {"pic": ("f.png", picture(900, 600))}, media=media, **target)
    assert "text" not in shown
    assert (shown["caption"], shown["photo"][-1]["width"]) == ("fox", 900)
    again = media | {"media": shown["photo"][0]["file_id"]}
    with pytest.raises(RefusedError, match="message is not modified"):
        await api("editMessageMedia", media=again, **target)
    document = {"type": "document", "media": "attach://pic"}
    changed = await api("editMessageMedia", {"pic": ("f.png", picture())}, media=document, **target)
    assert "photo" not in changed
    assert changed["document"]["file_name"] == "f.png"


async def test_captions_are_edited_under_pictures_and_words_in_texts(api: Client) -> None:
    """A caption can be edited in a picture and a text in a text message, but not the other way round."""
    photo = await api("sendPhoto", {"photo": ("a.png", picture())}, chat_id=ADA, caption="one")
    text = await api("sendMessage", chat_id=ADA, text="one")
    edited = await api("editMessageCaption", chat_id=ADA, message_id=photo["message_id"], caption="two")
    assert edited["caption"] == "two"
    assert "caption" not in await api("editMessageCaption", chat_id=ADA, message_id=photo["message_id"])
    with pytest.raises(RefusedError, match="there is no text in the message to edit"):
        await api("editMessageText", chat_id=ADA, message_id=photo["message_id"], text="two")
    with pytest.raises(RefusedError, match="there is no caption in the message to edit"):
        await api("editMessageCaption", chat_id=ADA, message_id=text["message_id"], caption="two")


async def test_only_the_keyboard_can_be_changed(api: Client) -> None:
    """editMessageReplyMarkup leaves the text unchanged."""
    sent = await api("sendMessage", chat_id=ADA, text="x", reply_markup=button("a"))
    target = {"chat_id": ADA, "message_id": sent["message_id"]}
    changed = await api("editMessageReplyMarkup", reply_markup=button("b"), **target)
    assert (changed["text"], changed["reply_markup"]) == ("x", button("b"))
    assert "reply_markup" not in await api("editMessageReplyMarkup", **target)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"message_id": 1}, "chat_id is empty"),
        ({"chat_id": ADA}, "message identifier is not specified"),
        ({"chat_id": ADA, "message_id": 77}, "message to edit not found"),
        ({"chat_id": ADA, "message_id": 1}, "message can't be edited"),
        ({"inline_message_id": "x"}, "MESSAGE_ID_INVALID"),
    ],
)
async def test_what_cannot_be_edited(api: Client, world: World, params: dict[str, Any], words: str) -> None:
    """Only the bot's own existing messages can be edited."""
    await world.say(ADA, ADA, "mine")
    with pytest.raises(RefusedError, match=rf"^Bad Request: {words}$"):
        await api("editMessageText", text="x", **params)


async def test_albums_keep_their_kind(api: Client) -> None:
    """A photo of an album can become only another photo."""
    files = {"a": ("a.png", picture()), "b": ("b.png", picture())}
    media = [{"type": "photo", "media": f"attach://{name}"} for name in files]
    first, _ = await api("sendMediaGroup", files, chat_id=ADA, media=media)
    target = {"chat_id": ADA, "message_id": first["message_id"]}
    with pytest.raises(RefusedError, match="message can't be edited"):
        await api("editMessageMedia", files, media={"type": "document", "media": "attach://a"}, **target)
    edited = await api("editMessageMedia", files, media={"type": "photo", "media": "attach://a"}, **target)
    assert edited["media_group_id"] == first["media_group_id"]


async def test_messages_can_be_deleted(api: Client, world: World) -> None:
    """The bot can delete its own messages, and in a private chat all messages."""
    (mine,) = await world.say(ADA, ADA, "mine")
    (theirs,) = await world.say(GROUP, BEN, "theirs")
    assert await api("deleteMessage", chat_id=ADA, message_id=mine["message_id"]) is True
    with pytest.raises(RefusedError, match="message to delete not found"):
        await api("deleteMessage", chat_id=ADA, message_id=mine["message_id"])
    with pytest.raises(RefusedError, match="message can't be deleted"):
        await api("deleteMessage", chat_id=GROUP, message_id=theirs["message_id"])
    sent = [(await api("sendMessage", chat_id=ADA, text="x"))["message_id"] for _ in range(2)]
    assert await api("deleteMessages", chat_id=ADA, message_ids=[*sent, 99]) is True
    assert world.messages(ADA) == []


async def test_an_administrator_deletes_what_others_wrote(api: Client, world: World) -> None:
    """As an administrator of a group, the bot can delete any message."""
    (theirs,) = await world.say(GROUP, BEN, "theirs")
    world.promote(GROUP, world.bot["id"])
    assert await api("deleteMessage", chat_id=GROUP, message_id=theirs["message_id"]) is True


async def test_a_picture_comes_again_by_its_identifier(api: Client) -> None:
    """A file_id can be sent and put into a message without an upload, with buttons."""
    photo = await api("sendPhoto", {"photo": ("a.png", picture())}, chat_id=ADA)
    document = await api("sendDocument", {"document": ("a.png", picture())}, chat_id=ADA)
    known = photo["photo"][-1]["file_id"]
    again = await api("sendPhoto", chat_id=BEN, photo=known, caption="again", reply_markup=button("x"))
    assert (again["photo"], again["reply_markup"]) == (photo["photo"], button("x"))
    original = document["document"]["file_id"]
    file = await api("sendDocument", chat_id=BEN, document=original, reply_markup=button("y"))
    assert (file["document"], file["reply_markup"]) == (document["document"], button("y"))
    media = {"type": "document", "media": original}
    edited = await api(
        "editMessageMedia", chat_id=BEN, message_id=again["message_id"], media=media, reply_markup=button("z")
    )
    assert (edited["document"], edited["reply_markup"]) == (document["document"], button("z"))
    edited = await api("editMessageMedia", chat_id=BEN, message_id=again["message_id"], media=media)
    assert "reply_markup" not in edited


async def test_albums_have_no_buttons(api: Client) -> None:
    """An album can't have a keyboard, neither when it is sent nor later."""
    files = {"a": ("a.png", picture()), "b": ("b.png", picture())}
    media = [{"type": "photo", "media": f"attach://{name}"} for name in files]
    with pytest.raises(RefusedError, match="reply_markup"):
        await api("sendMediaGroup", files, chat_id=ADA, media=media, reply_markup=button("x"))
    first, _ = await api("sendMediaGroup", files, chat_id=ADA, media=media)
    with pytest.raises(RefusedError, match="message can't be edited"):
        await api("editMessageReplyMarkup", chat_id=ADA, message_id=first["message_id"], reply_markup=button("x"))


async def test_a_pressed_button_waits_for_its_answer(api: Client, world: World) -> None:
    """A press becomes a callback query, and its answer reaches the user once."""
    sent = await api("sendMessage", chat_id=GROUP, text="x", reply_markup=button("again:1"))
    pressing = asyncio.create_task(world.press(GROUP, sent["message_id"], BEN, "again:1"))
    (update,) = await api("getUpdates", timeout=10)
    query = update["callback_query"]
    assert (query["data"], query["from"]["id"], query["message"]["message_id"]) == ("again:1", BEN, sent["message_id"])
    assert await api("answerCallbackQuery", callback_query_id=query["id"], text="On it", show_alert=True) is True
    assert await pressing == {"text": "On it", "show_alert": True}
    with pytest.raises(RefusedError, match="query is too old and response timeout expired or query ID is invalid"):
        await api("answerCallbackQuery", callback_query_id=query["id"])


async def test_presses_that_make_no_sense(world: World, api: Client) -> None:
    """A missing button can't be pressed, and a press without an answer times out."""
    sent = await api("sendMessage", chat_id=ADA, text="x", reply_markup=button("a"))
    with pytest.raises(ValueError, match="no such button"):
        await world.press(ADA, sent["message_id"], ADA, "b")
    with pytest.raises(ValueError, match="no such chat"):
        await world.press(ADA, sent["message_id"], BEN, "a")
    with pytest.raises(TimeoutError):
        await world.press(ADA, sent["message_id"], ADA, "a", within=0)


async def test_reactions(api: Client, world: World) -> None:
    """A known emoji sets a reaction, an empty list removes it, and a group can forbid reactions."""
    (said,) = await world.say(ADA, ADA, "nice")
    target = {"chat_id": ADA, "message_id": said["message_id"]}
    assert await api("setMessageReaction", reaction=[{"type": "emoji", "emoji": "👍"}], **target) is True
    assert world.reactions(ADA) == {said["message_id"]: ["👍"]}
    with pytest.raises(RefusedError, match="REACTION_INVALID"):
        await api("setMessageReaction", reaction=[{"type": "emoji", "emoji": "🦊"}], **target)
    await api("setMessageReaction", **target)
    assert world.reactions(ADA) == {}
    quiet = world.add_chat("supergroup", "Quiet", [ADA], reactions=[])
    (said,) = await world.say(quiet.id, ADA, "nice")
    thumb = [{"type": "emoji", "emoji": "👍"}]
    with pytest.raises(RefusedError, match="REACTION_INVALID"):
        await api("setMessageReaction", chat_id=quiet.id, message_id=said["message_id"], reaction=thumb)


async def test_commands_by_scope(api: Client) -> None:
    """Commands are checked, and stored for each scope and language."""
    commands = [{"command": "imagine", "description": "Draw a picture"}]
    await api("setMyCommands", commands=commands)
    assert await api("getMyCommands") == commands
    assert await api("getMyCommands", language_code="de") == []
    assert await api("getMyCommands", scope={"type": "all_private_chats"}) == []
    await api("deleteMyCommands")
    assert await api("getMyCommands") == []
    for bad, words in (
        ({"command": "Imagine", "description": "x"}, "BOT_COMMAND_INVALID"),
        ({"command": "imagine", "description": "x" * 257}, "BOT_COMMAND_DESCRIPTION_INVALID"),
    ):
        with pytest.raises(RefusedError, match=words):
            await api("setMyCommands", commands=[bad])


async def test_who_is_who(api: Client, world: World) -> None:
    """getChat and getChatMember describe a chat and its members."""
    chat = await api("getChat", chat_id=GROUP)
    assert (chat["type"], chat["title"]) == ("supergroup", "Studio friends")
    members = [(ADA, "creator"), (BEN, "member"), (424242, "member")]
    for user_id, status in members:
        assert (await api("getChatMember", chat_id=GROUP, user_id=user_id))["status"] == status
    with pytest.raises(RefusedError, match="invalid user_id specified"):
        await api("getChatMember", chat_id=GROUP, user_id=5)


async def test_signs_of_life(api: Client, world: World) -> None:
    """A chat action becomes an event, and an unknown one is refused."""
    seq = world.events.seq
    await api("sendChatAction", chat_id=ADA, action="upload_photo")
    assert world.events.since(seq) == [{"seq": seq + 1, "type": "action", "chat_id": ADA, "action": "upload_photo"}]
    with pytest.raises(RefusedError, match="wrong parameter action in request"):
        await api("sendChatAction", chat_id=ADA, action="dancing")


async def test_waiting_for_a_message(api: Client, world: World) -> None:
    """A test that waits for a message wakes up after an edit, or gets a list of the chat's messages."""
    waiting = asyncio.create_task(world.wait_for(ADA, lambda message: message.get("text") == "done"))
    sent = await api("sendMessage", chat_id=ADA, text="working")
    await api("editMessageText", chat_id=ADA, message_id=sent["message_id"], text="done")
    await until(waiting.done)
    assert (await waiting)["message_id"] == sent["message_id"]
    with pytest.raises(TimeoutError, match=r"(?s)Chat 1001 shows:.*#1 Imagine Bot: \(edited\) done"):
        await world.wait_for(ADA, lambda message: "photo" in message, timeout=0)
