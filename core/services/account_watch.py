"""The watch over the accounts of the image API: operators hear which key is passed over, and when it is used again."""

from core.errors import Failure
from core.ports.image_api import ApiAccounts
from core.services.circuit_breaker import CircuitBreaker
from core.text import Text, text

_CAUSES: dict[Failure, Text] = {
    Failure.OUT_OF_CREDITS: text("its account has no credits left, or its limit is used up"),
    Failure.MISCONFIGURED: text("it is refused"),
}


class AccountWatch:
    """Tell the operators once about each key that is passed over."""

    def __init__(self, accounts: ApiAccounts, breaker: CircuitBreaker) -> None:
        self._accounts = accounts
        self._breaker = breaker
        self._told: dict[str, Failure] = {}

    async def look(self) -> None:
        """Look at all accounts; those that work again are used again."""
        for state in await self._accounts.look():
            told = self._told.pop(state.name, None)
            if state.refusal:
                self._told[state.name] = state.refusal
            if state.refusal and told is None:
                await self._breaker.tell(_passed_over(state.name, state.refusal))
            elif told and state.refusal is None:
                await self._breaker.tell(text("🔑 I use the key <code>{key}</code> again.", key=state.name))


def _passed_over(name: str, failure: Failure) -> Text:
    return text(
        "🔑 I pass over the key <code>{key}</code> of the image API: {cause}. The others go on. I look every minute.",
        key=name,
        cause=_CAUSES.get(failure, text("it is refused")),
    )
