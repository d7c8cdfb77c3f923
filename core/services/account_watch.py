"""The watch over the accounts of the image API: operators hear which key is passed over, and when it is used again."""

from core.errors import Failure
from core.models.job import AccountState
from core.ports.image_api import ApiAccounts
from core.ports.repositories import Notes
from core.services.circuit_breaker import CircuitBreaker
from core.text import Text, text

_CAUSES: dict[Failure, Text] = {
    Failure.OUT_OF_CREDITS: text("its account has no credits left, or its limit is used up"),
    Failure.MISCONFIGURED: text("it is refused"),
}


class AccountWatch:
    """Tell the operators once about each key that is passed over. Processes with the same `notes` tell it once."""

    def __init__(self, accounts: ApiAccounts, breaker: CircuitBreaker, notes: Notes | None = None) -> None:
        self._accounts = accounts
        self._breaker = breaker
        self._notes = notes
        self._told: dict[str, Failure] = {}

    async def look(self) -> None:
        """Look at all accounts; those that work again are used again."""
        for state in await self._accounts.look():
            told = self._told.pop(state.name, None)
            if state.refusal:
                self._told[state.name] = state.refusal
            if bool(state.refusal) == bool(told) or not await self._is_news(state):
                continue
            if state.refusal:
                await self._breaker.tell(_passed_over(state.name, state.refusal))
            else:
                await self._breaker.tell(text("🔑 I use the key <code>{key}</code> again.", key=state.name))

    async def _is_news(self, state: AccountState) -> bool:
        """Note that a key is passed over, or used again; return False if another process has noted it before."""
        if self._notes is None:
            return True
        name = f"passed_over {state.name}"
        was_noted = await self._notes.get(name) is not None
        await self._notes.put(name, state.refusal.value if state.refusal else None)
        return was_noted != bool(state.refusal)


def _passed_over(name: str, failure: Failure) -> Text:
    return text(
        "🔑 I pass over the key <code>{key}</code> of the image API: {cause}. The others go on. I look every minute.",
        key=name,
        cause=_CAUSES.get(failure, text("it is refused")),
    )
