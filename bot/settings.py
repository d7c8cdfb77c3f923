"""All settings, from the environment or `.env`. One error names all that are missing or wrong."""

import re
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from telegram.constants import SUPPORTED_WEBHOOK_PORTS
from yarl import URL

from bot.model_table import ModelTableError, read_models
from bot.proxies import Proxies, is_loopback
from core.models.access import AccessMode
from core.models.credits import HUNDREDTHS
from core.models.image_model import FOUR_O
from core.models.model_choice import Models
from storage.database import POSTGRESQL
from storage.postgresql_url import check


class Preset(StrEnum):
    """The provider of the image API."""

    KIE = "kie"
    APIKLEY = "apikley"
    SANDBOX = "sandbox"


HOSTS: dict[Preset, tuple[str, str]] = {
    Preset.KIE: ("https://api.kie.ai", "https://kieai.redpandaai.co"),
    Preset.APIKLEY: ("https://api.apikley.ru", "https://api.apikley.ru/file-upload"),
}
"""The root of the API and the root of its file upload, by preset."""


OFFICIAL_HOST = "api.telegram.org"
_MOST_CREDITS = 1_000_000_000
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")  # Amazon S3, "Bucket naming rules"
_SEGMENT = re.compile(r"(?!\.+$)[A-Za-z0-9._-]{1,200}")
WEBHOOK_PORTS = frozenset(SUPPORTED_WEBHOOK_PORTS)


