"""Webhook tokens: only the bot can make one, and each names its job and attempt."""

import string

from hypothesis import assume, example, given
from hypothesis import strategies as st

from core.security.signing import Signer
from core.security.webhook_token import WebhookTokens

KEY = WebhookTokens(Signer("the bot's own key"))
JOB = "0123456789ab"
_JOBS = st.text("0123456789abcdef", min_size=12, max_size=12)


@given(_JOBS, st.integers(0, 999_999))
def test_what_we_made_we_read(job_id: str, attempt: int) -> None:
    """A token reads back as its job and attempt, and fits into a URL unchanged."""
    token = KEY.token(job_id, attempt)
    assert KEY.read(token) == (job_id, attempt)
    assert set(token) <= set(string.ascii_letters + string.digits + "-_")


@given(st.text(max_size=80))
def test_made_up_tokens_are_refused(token: str) -> None:
    """An invented text is never accepted and never breaks the reader."""
    assert KEY.read(token) is None


@given(st.text("0123456789abcdef", min_size=12, max_size=12), st.integers(0, 99), st.binary(min_size=32, max_size=32))
def test_a_forged_seal_is_refused(job_id: str, attempt: int, seal: bytes) -> None:
    """A token signed with another key is refused."""
    forged = WebhookTokens(Signer(seal.hex())).token(job_id, attempt)
    assert KEY.read(forged) is None


@given(st.data())
def test_every_altered_character_is_noticed(data: st.DataObject) -> None:
    """A token with any one character changed, removed or added is refused."""
    token = KEY.token(JOB, 3)
    place = data.draw(st.integers(0, len(token) - 1))
    char = data.draw(st.sampled_from(string.ascii_letters + string.digits + "-_é\n"))
    assume(char != token[place])
    assert KEY.read(token[:place] + char + token[place + 1 :]) is None
    assert KEY.read(token[:place] + token[place + 1 :]) is None
    assert KEY.read(token[:place] + char + token[place:]) is None


@given(st.integers(1, 5))
@example(1)
def test_a_token_has_one_spelling(zeros: int) -> None:
    """A job and attempt have exactly one token."""
    job_id, attempt, seal = KEY.token(JOB, 3).split("-", 2)
    assert KEY.read(f"{job_id}-{'0' * zeros}{attempt}-{seal}") is None


def test_tokens_differ_by_order_attempt_and_key() -> None:
    """Tokens differ by job, attempt and key, so one token doesn't reveal another."""
    tokens = {
        KEY.token(JOB, 1),
        KEY.token(JOB, 2),
        KEY.token("ba9876543210", 1),
        WebhookTokens(Signer("other")).token(JOB, 1),
    }
    assert len({token.rsplit("-", 1)[1] for token in tokens}) == 4
