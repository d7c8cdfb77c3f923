"""The bot's commands by scope and language, and the menu that each user sees in each chat."""

from typing import Any

import pytest

from sandbox.serve import Sandbox
from sandbox.telegram.methods_commands import menu_of
from tests.sandbox.telegram_kit import ADA, BEN, GROUP, Client, RefusedError

SCOPES: list[tuple[str, dict[str, Any]]] = [
    ("default", {"type": "default"}),
    ("groups", {"type": "all_group_chats"}),
    ("admins", {"type": "all_chat_administrators"}),
    ("group", {"type": "chat", "chat_id": GROUP}),
    ("group_admins", {"type": "chat_administrators", "chat_id": GROUP}),
    ("member", {"type": "chat_member", "chat_id": GROUP, "user_id": ADA}),
]
"""The scopes of a group, the widest first."""


def only(name: str) -> list[dict[str, str]]:
    """Return a list of one command."""
    return [{"command": name, "description": "for a test"}]


async def shown(api: Client, chat_id: int, person_id: int) -> list[str]:
    """Return the names of the commands that the page offers a user in a chat."""
    query = f"chat_id={chat_id}&person_id={person_id}"
    async with api.session.get(f"{api.url}/chat/commands?{query}") as answer:
        return [command["command"] for command in (await answer.json())["commands"]]


async def test_an_operator_has_a_menu_of_their_own(api: Client) -> None:
    """A private chat's own commands replace the others there, and only there, until they are deleted."""
    await api("setMyCommands", commands=only("imagine"))
    await api("setMyCommands", commands=only("private"), scope={"type": "all_private_chats"})
    await api("setMyCommands", commands=only("stats"), scope={"type": "chat", "chat_id": ADA})
    assert [await shown(api, chat, person) for chat, person in ((ADA, ADA), (BEN, BEN), (GROUP, ADA))] == [
        ["stats"],
        ["private"],
        ["imagine"],
    ]
    assert await api("getMyCommands", scope={"type": "chat", "chat_id": str(ADA)}) == only("stats")
    await api("deleteMyCommands", scope={"type": "chat", "chat_id": ADA})
    assert await shown(api, ADA, ADA) == ["private"]


async def test_the_narrowest_scope_of_a_group_wins(api: Client) -> None:
    """Each narrower scope takes effect for Ada, the group's owner. Ben sees only those for all members."""
    seen = []
    for name, scope in SCOPES:
        await api("setMyCommands", commands=only(name), scope=scope)
        seen.append((*await shown(api, GROUP, ADA), *await shown(api, GROUP, BEN)))
    assert seen == [
        ("default", "default"),
        ("groups", "groups"),
        ("admins", "groups"),
        ("group", "group"),
        ("group_admins", "group"),
        ("member", "group"),
    ]


async def test_a_language_counts_within_its_scope(api: Client, sandbox: Sandbox) -> None:
    """A scope's commands in the user's language precede its other ones, but not those of a narrower scope."""
    world = sandbox.telegram
    world.people[ADA]["language_code"] = "de"
    await api("setMyCommands", commands=only("male"), language_code="de")
    await api("setMyCommands", commands=only("imagine"))
    assert await shown(api, ADA, ADA) == ["male"]
    assert await shown(api, BEN, BEN) == ["imagine"]
    await api("setMyCommands", commands=only("private"), scope={"type": "all_private_chats"})
    assert await shown(api, ADA, ADA) == ["private"]
    del world.people[ADA]["language_code"]
    assert [command["command"] for command in menu_of(world, ADA, ADA)] == ["private"]


@pytest.mark.parametrize(
    ("scope", "message"),
    [
        ({"type": "everyone"}, "BotCommandScope"),
        ({}, None),
        ({"type": "chat"}, "chat not found"),
        ({"type": "chat", "chat_id": 77}, "chat not found"),
        ({"type": "chat_administrators", "chat_id": ADA}, "private chats"),
        ({"type": "chat_member", "chat_id": GROUP, "user_id": 77}, "user not found"),
    ],
)
async def test_odd_scopes_are_refused(api: Client, scope: dict[str, Any], message: str | None) -> None:
    """A scope that doesn't exist is refused; an empty one is the default."""
    if message is None:
        assert await api("setMyCommands", commands=only("imagine"), scope=scope) is True
        return
    with pytest.raises(RefusedError, match=message):
        await api("setMyCommands", commands=only("imagine"), scope=scope)


async def test_the_menu_of_no_chat(api: Client) -> None:
    """An unknown chat and a number that isn't one are answered with an error."""
    for query, status in (("chat_id=5&person_id=1001", 404), ("chat_id=x&person_id=1001", 400), ("chat_id=1001", 400)):
        async with api.session.get(f"{api.url}/chat/commands?{query}") as answer:
            assert answer.status == status
