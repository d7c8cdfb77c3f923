"""Telegram updates are stored before they are acknowledged, handled once, and accepted from Telegram only."""

import io
import json
from typing import Any

import aiohttp
import pytest

from sandbox.faults import Fault
from sandbox.telegram.webhook import SECRET_HEADER
from storage.ledger import SqlLedger
from tests.e2e.kit import ADA, GROUP, Mode, Studio, words_of


def _update(update_id: int = 9_000, words: str = "a red fox") -> dict[str, Any]:
    sender = {"id": ADA, "is_bot": False, "first_name": "Ada", "language_code": "en"}
    chat = {"id": ADA, "type": "private", "first_name": "Ada"}
    message = {"message_id": 50, "date": 1_760_000_000, "chat": chat, "from": sender, "text": words}
    return {"update_id": update_id, "message": message}


async def _post(studio: Studio, body: Any, secret: str | None) -> int:
    headers = {} if secret is None else {SECRET_HEADER: secret}
    sent = io.BytesIO(body if isinstance(body, bytes) else json.dumps(body).encode())
    url = f"{studio.url}/telegram"
    async with aiohttp.ClientSession() as session, session.post(url, headers=headers, data=sent) as answer:
        return answer.status


def _secret(studio: Studio) -> str:
    assert studio.world.updates.webhook is not None
    return studio.world.updates.webhook.target.secret_token


@pytest.mark.parametrize("secret", [None, "", "wrong", "ünïcode"])
async def test_a_webhook_call_without_the_secret_is_refused(studio: Studio, secret: str | None) -> None:
    """A webhook call without the right secret gets 403, and nothing is stored."""
    assert await _post(studio, _update(), secret) == 403
    assert not studio.rows("inbox")


async def test_the_secret_is_kept_across_a_restart(studio: Studio) -> None:
    """The secret survives a restart, so calls during it are still accepted."""
    secret = _secret(studio)
    assert len(secret) >= 20
    await studio.restart()
    assert _secret(studio) == secret


async def test_a_secret_of_the_operators_is_used(idle: Studio) -> None:
    """TELEGRAM_WEBHOOK_SECRET is used if it is set."""
    await idle.start(telegram_webhook_secret="of-the-operator")
    assert _secret(idle) == "of-the-operator"


async def test_an_update_larger_than_any_is_refused(studio: Studio) -> None:
    """A body that is too large gets 413."""
    assert await _post(studio, _update(words="x" * 2_000_000), _secret(studio)) == 413
    assert not studio.rows("inbox")


async def test_an_update_of_a_strange_shape_stops_nobody(studio: Studio) -> None:
    """An update with an unknown or incomplete shape is dropped with an apology, and the next one is handled."""
    studio.forgiving = True
    secret = _secret(studio)
    assert await _post(studio, {"update_id": 1, "something_new": {"chat": {"id": ADA}}}, secret) == 200
    assert await _post(studio, {"update_id": 2, "callback_query": {"id": "1", "from": {"id": ADA}}}, secret) == 200
    await studio.world.wait_for(ADA, lambda message: "Something went wrong on my side" in words_of(message))
    await studio.picture(await studio.say("a red fox"))


async def test_a_mistake_of_ours_is_told_where_it_happened(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unexpected error is told in reply, in the same topic, with the number of its log line."""
    studio.forgiving = True
    topic = studio.world.open_topic(GROUP, "Foxes")

    async def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(SqlLedger, "balance", broken)
    (asked,) = await studio.world.say(GROUP, ADA, "/me", thread_id=topic)
    told = await studio.answer(asked, "Something went wrong on my side")
    assert told["message_thread_id"] == topic
    assert f"#{studio.rows('inbox')[-1]['update_id']}" in words_of(told)


async def test_a_doubled_delivery_orders_once(studio: Studio) -> None:
    """A webhook call that arrives twice makes one job with one answer."""
    studio.faults.add(Fault("telegram", "webhook", "double"))
    await studio.picture(await studio.say("a red fox"))
    assert len(studio.images.generated) == 1
    assert len(studio.from_bot(ADA)) == 1


@pytest.mark.parametrize("mode", [Mode.FETCHING])
async def test_changing_from_polling_to_a_webhook_and_back(studio: Studio) -> None:
    """Updates may arrive by webhook or polling at each start, and none is lost in between."""
    await studio.picture(await studio.say("a red fox"))
    await studio.crash()
    asked = await studio.say("a hare", studio.person())
    await studio.start(telegram_mode="webhook")
    await studio.picture(asked)
    await studio.crash()
    asked = await studio.say("a badger", studio.person())
    await studio.start(telegram_mode="polling")
    await studio.picture(asked)


async def test_healthz_answers(studio: Studio) -> None:
    """/healthz answers 200."""
    async with aiohttp.ClientSession() as session, session.get(f"{studio.url}/healthz") as answer:
        assert answer.status == 200
