"""Logging: one log for the bot and its libraries, as text or as JSON, and without secrets."""

import json
import logging
import sys
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import structlog
from pydantic import SecretStr

_SHORTEST = 6  # characters; redacting a shorter value would hit ordinary words


class Redactor:
    """The last step before a line is written: it redacts each secret that is still there."""

    def __init__(self, secrets: Sequence[SecretStr | None]) -> None:
        values = {secret.get_secret_value() for secret in secrets if secret}
        # The part of a bot token after the colon is as secret as the whole.
        values |= {value.split(":", 1)[1] for value in values if ":" in value}
        values |= {spelling for value in values for spelling in _spellings(value)}
        self._secrets = sorted((value for value in values if len(value) >= _SHORTEST), key=len, reverse=True)

    def __call__(self, line: str) -> str:
        """Redact every secret in a line."""
        for secret in self._secrets:
            line = line.replace(secret, "[secret]")
        return line


def _spellings(value: str) -> tuple[str, ...]:
    """Return the secret as it appears in a JSON string, a repr, bytes and a URL."""
    return json.dumps(value, ensure_ascii=False)[1:-1], repr(value)[1:-1], repr(value.encode())[2:-1], quote(value, "")


def configure(level: str, form: str, secrets: Sequence[SecretStr | None], *, is_final: bool = False) -> None:
    """Set up logging to standard error. `level` is a logging level's name; `form` is `console` or `json`.

    With `is_final`, every logger keeps this configuration once it is used, so that its calls cost less.
    """
    redact = Redactor(secrets)
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        # rich, if it is installed, shows local variables in tracebacks and breaks secrets over two lines.
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    final: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if form == "json":
        final.append(structlog.processors.format_exc_info)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared, processors=[*final, lambda logger, name, event: redact(renderer(logger, name, event))]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    # PTB's bot logs every parameter of every call, such as the webhook's secret and people's messages.
    for chatty in ("httpx", "httpcore", "aiosqlite", "PIL", "telegram.Bot", "telegram.ext.ExtBot"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        cache_logger_on_first_use=is_final,
    )
