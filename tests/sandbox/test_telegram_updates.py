"""The ways in which updates reach the bot."""

import asyncio
from typing import Any

import pytest

from sandbox.faults import Fault, Faults
from sandbox.serve import Sandbox
from sandbox.telegram.webhook import Target, Webhook
from sandbox.telegram.world import World
from tests.sandbox.telegram_kit import ADA, BEN, GROUP, Client, Receiver, RefusedError, picture, until


def heard(updates: list[dict[str, Any]]) -> list[str]:
    """Return the texts of messages in updates."""
    messages = [update.get("message") or update["edited_message"] for update in updates]
    return [message.get("text") or message.get("caption", "") for message in messages]


async def test_a_long_poll_ends_when_something_happens(api: Client, world: World) -> None:
    """getUpdates waits, and answers as soon as an update arrives."""
    polling = asyncio.create_task(api("getUpdates", timeout=50))
    await until(lambda: world.log.of("getUpdates"))
    await world.say(ADA, ADA, "hello")
    assert heard(await polling) == ["hello"]


async def test_a_poll_with_nothing_to_tell_ends_in_time(api: Client) -> None:
    """Without a timeout, an empty queue is answered at once."""
    assert await api("getUpdates") == []


async def test_the_offset_confirms(api: Client, world: World) -> None:
    """Updates are repeated until a later offset confirms them; a negative offset keeps only the last."""
    for word in "abcd":
        await world.say(ADA, ADA, word)
    first, second = (await api("getUpdates", limit=2))[:2]
    assert second["update_id"] == first["update_id"] + 1
    assert heard(await api("getUpdates")) == ["a", "b", "c", "d"]
    assert heard(await api("getUpdates", offset=first["update_id"] + 1)) == ["b", "c", "d"]
    assert heard(await api("getUpdates", offset=-1)) == ["d"]
    assert heard(await api("getUpdates")) == ["d"]


async def test_only_wanted_kinds_are_queued(api: Client, world: World) -> None:
    """allowed_updates applies to later updates and is stored."""
    await api("getUpdates", allowed_updates=["edited_message"])
    (said,) = await world.say(ADA, ADA, "one")
    world.amend(ADA, said["message_id"], "two")
    assert heard(await api("getUpdates")) == ["two"]
    assert (await api("getWebhookInfo"))["allowed_updates"] == ["edited_message"]


async def test_a_second_poll_ends_the_first(api: Client, world: World) -> None:
    """A second poll ends the first with a conflict, as on the official server."""
    first = asyncio.create_task(api("getUpdates", timeout=50))
    await until(lambda: world.log.of("getUpdates"))
    await api("getUpdates")
    with pytest.raises(RefusedError, match=r"^Conflict: terminated by other getUpdates request") as refused:
        await first
    assert refused.value.status == 409


async def test_stopping_ends_every_wait_at_once(sandbox: Sandbox, api: Client, world: World) -> None:
    """A sandbox that stops answers open polls."""
    polling = asyncio.create_task(api("getUpdates", timeout=50))
    await until(lambda: world.log.of("getUpdates"))
    await sandbox.stop()
    assert await polling == []


async def test_a_webhook_gets_every_update_with_its_secret(api: Client, world: World) -> None:
    """A webhook gets waiting and new updates with the secret header, and polling is refused meanwhile."""
    await world.say(ADA, ADA, "before")
    async with Receiver() as receiver:
        await api("setWebhook", url=receiver.url, secret_token="s3cret", max_connections=3)
        await world.say(ADA, ADA, "after")
        await until(lambda: not world.updates.pending)
        assert heard(receiver.got) == ["before", "after"]
        assert set(receiver.secrets) == {"s3cret"}
        info = await api("getWebhookInfo")
        assert (info["url"], info["max_connections"], info["pending_update_count"]) == (receiver.url, 3, 0)
        with pytest.raises(RefusedError, match=r"^Conflict: can't use getUpdates method while webhook is active"):
            await api("getUpdates")
        await api("deleteWebhook")
        await world.say(ADA, ADA, "polled")
        assert heard(await api("getUpdates")) == ["polled"]


async def test_a_webhook_ends_the_poll(api: Client, world: World) -> None:
    """Setting a webhook ends an open poll with a conflict."""
    polling = asyncio.create_task(api("getUpdates", timeout=50))
    await until(lambda: world.log.of("getUpdates"))
    async with Receiver() as receiver:
        await api("setWebhook", url=receiver.url)
        with pytest.raises(RefusedError, match=r"^Conflict: terminated by setWebhook request$"):
            await polling
        await api("deleteWebhook")


