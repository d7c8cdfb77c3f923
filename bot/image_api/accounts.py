"""Several accounts of the image API behind its port: one key each, with a pace, a refusal and credits of its own."""

import asyncio
import hashlib
import math
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Self

import structlog
from pydantic import SecretStr
from typing_extensions import override

from bot.image_api.client import HttpImageApi
from core.errors import ApiError, ApiRefused, Busy, Failure
from core.models.image_request import Request
from core.models.job import AccountState, Report, Task, Unknown
from core.ports.image_api import ApiAccounts, Catalog, Found, ImageApi, Usable
from core.ports.pace import CallCounter

log = structlog.get_logger()

_OF_THE_KEY = {Failure.OUT_OF_CREDITS, Failure.MISCONFIGURED}
"""The refusals that concern a key, and not the order."""


def fingerprint(key: SecretStr) -> str:
    """Return a short name of a key that doesn't tell it: eight hexadecimal digits of its SHA-256."""
    return hashlib.sha256(key.get_secret_value().encode()).hexdigest()[:8]


class _Account:
    """One account: its client, its latest orders, and why it is passed over, if it is."""

    def __init__(self, name: str, api: HttpImageApi) -> None:
        self.name = name
        self.api = api
        self.ordered_at: deque[float] = deque(maxlen=1000)
        self.refusal: Failure | None = None
        self.left_at_refusal = 0.0

    async def pass_over(self, failure: Failure) -> None:
        """Use other accounts until this one has more credits than now; a few may be left, but too few for an order."""
        log.error("image_api_key_passed_over", key=self.name, failure=failure.value)
        self.refusal, self.left_at_refusal = failure, math.inf  # until the credits are known
        left = await self._credits() if failure is Failure.OUT_OF_CREDITS else None
        self.left_at_refusal = left or 0.0

    async def look(self) -> AccountState:
        """Ask for the credits, and use the account again if the cause of its refusal is gone."""
        left = await self._credits()
        if self.refusal and left is not None and left > self.left_at_refusal:
            log.warning("image_api_key_used_again", key=self.name)
            self.refusal = None
        return AccountState(self.name, self.refusal, left)

    async def _credits(self) -> float | None:
        try:
            return await self.api.credits()
        except ApiError as error:
            log.info("credit_balance_unavailable", key=self.name, error=str(error))
            return None


class ImageApiAccounts(ImageApi, ApiAccounts, Catalog):
    """The image API with several keys. An order goes to the usable account with the fewest orders lately.

    A key that is empty or refused is passed over: the order surely wasn't taken, so the next account gets it at once.
    A task is asked about with the key that it was ordered with, or with all of them if that isn't known. `counter`
    counts the calls of all processes.
    """

    def __init__(
        self,
        accounts: Sequence[tuple[str, HttpImageApi]],
        calls: int,
        window_s: float = 10.5,
        counter: CallCounter | None = None,
    ) -> None:
        self._accounts = [_Account(name, api) for name, api in accounts]
        self._calls = calls
        self._window_s = window_s
        self._counter = counter
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        for account in self._accounts:
            await self._stack.enter_async_context(account.api)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    @override
    async def generate(self, request: Request, files: Sequence[str], mask: str | None, webhook_url: str | None) -> Task:
        last: ApiError = Busy("every key is at its limit")
        if all(account.refusal for account in self._accounts):
            last = ApiRefused(Failure.OUT_OF_CREDITS, "every key is passed over")
        async for account in self._turns():
            try:
                task = await account.api.generate(request, files, mask, webhook_url)
            except ApiRefused as error:
                if error.failure not in _OF_THE_KEY:
                    raise
                await account.pass_over(error.failure)
                last = error
            except Busy as error:
                if error.code not in {None, 429}:
                    raise
                last = error
            else:
                return Task(task.id, task.model, account.name)
        raise last

    async def _turns(self) -> AsyncIterator[_Account]:
        """Go through the usable accounts, the one with the most room first, each within its own limit."""
        now = asyncio.get_running_loop().time()
        for account in sorted(self._accounts, key=lambda account: self._lately(account, now)):
            if account.refusal is None and (not self._calls or self._lately(account, now) < self._calls):
                account.ordered_at.append(now)
                if await self._has_room(account):
                    yield account

    async def _has_room(self, account: _Account) -> bool:
        """Count a call of an account among those of all processes; return False if they have made too many."""
        if self._counter is None or not self._calls:
            return True
        _, wait_ms = await self._counter.take(f"generate {account.name}", self._calls, int(self._window_s * 1000))
        return not wait_ms

    def _lately(self, account: _Account, now: float) -> int:
        return sum(at > now - self._window_s for at in account.ordered_at)

    @override
    async def report(self, task: Task) -> Report:
        known = self._of(task)
        if known:
            return await known.api.report(task)
        reports = [await account.api.report(task) for account in self._accounts if account.refusal is None]
        return next((report for report in reports if not isinstance(report, Unknown)), Unknown())

    @override
    async def upload(self, path: Path, name: str) -> str:
        return await self._first().api.upload(path, name)

    @override
    async def download(self, task: Task, url: str, into: Path, usable: Usable[Found]) -> Found:
        account = self._of(task) or self._first()
        return await account.api.download(task, url, into, usable)

    @override
    async def credits(self) -> float:
        states = await self.look()
        found = [state.left for state in states if state.left is not None]
        if not found:
            return await self._first().api.credits()
        return sum(found)

    @override
    async def look(self) -> list[AccountState]:
        return [await account.look() for account in self._accounts]

    @override
    async def model_ids(self) -> set[str]:
        return await self._first().api.model_ids()

    @override
    async def model_prices(self, model_id: str) -> dict[str, int]:
        return await self._first().api.model_prices(model_id)

    def _of(self, task: Task) -> _Account | None:
        return next((account for account in self._accounts if account.name == task.account), None)

    def _first(self) -> _Account:
        return next((account for account in self._accounts if account.refusal is None), self._accounts[0])
