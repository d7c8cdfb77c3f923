"""Members of a chat and their roles, and the updates about them."""

from typing import Any

import pytest

from sandbox.telegram.world import World
from tests.sandbox.telegram_kit import ADA, BEN, GROUP, Client, RefusedError

BOT, CLEO, ROBOT = 424242, 1003, 1004


async def status(api: Client, user_id: int, chat: int = GROUP) -> str:
    """Return a user's status as the bot sees it."""
    return str((await api("getChatMember", chat_id=chat, user_id=user_id))["status"])


async def changes(api: Client, kind: str) -> list[tuple[int, str, str]]:
    """Return who changed which status to which, from updates of a kind."""
    found = [update[kind] for update in await api("getUpdates") if kind in update]
    return [
        (change["from"]["id"], change["old_chat_member"]["status"], change["new_chat_member"]["status"])
        for change in found
    ]


async def test_roles(api: Client, world: World) -> None:
    """The first member owns the group, and members can be promoted and demoted."""
    assert [await status(api, person) for person in (ADA, BEN, BOT)] == ["creator", "member", "member"]
    world.promote(GROUP, BEN)
    admin = await api("getChatMember", chat_id=GROUP, user_id=BEN)
    assert (admin["status"], admin["is_anonymous"], admin["can_delete_messages"]) == ("administrator", False, True)
    world.demote(GROUP, BEN)
    assert await status(api, BEN) == "member"
    world.restrict(GROUP, BEN)
    assert (await api("getChatMember", chat_id=GROUP, user_id=BEN))["can_send_messages"] is False
    with pytest.raises(ValueError, match="may not write"):
        await world.say(GROUP, BEN, "but")
    world.promote(GROUP, BEN, "creator")
    assert await status(api, BEN) == "creator"


async def test_administrators(api: Client, world: World) -> None:
    """getChatAdministrators lists administrators, including hidden ones, and other bots on request."""
    world.add_person(ROBOT, "Robot", "robot_bot", bot=True)
    world.join(GROUP, ROBOT)
    for person in (BEN, ROBOT, BOT):
        world.promote(GROUP, person, anonymous=person == BEN)
    found = await api("getChatAdministrators", chat_id=GROUP)
    assert [(member["user"]["id"], member["status"]) for member in found] == [
        (ADA, "creator"),
        (BEN, "administrator"),
        (BOT, "administrator"),
    ]
    assert len(await api("getChatAdministrators", chat_id=GROUP, return_bots=True)) == 4
    assert await api("getChatMemberCount", chat_id=GROUP) == 4
    with pytest.raises(RefusedError, match="there are no administrators in the private chat"):
        await api("getChatAdministrators", chat_id=ADA)


async def test_anonymous_administrators(api: Client, world: World) -> None:
    """Anonymous administrators talk in the group's name, as a user who isn't a member; they press as themselves."""
    world.promote(GROUP, BEN, anonymous=True)
    (said,) = await world.say(GROUP, BEN, "/imagine a fox")
    (update,) = await api("getUpdates")
    assert update["message"] == said
    assert said["sender_chat"]["id"] == GROUP
    assert (said["from"]["id"], said["from"]["username"], said["from"]["is_bot"]) == (
        1087968824,
        "GroupAnonymousBot",
        True,
    )
    assert await status(api, 1087968824) == "left"


async def test_people_write_as_their_channel(api: Client, world: World) -> None:
    """Only a channel's owner may talk in its name in a group."""
    channel = world.add_channel("Foxes daily", [BEN]).id
    (said,) = await world.say(GROUP, BEN, "/imagine a fox", as_chat=channel)
    assert said["sender_chat"]["type"] == "channel"
    assert (said["from"]["id"], said["from"]["username"]) == (136817688, "Channel_Bot")
    assert [update["message"]["sender_chat"]["id"] for update in await api("getUpdates")] == [channel]
    with pytest.raises(ValueError, match="no such channel"):
        await world.say(GROUP, ADA, "mine", as_chat=channel)


async def test_people_come_and_go(api: Client, world: World) -> None:
    """Joining and leaving are service messages; only an administrator bot can get chat_member updates."""
    world.add_person(CLEO, "Cleo")
    assert await status(api, CLEO) == "left"
    world.join(GROUP, CLEO)
    world.leave(GROUP, CLEO)
    told = [update["message"] for update in await api("getUpdates")]
    assert [message["new_chat_members"][0]["id"] for message in told[:1]] == [CLEO]
    assert told[1]["left_chat_member"]["id"] == CLEO
    world.promote(GROUP, BOT)
    await api("getUpdates", offset=-1, allowed_updates=["chat_member"])
    world.join(GROUP, CLEO, by=BEN)
    world.kick(GROUP, CLEO)
    assert await changes(api, "chat_member") == [(BEN, "left", "member"), (ADA, "member", "kicked")]
    assert await status(api, CLEO) == "kicked"


