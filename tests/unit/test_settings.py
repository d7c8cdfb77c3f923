"""Settings: every problem is reported at once, and no secret is shown."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.settings import HOSTS, Preset, Settings, SettingsError, load
from core.models.access import AccessMode
from tests.unit.catalog import ROOT

TOKEN, API_KEY = "123456:ABC-def_ghi", "the-key-of-the-image-api"
NAMES = {
    "TELEGRAM_BOT_TOKEN", "TELEGRAM_API_URL", "TELEGRAM_WEBHOOK_SECRET", "IMAGE_API", "IMAGE_API_KEY", "IMAGE_API_URL",
    "UPLOAD_API_URL", "IMAGE_API_WEBHOOK_KEY", "PUBLIC_URL", "TRUSTED_HOSTS", "TELEGRAM_MODE", "HOST", "PORT",
    "DATABASE_URL", "DATA_DIR", "POLL_INTERVAL_S", "JOB_DEADLINE_S", "LOG_LEVEL", "LOG_FORMAT",
}  # fmt: skip


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Remove every setting from the environment, and change to a directory without a `.env`."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def env(monkeypatch: pytest.MonkeyPatch, clean: None) -> pytest.MonkeyPatch:
    """Set the required settings; a test changes one of them."""
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TOKEN)
    monkeypatch.setenv("IMAGE_API_KEY", API_KEY)
    return monkeypatch


def _complaints() -> list[str]:
    with pytest.raises(SettingsError) as refused:
        load()
    return refused.value.lines


@pytest.mark.usefixtures("env")
def test_two_secrets_are_enough() -> None:
    """With the token and the key, every other setting has its documented default."""
    settings = load()
    assert settings.telegram_api_url == "https://api.telegram.org"
    assert (settings.image_api, settings.api_root, settings.upload_root) == (Preset.KIE, *HOSTS[Preset.KIE])
    assert (settings.telegram_mode, settings.webhook, settings.public_url) == ("auto", False, None)
    assert settings.telegram_limits == "on"
    assert (settings.listens_on, settings.port, settings.trusted_hosts) == ("127.0.0.1", 8080, [])
    assert (settings.database, settings.data_dir) == ("sqlite:///data/imagine-bot.db", Path("data"))
    assert (settings.poll_interval_s, settings.job_deadline_s) == (10, 900)
    assert (settings.log_level, settings.log_format) == ("INFO", "console")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TELEGRAM_BOT_TOKEN", "   "),
        ("TELEGRAM_BOT_TOKEN", "123456"),
        ("TELEGRAM_API_URL", "https://"),
        ("IMAGE_API_URL", "https://a.example?x=1"),
        ("IMAGE_API_URL", "http://[::1"),
        ("PUBLIC_URL", "http://10.0.0.1"),
        ("PUBLIC_URL", "http://localhost.evil.example"),
        ("DATABASE_URL", "sqlite:///"),
        ("POLL_INTERVAL_S", "nan"),
        ("JOB_DEADLINE_S", "inf"),
        ("PORT", "-1"),
        ("TELEGRAM_LIMITS", "none"),
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
        ("CREDITS_PER_PICTURE", "0.555"),
        ("DAILY_CREDITS_PER_PERSON", "-1"),
        ("DAILY_CREDITS_PER_CHAT", "many"),
        ("DAILY_CREDITS", "1e99"),
        ("CONFIRM_ABOVE_CREDITS", "-1"),
        ("CONFIRM_ABOVE_CREDITS", "many"),
        ("MAX_JOBS_PER_PERSON", "0"),
    ],
)
def test_one_wrong_value_is_one_line(env: pytest.MonkeyPatch, name: str, value: str) -> None:
    """A wrong value is reported in one line without the value."""
    env.setenv(name, value)
    (line,) = _complaints()
    assert line.startswith(f"{name}: ")


@pytest.mark.usefixtures("env")
def test_nothing_set_is_open_and_without_limits() -> None:
    """By default there are neither operators nor limits, everyone is admitted, and pictures cost the vendor's price."""
    settings = load()
    assert (settings.admins, settings.access, settings.allowed_ids) == ([], AccessMode.OPEN, [])
    assert settings.credits_per_picture == 600
    assert {
        settings.low_credits,
        settings.daily_credits_per_person,
        settings.daily_credits_per_chat,
        settings.daily_credits,
        settings.max_jobs_per_person,
        settings.confirm_above_credits,
    } == {None}


