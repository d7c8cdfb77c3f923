"""What an operator writes down about people and money is read as it is meant, or named as wrong."""

import pytest

from bot.settings import Settings, SettingsError, load
from core.models.access import AccessMode

NEEDED = {"telegram_bot_token": "123456:ABC-def_ghi", "image_api_key": "key"}


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of whoever runs the tests."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_nothing_set_is_open_and_without_limits() -> None:
    """A bot of one's own needs no operators, no list and no budget; a picture costs what the vendor takes."""
    settings = load(_env_file=None, **NEEDED)
    assert (settings.admins, settings.access, settings.allowed_ids) == ([], AccessMode.OPEN, [])
    assert settings.credits_per_picture == 6
    assert {
        settings.low_credits,
        settings.daily_credits_per_person,
        settings.daily_credits_per_chat,
        settings.daily_credits,
        settings.max_jobs_per_person,
    } == {None}


def test_lists_and_limits_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commas separate, blanks do not matter, groups are below zero; a limit of nothing is one, empty is none."""
    monkeypatch.setenv("ADMINS", " 1001, 1002 ,,")
    monkeypatch.setenv("ACCESS", "invite")
    monkeypatch.setenv("ALLOWED_IDS", "5,-1001234567890")
    monkeypatch.setenv("LOW_CREDITS", "99.5")
    monkeypatch.setenv("DAILY_CREDITS_PER_PERSON", "0")
    monkeypatch.setenv("DAILY_CREDITS", "")
    settings = load(_env_file=None, **NEEDED)
    assert (settings.admins, settings.allowed_ids) == ([1001, 1002], [5, -1001234567890])
    assert (settings.access, settings.low_credits) == (AccessMode.INVITE, 99.5)
    assert (settings.daily_credits_per_person, settings.daily_credits) == (0, None)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ADMINS", "@ada"),
        ("ADMINS", "-1001"),
        ("ADMINS", "0"),
        ("ADMINS", str(1 << 52)),
        ("ALLOWED_IDS", "1,two"),
        ("ALLOWED_IDS", "1 2"),
        ("ACCESS", "closed"),
        ("LOW_CREDITS", "-1"),
        ("LOW_CREDITS", "nan"),
        ("CREDITS_PER_PICTURE", "-6"),
        ("CREDITS_PER_PICTURE", "0.5"),
        ("DAILY_CREDITS_PER_PERSON", "-1"),
        ("DAILY_CREDITS_PER_CHAT", "many"),
        ("DAILY_CREDITS", "1e99"),
        ("MAX_JOBS_PER_PERSON", "0"),
    ],
)
def test_what_is_wrong_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """One wrong value is one line, with the name of its setting."""
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        load(_env_file=None, **NEEDED)
    (line,) = refused.value.lines
    assert line.startswith(f"{name}: ")
