"""Topics of a forum, and channels with their discussion groups."""

from typing import Any

import pytest

from sandbox.telegram.world import World
from tests.sandbox.telegram_kit import ADA, BEN, GROUP, Client, RefusedError

BOT = 424242


async def test_the_group_at_the_start_is_a_forum(api: Client, world: World) -> None:
    """The initial group has General and two topics, and messages in General have no thread ID."""
    assert len(world.chats[GROUP].topics) == 2
    assert (await api("getChat", chat_id=GROUP))["is_forum"] is True
    (first,) = await world.say(GROUP, ADA, "/imagine a fox")
    (second,) = await world.say(GROUP, BEN, "nice", reply_to=first["message_id"])
    for message in (first, second, await api("sendMessage", chat_id=GROUP, text="x")):
        assert "message_thread_id" not in message
        assert "is_topic_message" not in message


async def test_a_topic_is_opened_and_told(api: Client, world: World) -> None:
    """A new topic has the ID of its first message, and the bot can write there."""
    thread = world.open_topic(GROUP, "Foxes")
    (update,) = await api("getUpdates")
    assert update["message"]["message_id"] == thread
    assert update["message"]["forum_topic_created"]["name"] == "Foxes"
    sent = await api("sendMessage", chat_id=GROUP, text="x", message_thread_id=thread)
    assert (sent["message_thread_id"], sent["is_topic_message"]) == (thread, True)


@pytest.mark.parametrize("topic", ["Foxes", None], ids=["topic", "general"])
async def test_a_closed_topic_is_for_administrators(api: Client, world: World, topic: str | None) -> None:
    """In a closed topic only administrators can write, until it is reopened."""
    thread = world.open_topic(GROUP, topic) if topic else None
    where: dict[str, Any] = {} if thread is None else {"message_thread_id": thread}
    (asked,) = await world.say(GROUP, BEN, "/imagine a fox", thread_id=thread)
    world.close_topic(GROUP, thread)
    with pytest.raises(ValueError, match="may not write"):
        await world.say(GROUP, BEN, "hello", thread_id=thread)
    await world.say(GROUP, ADA, "hello", thread_id=thread)
    for words in (where, {"reply_parameters": {"message_id": asked["message_id"]}}):
        with pytest.raises(RefusedError, match=r"^Bad Request: TOPIC_CLOSED$"):
            await api("sendMessage", chat_id=GROUP, text="x", **words)
    world.promote(GROUP, BOT)
    await api("sendMessage", chat_id=GROUP, text="x", **where)
    world.demote(GROUP, BOT)
    world.reopen_topic(GROUP, thread)
    await api("sendMessage", chat_id=GROUP, text="x", **where)


async def test_a_deleted_topic_takes_its_messages_along(api: Client, world: World) -> None:
    """A deleted topic is deleted with its messages, and can't be written to."""
    thread = world.open_topic(GROUP, "Foxes")
    await world.say(GROUP, ADA, "hello", thread_id=thread)
    world.delete_topic(GROUP, thread)
    assert not [message for message in world.messages(GROUP) if message.get("message_thread_id") == thread]
    with pytest.raises(RefusedError, match="message thread not found"):
        await api("sendMessage", chat_id=GROUP, text="x", message_thread_id=thread)


async def test_channel_posts(api: Client, world: World) -> None:
    """A channel post has no `from` and its own update type; only administrators can post, and so may the bot."""
    channel = world.add_channel("Foxes daily", [ADA]).id
    (post,) = await world.say(channel, ADA, "/imagine a fox")
    world.amend(channel, post["message_id"], "/imagine two foxes")
    first, second = await api("getUpdates")
    assert first["channel_post"] == post
    assert second["edited_channel_post"]["text"] == "/imagine two foxes"
    assert "from" not in post
    assert post["sender_chat"]["id"] == channel
    world.join(channel, BEN)
    with pytest.raises(ValueError, match="may not write"):
        await world.say(channel, BEN, "me too")
    sent = await api("sendMessage", chat_id=channel, text="working")
    assert "from" not in sent
    assert (await api("editMessageText", chat_id=channel, message_id=sent["message_id"], text="done"))["text"] == "done"
    with pytest.raises(RefusedError, match="message can't be edited"):
        await api("editMessageText", chat_id=channel, message_id=post["message_id"], text="x")


async def test_posts_appear_in_the_discussion_group(api: Client, world: World) -> None:
    """A post is copied to the linked group, and comments have its thread ID, which isn't a topic."""
    group = world.add_chat("supergroup", "Fox talk", [ADA, BEN]).id
    channel = world.add_channel("Foxes daily", [ADA], discussed_in=group).id
    assert (await api("getChat", chat_id=group))["linked_chat_id"] == channel
    (post,) = await world.say(channel, ADA, "/imagine a fox")
    posted, copied = await api("getUpdates")
    assert posted["channel_post"]["message_id"] == post["message_id"]
    copy = copied["message"]
    assert (copy["is_automatic_forward"], copy["from"]["id"], copy["sender_chat"]["id"]) == (True, 777000, channel)
    assert copy["forward_origin"]["message_id"] == post["message_id"]
    assert (copy["text"], copy["chat"]["id"]) == ("/imagine a fox", group)
    (comment,) = await world.say(group, BEN, "nice", reply_to=copy["message_id"])
    assert comment["message_thread_id"] == copy["message_id"]
    assert "is_topic_message" not in comment


async def test_a_channel_keeps_its_members_to_itself(api: Client, world: World) -> None:
    """Only an administrator bot can query members of a channel."""
    channel = world.add_channel("Foxes daily", [ADA]).id
    assert (await api("getChatMember", chat_id=channel, user_id=ADA))["status"] == "creator"
    world.demote(channel, BOT)
    with pytest.raises(RefusedError, match="member list is inaccessible"):
        await api("getChatMember", chat_id=channel, user_id=ADA)