class SettingsError(Exception):
    """Raised if the environment can't be used. `lines` has one line for each wrong setting."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


def _http_root(value: str) -> str:
    url = URL(value)
    if url.scheme not in {"http", "https"} or not url.host:
        raise ValueError("must be an http or https address")
    if url.query_string or url.fragment or url.user:
        raise ValueError("must not contain a query, a fragment or a user")
    return value.rstrip("/")


def _public_root(value: str | None, info: ValidationInfo) -> str | None:
    if value is None:
        if info.data.get("telegram_mode") == "webhook":
            raise ValueError("is required with TELEGRAM_MODE=webhook")
        return None
    url = URL(_http_root(value))
    if url.scheme == "http" and not is_loopback(url.host or ""):
        raise ValueError("must use https; http works only on a loopback address")
    posts = info.data.get("telegram_mode") != "polling"
    if posts and URL(info.data.get("telegram_api_url") or "").host == OFFICIAL_HOST:
        _postable(url)
    return value.rstrip("/")


def _postable(url: URL) -> None:
    """Check that Telegram's own server can post updates to a URL. Raises ValueError.

    Source: https://core.telegram.org/bots/api#setwebhook.
    """
    if url.scheme != "https":
        raise ValueError("must use https, or Telegram can't post updates to it; or set TELEGRAM_MODE=polling")
    if url.port not in WEBHOOK_PORTS:
        ports = ", ".join(map(str, sorted(WEBHOOK_PORTS)))
        raise ValueError(f"must use a port that Telegram posts to ({ports}), not {url.port}")


def _key(value: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[\x21-\x7e]+", value.get_secret_value()):
        raise ValueError("must contain only visible ASCII characters, without spaces or line breaks inside")
    return value


def _keys(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return [_key(SecretStr(key.strip())) for key in value.split(",") if key.strip()]


def _api_key(value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
    if value:
        return _key(value)
    if not info.data.get("image_api_keys") and info.data.get("image_api") is not Preset.SANDBOX:
        raise ValueError("is required, except with IMAGE_API=sandbox")
    return None


def _bot_token(value: SecretStr) -> SecretStr:
    if not re.fullmatch(r"\d+:[A-Za-z0-9_-]+", value.get_secret_value()):
        raise ValueError("must look like 123456:ABC-DEF; get it from @BotFather with /token")
    return value


def _webhook_secret(value: SecretStr | None) -> SecretStr | None:
    if value and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", value.get_secret_value()):
        raise ValueError("must be 1 to 256 characters of A-Z, a-z, 0-9, _ and -")
    return value


def _mini_app(value: str | None) -> str | None:
    if value and not re.fullmatch(r"[A-Za-z0-9_]{3,30}", value):
        raise ValueError("must be the short name of a Mini App: 3 to 30 characters of A-Z, a-z, 0-9 and _")
    return value


def _hosts(value: str | list[str]) -> list[str]:
    given = value.split(",") if isinstance(value, str) else value
    return [host.strip().lower() for host in given if host.strip()]


def _names(value: str | list[str]) -> list[str]:
    given = value.split(",") if isinstance(value, str) else value
    return list(dict.fromkeys(name.strip().lower() for name in given if name.strip()))


def _numbers(value: str | list[int]) -> list[int]:
    given = value.split(",") if isinstance(value, str) else value
    try:
        numbers = [int(number) for number in given if str(number).strip()]
    except ValueError:
        raise ValueError("must be numbers, separated by commas") from None
    if not all(0 < abs(number) < 1 << 52 for number in numbers):
        raise ValueError("must be Telegram ids of users or chats")
    return numbers


def _people(value: list[int]) -> list[int]:
    if any(number < 0 for number in value):
        raise ValueError("must be ids of users; negative ids are ids of chats")
    return value


def _database(url: SecretStr) -> SecretStr:
    value = url.get_secret_value()
    if value.startswith(POSTGRESQL):
        return SecretStr(check(value))
    if not value.startswith("sqlite:///") or len(value) == len("sqlite:///"):
        raise ValueError("must look like sqlite:///data/imagine-bot.db or postgresql://user:password@host:5432/name")
    return url


def bucket_of(url: str) -> tuple[str, str]:
    """Return the bucket and the prefix of a URL `s3://bucket/prefix`; both are empty for a directory."""
    if not url.startswith("s3://"):
        return "", ""
    bucket, _, prefix = url.removeprefix("s3://").partition("/")
    return bucket, prefix.strip("/")


def pictures_url(value: str) -> str:
    """Check where pictures are: a directory, or `s3://bucket/prefix`. Raises ValueError, without the value."""
    bucket, prefix = bucket_of(value)
    if value.startswith("s3://"):
        is_right = _BUCKET.fullmatch(bucket) and all(_SEGMENT.fullmatch(part) for part in prefix.split("/") if prefix)
    else:
        is_right = "://" not in value
    if not is_right:
        raise ValueError("must be a directory, or look like s3://bucket/prefix, without a key, a password or a query")
    return value


def _hundredths(value: Any) -> Any:
    try:
        credits_ = Decimal(str(value))
    except InvalidOperation:
        raise ValueError("must be a number of credits") from None
    if not credits_.is_finite() or not 0 <= credits_ <= _MOST_CREDITS:
        raise ValueError(f"must be from 0 to {_MOST_CREDITS} credits")
    if credits_ != round(credits_, 2):
        raise ValueError("must have at most two decimals")
    return int(credits_ * HUNDREDTHS)


def _absent(value: Any) -> Any:
    """Treat an empty line in `.env` as no line."""
    return None if value == "" else value


Root = Annotated[str, AfterValidator(_http_root)]
Absent = BeforeValidator(_absent)
Names = Annotated[list[str], NoDecode, BeforeValidator(_names)]
Name = Annotated[str, AfterValidator(str.lower)]
Ids = Annotated[list[int], NoDecode, BeforeValidator(_numbers)]
Hundredths = Annotated[int, BeforeValidator(_hundredths)]
"""A number of credits, with at most two decimals, in hundredths."""
Credits = Annotated[Hundredths | None, Absent]
Checked = Field(validate_default=True)
"""A rule about several settings belongs to one field: a rule about the model runs only if all fields are valid."""


class Settings(BaseSettings):
    """The operator's settings. `.env.example` explains each of them. Secrets never show in a repr."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8-sig", extra="ignore", env_ignore_empty=True
    )

    telegram_bot_token: Annotated[SecretStr, AfterValidator(_bot_token)]
    telegram_api_url: Root = "https://api.telegram.org"
    telegram_webhook_secret: Annotated[SecretStr | None, Absent, AfterValidator(_webhook_secret)] = None
    telegram_mode: Literal["auto", "webhook", "polling"] = "auto"
    telegram_limits: Literal["on", "off"] = "on"
    """Off is meant for a Bot API server of one's own in tests and benchmarks: no message waits before it is refused."""
    image_api: Preset = Preset.KIE
    image_api_keys: Annotated[list[SecretStr], NoDecode, BeforeValidator(_keys)] = []
    image_api_key: Annotated[SecretStr | None, Absent, AfterValidator(_api_key), Checked] = None
    image_api_url: Annotated[Root | None, Absent] = None
    upload_api_url: Annotated[Root | None, Absent] = None
    image_api_webhook_key: Annotated[SecretStr | None, Absent] = None
    models: Names = []
    models_file: Annotated[Path | None, Absent] = None
    default_model: Name = FOUR_O
    default_edit_model: Name = ""
    default_mask_model: Name = ""
    model_fallback: Names = []
    image_api_calls_per_10s: Annotated[int, Field(ge=0, le=100_000)] = 20
    public_url: Annotated[str | None, Absent, AfterValidator(_public_root), Checked] = None
    mini_app_name: Annotated[str | None, Absent, AfterValidator(_mini_app)] = None
    trusted_hosts: Annotated[list[str], NoDecode, BeforeValidator(_hosts)] = []
    admin_chat_id: Annotated[int | None, Absent] = None
    admins: Annotated[Ids, AfterValidator(_people)] = []
    access: AccessMode = AccessMode.OPEN
    allowed_ids: Ids = []
    low_credits: Annotated[Annotated[float, Field(ge=0, allow_inf_nan=False)] | None, Absent] = None
    credits_per_picture: Hundredths = 6  # credits; defaults are read as all values are
    daily_credits_per_person: Credits = None
    daily_credits_per_chat: Credits = None
    daily_credits: Credits = None
    confirm_above_credits: Credits = None
    max_jobs_per_person: Annotated[Annotated[int, Field(ge=1)] | None, Absent] = None
    host: str = ""
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    database_url: Annotated[SecretStr, AfterValidator(_database)] = SecretStr("sqlite:///data/imagine-bot.db")
    data_dir: Path = Path("data")
    data_url: Annotated[Annotated[str, AfterValidator(pictures_url)] | None, Absent] = None
    aws_access_key_id: Annotated[SecretStr | None, Absent] = None
    aws_secret_access_key: Annotated[SecretStr | None, Absent] = None
    aws_session_token: Annotated[SecretStr | None, Absent] = None
    aws_region: Annotated[str | None, Absent] = None
    aws_default_region: Annotated[str | None, Absent] = None
    aws_endpoint_url: Annotated[Root | None, Absent] = None
    aws_endpoint_url_s3: Annotated[Root | None, Absent] = None
    retention_days: Annotated[int, Field(ge=1, le=36_500)] = 365
    poll_interval_s: Annotated[float, Field(ge=0.4, le=600)] = 10
    lease_s: Annotated[float, Field(ge=2, le=300)] = 10
    """How long a process that doesn't answer keeps its part of the work from others, with PostgreSQL."""
    job_deadline_s: Annotated[float, Field(ge=1, le=86_400)] = 900
    http_proxy: Annotated[SecretStr | None, Absent] = None
    https_proxy: Annotated[SecretStr | None, Absent] = None
    all_proxy: Annotated[SecretStr | None, Absent] = None
    no_proxy: Annotated[str | None, Absent] = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["console", "json"] = "console"

    @field_validator("*", mode="before")
    @classmethod
    def _as_it_comes_out_of_files(cls, value: Any) -> Any:
        """Strip white space. Raises ValueError for quotes, which docker's --env-file keeps."""
        if not isinstance(value, str):
            return value
        bare = value.strip().strip("\ufeff").strip()
        if len(bare) > 1 and bare[0] == bare[-1] and bare[0] in "\"'":
            raise ValueError("must not be in quotes: docker's --env-file makes them part of the value")
        return bare

    @property
    def proxies(self) -> Proxies:
        """The proxies for all requests."""
        return Proxies(self.http_proxy, self.https_proxy, self.all_proxy, self.no_proxy)

    @property
    def keys(self) -> list[SecretStr]:
        """All keys of the image API, each once."""
        found = [self.image_api_key, *self.image_api_keys] if self.image_api_key else list(self.image_api_keys)
        return list({key.get_secret_value(): key for key in found}.values())

    @cached_property
    def table(self) -> Models:
        """The models that are offered. Raises ModelTableError."""
        return read_models(
            file=self.models_file,
            offered=self.models,
            default=self.default_model,
            default_edit=self.default_edit_model,
            default_mask=self.default_mask_model,
            fallback=self.model_fallback,
            four_o_price=self.credits_per_picture,
        )

    @property
    def database(self) -> str:
        """The URL of the database, which may contain a password."""
        return self.database_url.get_secret_value()

    @property
    def pictures_at(self) -> str:
        """The directory or the `s3://` URL where pictures are."""
        return self.data_url or str(self.data_dir)

    @property
    def pictures_in(self) -> Path | None:
        """The directory where pictures are; None if they are in an object store."""
        return None if bucket_of(self.pictures_at)[0] else Path(self.pictures_at)

    @property
    def s3_endpoint(self) -> str | None:
        """The root of the object store; None for that of Amazon."""
        return self.aws_endpoint_url_s3 or self.aws_endpoint_url

    @property
    def listens_on(self) -> str:
        """The host to listen on: HOST, or all interfaces with PUBLIC_URL, or loopback."""
        return self.host or ("0.0.0.0" if self.public_url else "127.0.0.1")  # noqa: S104 - PUBLIC_URL asks for it

    @property
    def webhook(self) -> bool:
        """Whether Telegram posts updates; otherwise the bot fetches them."""
        return self.telegram_mode != "polling" and self.public_url is not None

    @property
    def api_root(self) -> str:
        """The root of the image API; empty for the built-in sandbox, whose address is known once it runs."""
        return self.image_api_url or HOSTS.get(self.image_api, ("", ""))[0]

    @property
    def upload_root(self) -> str:
        """The root of the file upload; empty if it is the same as that of the API."""
        return self.upload_api_url or HOSTS.get(self.image_api, ("", ""))[1]


def load(**overrides: Any) -> Settings:
    """Read the settings. Raises SettingsError, which names all that are missing or wrong."""
    try:
        settings = Settings(**overrides)
    except ValidationError as error:
        raise SettingsError(_lines(error)) from None
    try:
        settings.table  # noqa: B018 - it is read here so that a wrong one is told at start
    except ModelTableError as error:
        raise SettingsError(error.problems) from None
    return settings


def _lines(error: ValidationError) -> list[str]:
    lines = []
    for problem in error.errors(include_url=False, include_input=False, include_context=False):
        words = "is required" if problem["type"] == "missing" else problem["msg"].removeprefix("Value error, ")
        lines.append(f"{str(problem['loc'][0]).upper()}: {words[0].lower()}{words[1:]}")
    return lines