def test_lists_and_limits_are_read(env: pytest.MonkeyPatch) -> None:
    """Lists are comma-separated with optional blanks; a limit of 0 is a limit, and an empty one is none."""
    env.setenv("ADMINS", " 1001, 1002 ,,")
    env.setenv("ACCESS", "invite")
    env.setenv("ALLOWED_IDS", "5,-1001234567890")
    env.setenv("LOW_CREDITS", "99.5")
    env.setenv("DAILY_CREDITS_PER_PERSON", "0")
    env.setenv("DAILY_CREDITS", "")
    env.setenv("CONFIRM_ABOVE_CREDITS", " 24 ")
    env.setenv("TRUSTED_HOSTS", " Proxy.example , 127.0.0.1:8080,, ")
    settings = load()
    assert settings.trusted_hosts == ["proxy.example", "127.0.0.1:8080"]
    assert (settings.admins, settings.allowed_ids) == ([1001, 1002], [5, -1001234567890])
    assert (settings.access, settings.low_credits) == (AccessMode.INVITE, 99.5)
    assert (settings.daily_credits_per_person, settings.daily_credits) == (0, None)
    assert settings.confirm_above_credits == 2400


def test_webhook_mode_needs_an_address(env: pytest.MonkeyPatch) -> None:
    """Webhook mode without PUBLIC_URL is reported together with other mistakes."""
    env.setenv("TELEGRAM_MODE", "webhook")
    env.setenv("PORT", "x")
    assert {line.split(":")[0] for line in _complaints()} == {"PUBLIC_URL", "PORT"}


@pytest.mark.parametrize(
    ("mode", "public_url", "webhook"),
    [
        ("auto", "", False),
        ("auto", "https://bot.example/", True),
        ("webhook", "http://127.0.0.1:8080", True),
        ("polling", "https://bot.example", False),
        ("auto", "http://[::1]:8080", True),
        ("auto", "http://localhost:8080", True),
    ],
)
def test_how_updates_come(env: pytest.MonkeyPatch, mode: str, public_url: str, webhook: bool) -> None:
    """PUBLIC_URL means a webhook unless polling is set, and loses its trailing slash."""
    env.setenv("TELEGRAM_MODE", mode)
    env.setenv("PUBLIC_URL", public_url)
    if public_url.startswith("http:"):
        env.setenv("TELEGRAM_API_URL", "http://127.0.0.1:8081")  # api.telegram.org can't reach loopback addresses
    settings = load()
    assert settings.webhook is webhook
    assert not (settings.public_url or "").endswith("/")


@pytest.mark.parametrize("address", ["https://bot.example:8080", "http://127.0.0.1:8080", "https://bot.example:80443"])
def test_an_address_telegram_does_not_post_to(env: pytest.MonkeyPatch, address: str) -> None:
    """PUBLIC_URL with a scheme or port that Telegram doesn't post to is reported before the start."""
    env.setenv("PUBLIC_URL", address)
    assert [line.split(":")[0] for line in _complaints()] == ["PUBLIC_URL"]
    if ":80443" not in address:  # with polling, only the image API posts to it
        env.setenv("TELEGRAM_MODE", "polling")
        load()


@pytest.mark.parametrize("port", [80, 88, 443, 8443])
def test_ports_telegram_posts_to(env: pytest.MonkeyPatch, port: int) -> None:
    """Telegram's four ports are accepted."""
    env.setenv("PUBLIC_URL", f"https://bot.example:{port}")
    assert load().webhook


