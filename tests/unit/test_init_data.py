"""Mini App init data is accepted only with this bot's signature, for an hour."""

import hashlib
import hmac
import json
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.security.init_data import MAX_AGE_S, MAX_CHARACTERS, NotOpenedByTelegram, Visitor, read_init_data
from sandbox.telegram.state import ADA
from sandbox.telegram.world import World

TOKEN, NOW = "123456:ABC-DEF", 1_800_000_000
PERSON = {"id": 7, "first_name": "Ada", "language_code": "de"}


def sealed(token: str = TOKEN, **fields: Any) -> str:
    """Sign fields as the Telegram documentation says; written independently of the bot's code."""
    told = {name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()}
    lines = "\n".join(f"{name}={told[name]}" for name in sorted(told))
    key = hmac.new(b"WebAppData", token.encode(), hashlib.sha256).digest()
    told["hash"] = hmac.new(key, lines.encode(), hashlib.sha256).hexdigest()
    return urlencode(told, quote_via=quote)


def refused(init_data: str, token: str = TOKEN) -> str:
    """Return why the data is refused; the visitor's text is the same for every reason."""
    with pytest.raises(NotOpenedByTelegram) as caught:
        read_init_data(init_data, token, NOW)
    assert "open it again" in caught.value.reply.source
    return caught.value.cause


def test_who_it_is() -> None:
    """Valid init data names the user and their language, or English without one."""
    assert read_init_data(sealed(user=PERSON, auth_date=NOW), TOKEN, NOW) == Visitor(7, "de")
    assert read_init_data(sealed(user={"id": 7}, auth_date=NOW), TOKEN, NOW) == Visitor(7, "en")


@pytest.mark.parametrize("start", [None, "r0123456789ab-0"])
def test_the_sandbox_and_we_agree(start: str | None) -> None:
    """Init data signed by the sandbox, which shares no code with the bot, is accepted from buttons and links."""
    world = World(TOKEN, wall=lambda: float(NOW))
    visitor = read_init_data(world.init_data(ADA, start_param=start), TOKEN, NOW)
    assert visitor == Visitor(ADA, "en")


@pytest.mark.parametrize("age", [0, MAX_AGE_S, -60])
def test_within_its_time(age: int) -> None:
    """Init data is accepted for an hour, and up to a minute ahead of the bot's clock."""
    assert read_init_data(sealed(user=PERSON, auth_date=NOW - age), TOKEN, NOW).person == 7


@pytest.mark.parametrize("age", [MAX_AGE_S + 1, -61, 10**12])
def test_too_old_or_of_the_future(age: int) -> None:
    """Init data that is older than an hour or too far in the future is refused."""
    assert "old" in refused(sealed(user=PERSON, auth_date=NOW - age))


@pytest.mark.parametrize(
    "forged",
    [
        {"user": json.dumps(PERSON | {"id": 8})},
        {"auth_date": str(NOW + 1)},
        {"hash": "0" * 64},
        {"hash": ""},
        {"hash": "ü" * 64},
        {"start_param": "r0123456789ab-0"},
    ],
    ids=["person", "time", "zeros", "empty", "letters", "addition"],
)
def test_any_change_breaks_the_seal(forged: dict[str, str]) -> None:
    """A changed user, time or hash and an added field are refused."""
    fields = dict(parse_qsl(sealed(user=PERSON, auth_date=NOW))) | forged
    assert "signature" in refused(urlencode(fields))


def test_a_seal_that_is_not_for_these_fields() -> None:
    """The data of another bot and a duplicate field are refused: it is ambiguous which one was signed."""
    assert "signature" in refused(sealed("654321:ABC-DEF", user=PERSON, auth_date=NOW))
    assert "signature" in refused(sealed(user=PERSON, auth_date=NOW) + f"&auth_date={NOW}")


@pytest.mark.parametrize("missing", ["user", "auth_date", "hash"])
def test_something_is_missing(missing: str) -> None:
    """Init data without a user, a time or a hash is refused."""
    fields: dict[str, Any] = {"user": PERSON, "auth_date": NOW}
    data = sealed(**{name: value for name, value in fields.items() if name != missing})
    refused(data.partition("&hash=")[0] if missing == "hash" else data)


@pytest.mark.parametrize(
    "person",
    ["Ada", "[]", "null", "7", "{", "[" * 4000, {"id": "7"}, {"id": True}, {"id": 7.0}, {"first_name": "Ada"},
     PERSON | {"language_code": 5}],
)  # fmt: skip
def test_a_person_of_another_shape(person: Any) -> None:
    """A user that isn't an object with an integer ID is refused, even if signed."""
    refused(sealed(user=person, auth_date=NOW))


@pytest.mark.parametrize("when", ["soon", "", "1e9", "nan", "9" * 5000])
def test_a_time_of_another_shape(when: str) -> None:
    """A time that isn't a number is refused, even if signed."""
    refused(sealed(user=PERSON, auth_date=when))


def test_too_long() -> None:
    """Init data that is longer than the limit is refused unread."""
    assert refused(sealed(user=PERSON, auth_date=NOW, filler="x" * MAX_CHARACTERS)) == "too long"


@given(st.text(max_size=200))
def test_noise_is_refused(noise: str) -> None:
    """Any text is refused without another exception."""
    refused(noise)


@given(st.dictionaries(st.text(max_size=12), st.text(max_size=30), max_size=5))
def test_sealed_noise_is_refused(fields: dict[str, str]) -> None:
    """Signed data without a user is refused without another exception."""
    told = {name.encode("utf-8", "replace").decode(): "x" for name in fields}
    refused(sealed(**{name: value for name, value in told.items() if name not in {"hash", "token"}}))
