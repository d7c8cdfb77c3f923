"""An object store in trouble: errors come in time and in plain words, and no picture is lost or wrongly called kept."""

import hashlib
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest

from bot.picture_store import picture_store
from core.errors import StorageError
from core.models.image_request import Picture
from core.models.media import Incoming
from storage.object_store import ObjectBlobStore, Patience
from tests.object_faults import Faults, faulty
from tests.seaweedfs import (
    BUCKET,
    KEY_ID,
    READER_ID,
    READER_SECRET,
    SECRET,
    object_store,
    settings_with,
)

if TYPE_CHECKING:
    from obstore.store import S3Config

CONTENT = b"the bytes of a picture" * 1000
PICTURE = Picture(hashlib.sha256(CONTENT).hexdigest(), "png", 10, 10, len(CONTENT))
OWNER = "a" * 32
HURRIED = Patience(
    connect_s=0.5, read_s=0.3, retries=1, first_wait_s=0.01, longest_wait_s=0.02, call_s=1.0, transfer_s=2.0
)
FAULTS = ["503", "500", "507", "hang", "cut"]


@pytest.fixture
async def faults() -> AsyncIterator[Faults]:
    """Open a way to the object store that can be disturbed."""
    async with faulty(object_store().url) as way:
        yield way


@pytest.fixture
async def store(tmp_path: Path, faults: Faults) -> ObjectBlobStore:
    """Open a store of pictures over the way that can be disturbed, with little patience."""
    opened = _store(tmp_path, faults.url)
    await opened.open()
    await opened.claim(OWNER)
    return opened


def _store(
    work_dir: Path, url: str, key_id: str = KEY_ID, secret: str = SECRET, bucket: str = BUCKET
) -> ObjectBlobStore:
    config: S3Config = {"aws_endpoint_url_s3": url, "region": "us-east-1"}
    config |= {"access_key_id": key_id, "secret_access_key": secret}
    prefix = object_store().fresh()["DATA_URL"].removeprefix(f"s3://{BUCKET}/")
    return ObjectBlobStore(bucket, prefix, work_dir, config, {}, HURRIED)


def _arrived(store: ObjectBlobStore) -> Path:
    path = store.scratch()
    path.write_bytes(CONTENT)
    return path


async def _kept(store: ObjectBlobStore) -> None:
    await store.keep(Incoming(_arrived(store)), PICTURE)
    await store.tidy()  # so that it is fetched


async def _content(store: ObjectBlobStore) -> bytes | None:
    async with store.local(PICTURE) as (path,):
        return path.read_bytes() if path.exists() else None


async def _refused(work: Awaitable[object], within_s: float = 3.0) -> str:
    """Return the words of the error, which come in time and without secrets or addresses."""
    began = time.monotonic()
    with pytest.raises(StorageError) as caught:
        await work
    assert time.monotonic() - began < within_s
    words = str(caught.value)
    assert not any(secret in words for secret in (KEY_ID, SECRET, READER_ID, READER_SECRET, "http://", "X-Amz"))
    assert caught.value.__cause__ is None  # a traceback would show addresses
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return words


@pytest.mark.parametrize("kind", FAULTS)
async def test_a_picture_that_is_not_kept_stays(store: ObjectBlobStore, faults: Faults, kind: str) -> None:
    """The file stays on the local disk, and can be kept once the store is well again."""
    path = _arrived(store)
    faults.put(kind)
    await _refused(store.keep(Incoming(path), PICTURE))
    assert path.read_bytes() == CONTENT
    faults.mend()
    assert not await store.has(PICTURE)
    await store.keep(Incoming(path), PICTURE)
    assert await _content(store) == CONTENT


@pytest.mark.parametrize("kind", FAULTS)
async def test_trouble_is_not_taken_for_absence(store: ObjectBlobStore, faults: Faults, kind: str) -> None:
    """A picture that can't be looked up or read is not reported as missing."""
    await _kept(store)
    faults.put(kind)
    works: list[Callable[[], Awaitable[object]]] = [
        lambda: store.has(PICTURE),
        lambda: _content(store),
        lambda: store.size(PICTURE.file_name),
        lambda: store.older([PICTURE.file_name], -60),
        lambda: store.drop([PICTURE.file_name]),
        store.owner,
        store.alive,
        store.probe,
    ]
    for work in works:
        await _refused(work())
    assert not any(store.scratch().parent.iterdir())
    faults.mend()
    assert await _content(store) == CONTENT


async def test_the_words_name_the_trouble(store: ObjectBlobStore, faults: Faults) -> None:
    """An operator reads which store it is, and what it does."""
    for kind, words in (("503", "status 503"), ("507", "status 507"), ("hang", "in time|can't be reached")):
        faults.put(kind)
        with pytest.raises(StorageError, match=f"s3://{BUCKET}/test-.*({words})"):
            await store.probe()


