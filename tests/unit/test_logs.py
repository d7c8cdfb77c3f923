"""No log line contains a secret, whatever its source and format."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from pydantic import SecretStr

from bot import logs

TOKEN = SecretStr("123456:AbC-def_GHI")
API_KEY = SecretStr("sk-image-key")
ODD = SecretStr('quo"te\\back\nslash-ключ')
SECRETS = (TOKEN, API_KEY, ODD, None)


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Restore the logging configuration after the test."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


@pytest.fixture(params=["console", "json"])
def form(request: pytest.FixtureRequest) -> str:
    """Return the log format."""
    return str(request.param)


def _fail(secret: str) -> None:
    raise ValueError(f"https://api.example/bot{secret}/getMe")


@pytest.mark.parametrize("secret", [TOKEN, API_KEY, ODD])
def test_secrets_are_blotted_out_of_everything(
    form: str, secret: SecretStr, capsys: pytest.CaptureFixture[str]
) -> None:
    """Secrets are removed from messages, values, tracebacks and lines of libraries."""
    logs.configure("INFO", form, SECRETS)
    value = secret.get_secret_value()
    log = structlog.get_logger()
    log.info(f"plain {value}", url=f"https://a.example/{value}/x", nested={"k": [value]}, raw=value.encode())
    logging.getLogger("some.library").warning("GET %s", value)
    try:
        _fail(value)
    except ValueError:
        log.exception("it failed")
        logging.getLogger("some.library").exception("it failed there")
    shown = capsys.readouterr().err
    for piece in (value, value.split(":")[-1], repr(value)[1:-1], json.dumps(value)[1:-1]):
        assert piece not in shown
    assert shown.count("[secret]") >= 6
    assert "it failed there" in shown


@pytest.mark.parametrize("before", range(0, 120, 7))
def test_a_traceback_shows_no_secret(form: str, before: int, capsys: pytest.CaptureFixture[str]) -> None:
    """A traceback contains neither secrets, even across line breaks, nor local variables."""
    logs.configure("INFO", form, SECRETS)
    private = "what a person wrote".upper()
    try:
        _fail("x" * before + TOKEN.get_secret_value())
    except ValueError:
        structlog.get_logger().exception("it failed")
    shown = capsys.readouterr().err
    in_one_line = "".join(char for char in shown if char not in "│╭╮╰╯─ \n")
    assert TOKEN.get_secret_value().split(":")[1] not in in_one_line
    assert private not in shown


def test_the_half_of_a_token_is_a_secret(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The part of the token behind the colon is treated as a secret, even if the colon is escaped."""
    logs.configure("INFO", form, SECRETS)
    structlog.get_logger().info("bot123456\\u003aAbC-def_GHI")
    assert "AbC-def" not in capsys.readouterr().err


def test_ordinary_words_stay(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty or one-letter secret isn't removed."""
    logs.configure("INFO", form, (SecretStr(""), SecretStr("a"), None))
    structlog.get_logger().info("a fox was painted", chat=7)
    shown = capsys.readouterr().err
    assert "a fox was painted" in shown
    assert "[secret]" not in shown


def test_a_secret_within_another(capsys: pytest.CaptureFixture[str]) -> None:
    """The longer of two overlapping secrets is removed first, so that no rest of it remains."""
    logs.configure("INFO", "json", (SecretStr("secret"), SecretStr("secret-and-more")))
    structlog.get_logger().info("it is secret-and-more")
    assert "and-more" not in capsys.readouterr().err


def test_json_is_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Each JSON line is a complete object with time, level and values, including tracebacks."""
    logs.configure("INFO", "json", SECRETS)
    structlog.get_logger().info("painted", chat=-100, words="Füchse\n🦊")
    try:
        _fail("x")
    except ValueError:
        structlog.get_logger().exception("it failed")
    first, second = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert (first["event"], first["level"], first["chat"], first["words"]) == ("painted", "info", -100, "Füchse\n🦊")
    assert first["timestamp"].endswith("Z")
    assert "ValueError" in second["exception"]


def test_the_level_holds_for_everyone(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Lines below the log level aren't written, neither the bot's nor those of libraries."""
    logs.configure("WARNING", form, SECRETS)
    structlog.get_logger().info("quiet")
    logging.getLogger("some.library").info("quiet")
    structlog.get_logger().warning("loud")
    shown = capsys.readouterr().err
    assert "loud" in shown
    assert "quiet" not in shown