async def test_a_refused_update_comes_again_before_the_next() -> None:
    """A refused update is repeated with growing pauses, in order within a chat."""
    pauses: list[float] = []
    taken: list[int] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    async with Receiver() as receiver:
        receiver.statuses = [500, 404, 302, 200]
        webhook = Webhook(Target(receiver.url), taken.append, Faults(), pause)
        for number in (1, 2):
            webhook.push(ADA, {"update_id": number})
        await until(lambda: taken == [1, 2])
        await webhook.close()
    assert [update["update_id"] for update in receiver.got] == [1, 1, 1, 1, 2]
    assert pauses == [0.2, 0.4, 0.8]
    assert webhook.last_error is not None
    assert webhook.last_error[1].startswith("Wrong response from the webhook: 302")


async def test_one_chat_does_not_hold_up_another(unused_tcp_port: int) -> None:
    """An unreachable server keeps its updates, and the pause grows to at most five seconds."""
    pauses: list[float] = []
    stop = asyncio.Event()

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) >= 8:
            stop.set()
            await asyncio.Event().wait()

    taken: list[int] = []
    webhook = Webhook(Target(f"http://127.0.0.1:{unused_tcp_port}/"), taken.append, Faults(), pause)
    webhook.push(ADA, {"update_id": 1})
    await stop.wait()
    await webhook.close()
    assert pauses == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0, 5.0]
    assert taken == []
    assert webhook.last_error is not None
    assert webhook.last_error[1] == "Connection refused"


async def test_an_update_can_be_ordered_twice(sandbox: Sandbox, api: Client, world: World) -> None:
    """A doubled delivery repeats the update_id."""
    async with Receiver() as receiver:
        await api("setWebhook", url=receiver.url)
        sandbox.faults.add(Fault("telegram", "webhook", "double"))
        await world.say(ADA, ADA, "once")
        await until(lambda: not world.updates.pending)
        assert heard(receiver.got) == ["once", "once"]
        await api("deleteWebhook", drop_pending_updates=True)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"url": "http://example.test/x"}, "bad webhook: An HTTPS URL must be provided for webhook"),
        ({"url": "http://127.0.0.1/x", "secret_token": "no spaces"}, "secret token contains unallowed characters"),
    ],
)
async def test_bad_webhooks_are_refused(api: Client, params: dict[str, Any], words: str) -> None:
    """A webhook needs https except on this machine, and its secret allows certain characters only."""
    with pytest.raises(RefusedError, match=words):
        await api("setWebhook", **params)


@pytest.mark.parametrize(
    ("text", "reaches"),
    [
        ("hello there", False),
        ("/imagine a fox", True),
        ("/imagine@imagine_sandbox_bot a fox", True),
        ("/imagine@Imagine_Sandbox_Bot a fox", True),
        ("/imagine@other_bot a fox", False),
        ("look, @imagine_sandbox_bot", True),
        ("look, @ben_the_other", False),
    ],
)
async def test_privacy_mode(api: Client, world: World, text: str, reaches: bool) -> None:
    """In a group with privacy mode, the bot receives only its commands and mentions, in texts and captions."""
    await world.say(GROUP, ADA, text)
    await world.say(GROUP, ADA, text, files=[("a.png", picture(), False)])
    assert heard(await api("getUpdates")) == ([text, text] if reaches else [])


async def test_privacy_mode_lets_replies_through(api: Client, world: World) -> None:
    """With privacy mode, a reply to the bot reaches it, and a reply to a user doesn't."""
    mine = await api("sendMessage", chat_id=GROUP, text="What shall I do with it?")
    await world.say(GROUP, BEN, "make it blue", reply_to=mine["message_id"])
    (talk,) = await world.say(GROUP, ADA, "I like blue")
    await world.say(GROUP, BEN, "me too", reply_to=talk["message_id"])
    assert heard(await api("getUpdates")) == ["make it blue"]


async def test_privacy_mode_withholds_the_rest_of_an_album(api: Client, world: World) -> None:
    """With privacy mode, the bot receives only the captioned picture of an album; in private, all of them."""
    album = [(f"{n}.png", picture(), False) for n in range(3)]
    for chat in (GROUP, ADA):
        await world.say(chat, ADA, "/edit blue", files=album)
    updates = await api("getUpdates")
    assert [update["message"]["chat"]["id"] for update in updates] == [GROUP, ADA, ADA, ADA]
    assert heard(updates) == ["/edit blue", "/edit blue", "", ""]
    assert len({update["message"]["media_group_id"] for update in updates}) == 2