@pytest.mark.parametrize("around", ["\n", "\r\n", "  ", "\t", "\ufeff"])
def test_white_space_of_files_is_no_part_of_a_value(env: pytest.MonkeyPatch, around: str) -> None:
    """White space around a value is removed, because files end in line breaks."""
    for name, value in {"IMAGE_API_KEY": API_KEY, "TELEGRAM_BOT_TOKEN": TOKEN, "PUBLIC_URL": "https://a.b"}.items():
        env.setenv(name, f"{around}{value}{around}")
    settings = load()
    assert settings.image_api_key is not None
    assert settings.image_api_key.get_secret_value() == API_KEY
    assert settings.telegram_bot_token.get_secret_value() == TOKEN
    assert settings.public_url == "https://a.b"


@pytest.mark.parametrize("quote", ['"', "'"])
@pytest.mark.parametrize("name", ["IMAGE_API_KEY", "TELEGRAM_BOT_TOKEN", "PORT", "PUBLIC_URL", "IMAGE_API"])
def test_quotes_of_docker_are_named(env: pytest.MonkeyPatch, name: str, quote: str) -> None:
    """Quotes that docker's --env-file keeps are reported without the value."""
    env.setenv(name, f"{quote}{API_KEY}{quote}")
    (complaint,) = _complaints()
    assert complaint.startswith(f"{name}: ")
    assert "quotes" in complaint
    assert API_KEY not in complaint


@pytest.mark.parametrize("inside", ["a\nb", "a b", "clé", "a\x7fb", "ключ"])
def test_a_key_with_strange_characters_is_refused(env: pytest.MonkeyPatch, inside: str) -> None:
    """A key with characters that no request can carry is refused without being shown."""
    env.setenv("IMAGE_API_KEY", inside)
    (complaint,) = _complaints()
    assert complaint.startswith("IMAGE_API_KEY: ")
    assert inside not in complaint


def test_a_file_with_a_byte_order_mark(tmp_path: Path) -> None:
    """A byte order mark at the beginning of `.env` is ignored."""
    (tmp_path / ".env").write_text(f"\ufeffTELEGRAM_BOT_TOKEN={TOKEN}\nIMAGE_API_KEY={API_KEY}\n", encoding="utf-8")
    assert load().telegram_bot_token.get_secret_value() == TOKEN


@pytest.mark.parametrize("preset", list(HOSTS))
def test_presets(env: pytest.MonkeyPatch, preset: Preset) -> None:
    """A preset sets both hosts, and each can be overridden separately."""
    env.setenv("IMAGE_API", preset.value)
    assert (load().api_root, load().upload_root) == HOSTS[preset]
    env.setenv("IMAGE_API_URL", "http://127.0.0.1:9/")
    assert (load().api_root, load().upload_root) == ("http://127.0.0.1:9", HOSTS[preset][1])
    env.setenv("UPLOAD_API_URL", "http://127.0.0.1:8")
    assert load().upload_root == "http://127.0.0.1:8"