@pytest.mark.parametrize("kind", ["503", "500", "cut"])
async def test_a_moment_of_trouble_is_bridged(store: ObjectBlobStore, faults: Faults, kind: str) -> None:
    """A single failed request is sent again."""
    faults.put(kind, times=1)
    await store.keep(Incoming(_arrived(store)), PICTURE)
    faults.put(kind, times=1)
    assert await store.has(PICTURE)
    await store.tidy()
    faults.put(kind, times=1)
    assert await _content(store) == CONTENT
    assert faults.met == 3


async def test_a_lost_put_is_noticed(store: ObjectBlobStore, faults: Faults) -> None:
    """A store that claims to have taken a picture, and has not, is not believed."""
    path = _arrived(store)
    faults.put("lose", "PUT")
    assert "has lost a picture" in await _refused(store.keep(Incoming(path), PICTURE))
    assert path.exists()
    assert "reads otherwise" in await _refused(store.probe())


async def test_half_an_answer_is_not_a_picture(store: ObjectBlobStore, faults: Faults) -> None:
    """A download that ends early is finished by another request, or fails; nothing shorter is ever used."""
    await _kept(store)
    faults.put("half", "GET", times=1)
    assert await _content(store) == CONTENT
    await store.tidy()
    faults.put("half", "GET")
    await _refused(_content(store))
    faults.mend()
    assert await _content(store) == CONTENT


async def test_a_claim_that_comes_a_moment_late(store: ObjectBlobStore) -> None:
    """If another database claims the store between the look and the note, the note is refused."""
    before = [None]

    async def too_early() -> str | None:
        return before.pop() if before else await ObjectBlobStore.owner(store)

    with patch.object(store, "owner", too_early):
        assert "belongs to another database" in await _refused(store.claim("b" * 32))
    assert await store.owner() == OWNER


async def test_no_bucket(store: ObjectBlobStore, tmp_path: Path) -> None:
    """A missing bucket is told at the start, and isn't taken for an empty store."""
    other = _store(tmp_path, object_store().url, bucket="not-there")
    assert "the bucket doesn't exist" in await _refused(other.open())
    assert "the bucket doesn't exist" in await _refused(other.owner())
    assert "the bucket doesn't exist" in await _refused(anext(aiter(other.pages(9))))
    assert "the bucket doesn't exist" in await _refused(other.drop([PICTURE.file_name]))
    assert "the bucket doesn't exist" in await _refused(_content(other))


@pytest.mark.parametrize(
    ("key_id", "secret"), [(READER_ID, READER_SECRET), (KEY_ID, "wrong-secret"), ("UNKNOWNKEY", SECRET)]
)
async def test_access_denied(tmp_path: Path, faults: Faults, key_id: str, secret: str) -> None:
    """Credentials that are wrong, or may only read, are told at the start, with the settings to check."""
    words = await _refused(_store(tmp_path, faults.url, key_id, secret).open())
    assert "access denied. Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY" in words


async def test_a_store_that_is_down(tmp_path: Path) -> None:
    """A closed port is told at the start."""
    async with faulty("http://127.0.0.1:9") as gone:
        url = gone.url
    words = await _refused(_store(tmp_path, url).open())
    assert "can't be reached" in words
    assert "AWS_ENDPOINT_URL" in words


async def test_a_store_that_lost_its_marker(store: ObjectBlobStore, tmp_path: Path) -> None:
    """/readyz tells that a bucket was emptied or exchanged."""
    await store.alive()
    empty = _store(tmp_path, object_store().url)
    assert "has lost its marker" in await _refused(empty.alive())


async def test_a_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Requests to loopback never go to a proxy, and others only by the bot's own rules."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://ada:s3cret-pass@127.0.0.1:9")
    environment = object_store().fresh()
    settings = settings_with(environment, tmp_path)
    assert settings.proxies.are_given
    store = picture_store(settings, settings.pictures_at, tmp_path)
    await store.open()


async def test_the_endpoint_of_s3_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """AWS_ENDPOINT_URL_S3 comes before AWS_ENDPOINT_URL, in `.env` as in the environment."""
    environment = object_store().fresh()
    url = environment.pop("AWS_ENDPOINT_URL")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    for settings in (
        settings_with(environment | {"AWS_ENDPOINT_URL_S3": url}, tmp_path),
        settings_with(environment | {"AWS_ENDPOINT_URL": url}, tmp_path),
    ):
        await picture_store(settings, settings.pictures_at, tmp_path).open()
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", url)
    settings = settings_with(environment, tmp_path)
    await picture_store(settings, settings.pictures_at, tmp_path).open()


async def test_secrets_are_told_nowhere(
    store: ObjectBlobStore, faults: Faults, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither logs nor output nor a repr have the credentials, whatever goes wrong."""
    caplog.set_level(logging.DEBUG)
    for kind in FAULTS:
        faults.put(kind)
        await _refused(store.probe())
    settings = settings_with(object_store().fresh(), Path())
    out, err = capfd.readouterr()
    for words in (caplog.text, out, err, repr(store), repr(settings), repr(vars(store))):
        assert KEY_ID not in words
        assert SECRET not in words
