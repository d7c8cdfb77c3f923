"""An operator's settings for access and credits are read correctly, or reported as wrong by name."""

import pytest

from bot.settings import Settings, SettingsError, load
from core.models.access import AccessMode

NEEDED = {"telegram_bot_token": "123456:ABC-def_ghi", "image_api_key": "key"}


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove every setting from the environment."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_nothing_set_is_open_and_without_limits() -> None:
    """By default there are neither operators nor limits, everyone is admitted, and pictures cost the vendor's price."""
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
    """Lists are comma-separated with optional blanks; a limit of 0 is a limit, and an empty one is none."""
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
    """A wrong value is reported in one line with the setting's name."""
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        load(_env_file=None, **NEEDED)
    (line,) = refused.value.lines
    assert line.startswith(f"{name}: ")
