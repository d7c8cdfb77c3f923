"""The store of the pictures that DATA_URL names: a directory, or a bucket of an object store."""

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from yarl import URL

from bot.proxies import Proxies
from bot.settings import Settings, bucket_of
from core.errors import StorageError
from core.ports.files import PictureStore
from storage.belonging import sole_user
from storage.blob_store import FileBlobStore

if TYPE_CHECKING:
    from obstore.store import ClientConfig, S3Config

_AWS = "https://s3.amazonaws.com"
_CREDENTIAL_HOSTS = ("169.254.0.0/16", "127.0.0.0/8", "localhost")
_NO_PROXY = "http://127.0.0.1:9"
"""An address where no proxy is, so that a request to a host that isn't excluded fails."""


def picture_store(settings: Settings, url: str, work_dir: Path) -> PictureStore:
    """Build the store at a URL or in a directory. Raises StorageError if a package is missing."""
    bucket, prefix = bucket_of(url)
    if not bucket:
        return FileBlobStore(Path(url), work_dir)
    try:
        from storage.object_store import ObjectBlobStore  # noqa: PLC0415 - most installations have a directory
    except ModuleNotFoundError as error:
        raise StorageError(
            "pictures in an object store need the extra `s3`. Install it: pip install 'imagine-bot[s3]'"
        ) from error
    endpoint = settings.s3_endpoint or _AWS
    if problem := settings.proxies.problem(endpoint):
        raise StorageError(f"the object store can't be reached: {problem}")
    return ObjectBlobStore(bucket, prefix, work_dir, _config(settings), _client(settings.proxies, endpoint))


@asynccontextmanager
async def open_pictures(settings: Settings, owner: str) -> AsyncIterator[PictureStore]:
    """Open the store of the pictures of the database whose id is `owner`. Raises StorageError."""
    store, directory = picture_store(settings, settings.pictures_at, settings.data_dir), settings.pictures_in
    with ExitStack() as stack:
        if directory and directory != settings.data_dir:  # DATA_DIR is locked already
            stack.enter_context(sole_user(directory, shared=True))
        await store.open()
        await store.claim(owner)
        await store.tidy()
        yield store


def _config(settings: Settings) -> "S3Config":
    """Return the settings of the object store. Others of the usual variables are read from the environment."""
    config: S3Config = {}
    if region := settings.aws_region or settings.aws_default_region:
        config["region"] = region
    if settings.s3_endpoint:
        config["aws_endpoint_url_s3"] = settings.s3_endpoint  # of all its names, this one comes first
    if settings.aws_access_key_id:
        config["access_key_id"] = settings.aws_access_key_id.get_secret_value()
    if settings.aws_secret_access_key:
        config["secret_access_key"] = settings.aws_secret_access_key.get_secret_value()
    if settings.aws_session_token:
        config["session_token"] = settings.aws_session_token.get_secret_value()
    return config


def _client(proxies: Proxies, endpoint: str) -> "ClientConfig":
    """Return the settings about proxies. Without any, the HTTP client would read the environment by rules of its own.

    It can't be told to use none, but which hosts to reach directly: those of the cloud that hand out credentials, and
    the store itself if the bot's own rules say so.
    """
    if not proxies.are_given:
        return {}
    proxy = proxies.of(endpoint)
    direct = _CREDENTIAL_HOSTS if proxy else (*_CREDENTIAL_HOSTS, URL(endpoint).host or "", "amazonaws.com")
    return {"proxy_url": str(proxy or _NO_PROXY), "proxy_excludes": ",".join(direct)}