def test_a_dotenv_file_counts_and_the_environment_wins(env: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The environment wins over `.env`, and unknown lines in `.env` are ignored."""
    tmp_path.joinpath(".env").write_text("PORT=81\nHOST=::1\nIMAGE_API_URL=\nSOMEBODY_ELSES=1\n", encoding="utf-8")
    env.setenv("PORT", "82")
    assert (load().port, load().host, load().image_api_url) == (82, "::1", None)


def test_no_secret_shows(env: pytest.MonkeyPatch) -> None:
    """Printing or dumping the settings shows no secret."""
    env.setenv("TELEGRAM_WEBHOOK_SECRET", "webhook-secret")
    env.setenv("IMAGE_API_WEBHOOK_KEY", "signing-key")
    shown = f"{load()!r} {load()} {load().model_dump()} {load().model_dump_json()}"
    for secret in (TOKEN, TOKEN.split(":")[1], API_KEY, "webhook-secret", "signing-key"):
        assert secret not in shown


def test_every_setting_is_documented() -> None:
    """`.env.example` has a line for exactly the existing settings, with their defaults."""
    lines = ROOT.joinpath(".env.example").read_text(encoding="utf-8").splitlines()
    shown = dict(line.split("=", 1) for line in lines if re.match(r"[A-Z0-9_]+=", line))
    assert set(shown) == {name.upper() for name in Settings.model_fields} >= NAMES
    explained = [lines[number - 1] for number, line in enumerate(lines) if re.match(r"[A-Z0-9_]+=", line) and number]
    assert all(explained), "a setting or its comment stands above every setting"
    example = load(_env_file=ROOT / ".env.example", telegram_bot_token=TOKEN, image_api_key=API_KEY)
    assert example == load(_env_file=None, telegram_bot_token=TOKEN, image_api_key=API_KEY)


OF_0_1 = {
    "IMAGE_API": "kie",
    "TRUSTED_HOSTS": "10.0.0.1:9000",
    "POLL_INTERVAL_S": "10",
    "JOB_DEADLINE_S": "900",
    "PUBLIC_URL": "https://bot.example.org",
    "MINI_APP_NAME": "paint",
    "TELEGRAM_MODE": "auto",
    "TELEGRAM_WEBHOOK_SECRET": "a-secret_1",
    "HOST": "",
    "PORT": "8443",
    "ADMIN_CHAT_ID": "-1001",
    "LOW_CREDITS": "100",
    "ADMINS": "1,2",
    "ACCESS": "allowlist",
    "ALLOWED_IDS": "3,-4",
    "CREDITS_PER_PICTURE": "6",
    "DAILY_CREDITS_PER_PERSON": "60",
    "DAILY_CREDITS_PER_CHAT": "120",
    "DAILY_CREDITS": "600",
    "MAX_JOBS_PER_PERSON": "5",
    "NO_PROXY": "localhost",
    "DATABASE_URL": "sqlite:///data/imagine-bot.db",
    "DATA_DIR": "data",
    "RETENTION_DAYS": "365",
    "LOG_LEVEL": "INFO",
    "LOG_FORMAT": "json",
}
"""A settings file of release 0.1, as an operator may still have it."""


def test_a_settings_file_of_the_release_before_works(tmp_path: Path) -> None:
    """No name and no value of an earlier settings file stops the bot."""
    file = tmp_path / ".env"
    file.write_text("".join(f"{name}={value}\n" for name, value in OF_0_1.items()))
    read = load(_env_file=file, telegram_bot_token=TOKEN, image_api_key=API_KEY)
    assert (read.port, read.admins, read.access.value, read.daily_credits) == (8443, [1, 2], "allowlist", 60000)
    assert {name.lower() for name in OF_0_1} <= set(Settings.model_fields)


@given(st.dictionaries(st.sampled_from(sorted(Settings.model_fields)), st.text(max_size=12)))
def test_no_value_breaks_the_reading(values: dict[str, str]) -> None:
    """Any value is accepted or reported by name."""
    try:
        load(_env_file=None, **values)
    except SettingsError as error:
        named = {line.split(":")[0] for line in error.lines}
        if not named <= NAMES | {name.upper() for name in values}:
            pytest.fail(f"unknown names: {named}")


def test_several_keys(env: pytest.MonkeyPatch) -> None:
    """Keys are separated by commas, each counts once, and none shows."""
    env.setenv("IMAGE_API_KEYS", f" second-key ,{API_KEY},, third-key")
    settings = load()
    assert [key.get_secret_value() for key in settings.keys] == [API_KEY, "second-key", "third-key"]
    assert "second-key" not in f"{settings!r} {settings.model_dump()}"
    env.delenv("IMAGE_API_KEY")
    assert [key.get_secret_value() for key in load().keys] == ["second-key", API_KEY, "third-key"]


@pytest.mark.parametrize("keys", ["a b", "klé", "good,bäd"])
def test_a_strange_one_of_several_keys(env: pytest.MonkeyPatch, keys: str) -> None:
    """A key with characters that no header takes is refused, without being told."""
    env.setenv("IMAGE_API_KEYS", keys)
    with pytest.raises(SettingsError) as refused:
        load()
    (line,) = refused.value.lines
    assert line.startswith("IMAGE_API_KEYS:")
    assert keys not in line
