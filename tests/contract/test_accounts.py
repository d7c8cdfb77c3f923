"""Several keys behind the port of the image API: each has its own limit, and one that is refused is passed over."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest
from pydantic import SecretStr

from bot.image_api.accounts import ImageApiAccounts, fingerprint
from bot.image_api.client import HttpImageApi
from bot.image_api.downloader import PictureFetcher
from core.errors import AnswerLost, ApiRefused, Busy, Failure
from core.models.image_request import Request
from core.models.job import Painted, Task, Unknown
from sandbox.faults import Fault
from sandbox.imageapi.server import ImageApiServer

FOX = Request("a red fox", model="gpt")
KEYS = ("one-key", "two-key", "three-key")


@dataclass
class Bench:
    """Three accounts, each of them a service of its own, and the port before them."""

    services: list[ImageApiServer]
    api: ImageApiAccounts

    @property
    def taken(self) -> list[int]:
        """The numbers of tasks of the services."""
        return [len(service.api.tasks) for service in self.services]


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    """Run three services, each with its own key."""
    async with AsyncExitStack() as stack:
        services = [
            await stack.enter_async_context(ImageApiServer(api_key=key, fast=True, duration_s=0.0)) for key in KEYS
        ]
        accounts = [
            (
                fingerprint(SecretStr(key)),
                HttpImageApi(service.url, service.url, SecretStr(key), PictureFetcher()),
            )
            for key, service in zip(KEYS, services, strict=True)
        ]
        yield Bench(services, await stack.enter_async_context(ImageApiAccounts(accounts, calls=2)))


async def test_orders_go_round(bench: Bench) -> None:
    """Each account gets as many orders as the others, and no more than its limit."""
    for _ in range(6):
        await bench.api.generate(FOX, [], None, None)
    assert bench.taken == [2, 2, 2]
    with pytest.raises(Busy):  # the order waits; nothing is wrong with the accounts
        await bench.api.generate(FOX, [], None, None)


async def test_the_others_are_at_their_limit(bench: Bench) -> None:
    """With one key passed over, the rest may reach their limit: that is no reason to fail an order."""
    bench.services[0].api.credits = 0.0
    for _ in range(4):
        await bench.api.generate(FOX, [], None, None)
    with pytest.raises(Busy):
        await bench.api.generate(FOX, [], None, None)


async def test_an_empty_account_is_used_again_after_a_top_up(bench: Bench) -> None:
    """The first look after a top-up uses the account again, also if it had nothing left."""
    bench.services[0].api.credits = 0.0
    await bench.api.generate(FOX, [], None, None)
    assert (await bench.api.look())[0].refusal is Failure.OUT_OF_CREDITS
    bench.services[0].api.credits = 50.0
    assert (await bench.api.look())[0].refusal is None


async def test_a_task_is_asked_about_with_its_key(bench: Bench) -> None:
    """A task is known to its own account; one without a fingerprint is looked for in all of them."""
    task = await bench.api.generate(FOX, [], None, None)
    await next(iter(bench.services[0].api.tasks.values())).finished.wait()
    assert task.account == fingerprint(SecretStr(KEYS[0]))
    assert isinstance(await bench.api.report(task), Painted)
    assert isinstance(await bench.api.report(Task(task.id, "gpt")), Painted)
    assert await bench.api.report(Task(task.id, "gpt", fingerprint(SecretStr(KEYS[1])))) == Unknown()


@pytest.mark.parametrize("told", ["402:Credits insufficient", "401:no access", "433:limit used up"])
async def test_a_refused_key_is_passed_over(bench: Bench, told: str) -> None:
    """The next account takes the order at once, and the first is left alone until it works again."""
    bench.services[0].api.faults.add(Fault("image", "generate", "code", told))
    task = await bench.api.generate(FOX, [], None, None)
    assert task.account == fingerprint(SecretStr(KEYS[1]))
    await bench.api.generate(FOX, [], None, None)
    assert bench.taken == [0, 1, 1]
    first, *others = await bench.api.look()
    assert [state.refusal for state in others] == [None, None]
    if "401" in told:
        assert first.refusal is None, "it answers, and has credits"
        return
    assert first.refusal is Failure.OUT_OF_CREDITS, "it has no more credits than at its refusal"
    bench.services[0].api.credits += 1000
    assert (await bench.api.look())[0].refusal is None


async def test_no_key_is_left(bench: Bench) -> None:
    """If all are refused, the last refusal is the answer, as with one key."""
    for service in bench.services:
        service.api.credits = 0.0
    with pytest.raises(ApiRefused) as refused:
        await bench.api.generate(FOX, [], None, None)
    assert refused.value.failure is Failure.OUT_OF_CREDITS
    with pytest.raises(ApiRefused):
        await bench.api.generate(FOX, [], None, None)
    assert sum(len(service.api.generated) for service in bench.services) == 3


async def test_a_lost_answer_goes_to_no_other_key(bench: Bench) -> None:
    """An order that may have been taken isn't given to another account."""
    bench.services[0].api.faults.add(Fault("image", "generate", "drop_after"))
    with pytest.raises(AnswerLost):
        await bench.api.generate(FOX, [], None, None)
    assert bench.taken == [1, 0, 0]


async def test_credits_are_the_sum(bench: Bench) -> None:
    """The credits of the image API are those of all accounts that answer."""
    for service in bench.services:
        service.api.credits = 10.0
    bench.services[1].api.faults.add(Fault("image", "credit", "code", 500))
    assert await bench.api.credits() == 20.0


def test_a_fingerprint_does_not_tell_the_key() -> None:
    """The name of a key is short, and always the same."""
    assert fingerprint(SecretStr("secret-key")) == fingerprint(SecretStr("secret-key"))
    assert len(fingerprint(SecretStr("secret-key"))) == 8