async def test_the_bot_comes_and_goes(api: Client, world: World) -> None:
    """The bot's own changes are my_chat_member updates, and joining is announced."""
    small = world.open_group("Small", [ADA, BEN]).id
    world.promote(small, BOT)
    world.demote(small, BOT)
    world.kick(small)
    world.add_bot(small, by=BEN)
    updates = await api("getUpdates")
    assert await changes(api, "my_chat_member") == [
        (ADA, "left", "member"),
        (ADA, "member", "administrator"),
        (ADA, "administrator", "member"),
        (ADA, "member", "kicked"),
        (BEN, "kicked", "member"),
    ]
    told = [update["message"] for update in updates if "message" in update]
    assert told[0]["group_chat_created"] is True
    assert told[1]["left_chat_member"]["id"] == BOT
    assert told[2]["new_chat_members"][0]["id"] == BOT


async def test_the_bot_leaves(api: Client, world: World) -> None:
    """After leaveChat, the bot receives and sends nothing; it can't leave a private chat."""
    assert await api("leaveChat", chat_id=GROUP) is True
    assert await changes(api, "my_chat_member") == [(BOT, "member", "left")]
    await api("getUpdates", offset=-1)
    await world.say(GROUP, ADA, "/imagine a fox")
    with pytest.raises(RefusedError, match=r"^Forbidden: bot is not a member of the supergroup chat$"):
        await api("sendMessage", chat_id=GROUP, text="still here")
    assert not any("message" in update for update in await api("getUpdates"))
    with pytest.raises(RefusedError, match="can't be changed in private chats"):
        await api("leaveChat", chat_id=ADA)


async def test_blocking_and_unblocking(api: Client, world: World) -> None:
    """The bot is told who blocked it, receives nothing meanwhile, and a deep link unblocks it with its code."""
    world.block(BEN)
    await world.say(BEN, BEN, "/start")
    (said,) = [await world.follow_link(BEN, "invite-7")]
    assert said["text"] == "/start invite-7"
    assert await changes(api, "my_chat_member") == [(BEN, "member", "kicked"), (BEN, "kicked", "member")]
    heard = [update["message"]["text"] for update in await api("getUpdates") if "message" in update]
    assert heard == ["/start invite-7"]


async def test_a_grown_group_keeps_who_is_in_charge(api: Client, world: World) -> None:
    """Roles and the bot's membership move along to the supergroup."""
    old = world.open_group("Small", [ADA, BEN]).id
    world.promote(old, BEN)
    new = world.migrate(old)
    assert [await status(api, person, new) for person in (ADA, BEN, BOT)] == ["creator", "administrator", "member"]


async def test_other_bots_are_not_heard(api: Client, world: World) -> None:
    """Bots don't receive each other's messages."""
    world.privacy = False
    world.add_person(ROBOT, "Robot", "robot_bot", bot=True)
    world.join(GROUP, ROBOT)
    await world.say(GROUP, ROBOT, "/imagine@imagine_sandbox_bot a fox")
    await world.say(GROUP, ADA, "hello robot")
    heard = [update["message"].get("text") for update in await api("getUpdates")]
    assert heard == [None, "hello robot"]
    assert ROBOT not in world.chats


@pytest.mark.parametrize(("privacy", "admin", "heard"), [(True, False, 0), (False, False, 1), (True, True, 1)])
async def test_what_the_bot_hears(api: Client, world: World, *, privacy: bool, admin: bool, heard: int) -> None:
    """Without privacy mode or as an administrator, the bot receives conversations, and getMe reports the mode."""
    world.privacy = privacy
    assert (await api("getMe"))["can_read_all_group_messages"] is not privacy
    if admin:
        world.promote(GROUP, BOT)
        await api("getUpdates", offset=-1)
    await world.say(GROUP, BEN, "just talking")
    assert len([update for update in await api("getUpdates") if "message" in update]) == heard


async def test_the_page_is_told_the_roles(api: Client, world: World) -> None:
    """The state of the chat page contains roles and anonymity."""
    world.promote(GROUP, BEN, anonymous=True)
    async with api.session.get(f"{api.url}/chat/state") as answer:
        chats: dict[int, dict[str, Any]] = {chat["id"]: chat for chat in (await answer.json())["chats"]}
    assert chats[GROUP]["roles"] == {str(ADA): "creator", str(BEN): "administrator"}
    assert chats[GROUP]["anonymous"] == [BEN]
    body = {"person_id": ADA, "code": "x"}
    async with api.session.post(f"{api.url}/chat/follow-link", json=body) as answer:
        assert (await answer.json())["messages"][0]["text"] == "/start x"
