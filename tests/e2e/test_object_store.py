"""The whole bot with its pictures in an object store."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import obstore
import pytest
from obstore.store import S3Store

from core.errors import StorageError
from storage import retention
from tests.e2e.kit import ADA, Room, Studio, opened, picture, shows, until, words_of
from tests.object_faults import Faults, faulty
from tests.seaweedfs import BUCKET, object_store

OPERATOR = 4242


@pytest.fixture
async def faults(idle: Studio) -> AsyncIterator[Faults]:
    """Let the bot use the object store over a way that can be disturbed."""
    async with faulty(object_store().url) as way:
        environment = object_store().fresh() | {"AWS_ENDPOINT_URL": way.url}
        idle.overrides |= {name.lower(): value for name, value in environment.items()}
        yield way
        await idle.crash()


def _objects(studio: Studio) -> set[str]:
    """Return the names of the pictures in the store."""
    settings = studio.settings()
    assert settings.aws_access_key_id
    assert settings.aws_secret_access_key
    store = S3Store(
        BUCKET,
        prefix=settings.pictures_at.removeprefix(f"s3://{BUCKET}/"),
        config={
            "endpoint": object_store().url,
            "region": "us-east-1",
            "access_key_id": settings.aws_access_key_id.get_secret_value(),
            "secret_access_key": settings.aws_secret_access_key.get_secret_value(),
        },
        client_options={"allow_http": True},
    )
    return {Path(meta["path"]).stem for page in obstore.list(store, "pictures") for meta in page}


async def _get(url: str) -> tuple[int, Any]:
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.json()


async def test_the_life_of_a_picture(faults: Faults, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """A photo is edited, the result edited after a restart, shown in /history and as a file, and deleted for good."""
    studio = room.studio
    photo = await room.say("/edit make it night", files=[("photo.png", picture((90, 60)), False)])
    first = await studio.picture(photo)
    await studio.in_state("delivered")
    await studio.restart()
    second = await room.edit("make it day", first)
    await studio.in_state("delivered", 2)
    assert studio.inputs() == [studio.outputs(0)[0]]
    rows = {row["sha256"] for row in studio.rows("pictures")}
    assert rows <= _objects(studio)
    page = await studio.answer(await room.say("/history"))
    sheet = studio.world.files.get(page["photo"][-1]["file_id"])
    assert sheet
    assert min(opened(sheet.data).size) >= 100
    await room.press(second, "file")
    document = await room.come(shows("document"), page)
    kept = studio.world.files.get(document["document"]["file_id"])
    assert kept
    assert [kept.data] == studio.outputs()
    await room.delete(first)
    await studio.heard_everything()
    deleted = {row["sha256"] for row in studio.rows("pictures WHERE deleted_at IS NOT NULL")}
    assert len(deleted) == 1
    monkeypatch.setattr(retention, "_YOUNG_S", -3600)
    await studio.restart()
    await until(lambda: _objects(studio) & rows == rows - deleted)
    assert not (studio.directory / "pictures").exists()
    assert not studio.leftovers()


async def test_readiness_tells_of_the_store(faults: Faults, idle: Studio) -> None:
    """/readyz answers 503 while the store doesn't answer."""
    idle.timing = replace(idle.timing, readiness_fresh_s=0)
    await idle.start()
    assert (await _get(f"{idle.url}/readyz"))[1]["pictures"] is True
    faults.put("cut")
    status, said = await _get(f"{idle.url}/readyz")
    assert (status, said["pictures"], said["database"]) == (503, False, True)
    faults.mend()
    status, said = await _get(f"{idle.url}/readyz")
    assert (status, said["pictures"]) == (200, True)


@pytest.mark.parametrize(("kind", "methods"), [("507", "PUT"), ("cut", "GET HEAD PUT POST DELETE"), ("lose", "PUT")])
async def test_nothing_is_paid_while_nothing_can_be_kept(
    faults: Faults, idle: Studio, hurried: None, kind: str, methods: str
) -> None:
    """A store that is full, down or loses pictures stops submissions, is reported, and no picture is lost."""
    idle.timing = replace(idle.timing, cool_down_s=0.1)
    idle.world.add_person(OPERATOR, "Olga")
    await idle.start(admin_chat_id=OPERATOR)
    faults.put(kind, methods)
    first = await idle.say("a red fox")
    await idle.world.wait_for(OPERATOR, lambda message: "can't write" in words_of(message))
    second = await idle.say("a hare", idle.person())
    await idle.answer(second, "No pictures are painted just now")
    assert "a hare" not in [order["prompt"] for order in idle.images.generated]
    faults.mend()
    await idle.picture(first)
    await idle.picture(second)
    # A call that began before the store was well again may fail after the news of that, and is then told once more.
    assert [words_of(message)[0] for message in idle.from_bot(OPERATOR)][:2] == ["💾", "✅"]


async def test_a_start_without_the_store(faults: Faults, idle: Studio) -> None:
    """The start fails with the reason, before the bot talks to anybody; later it works."""
    faults.put("cut")
    with pytest.raises(StorageError, match="can't be reached"):
        await idle.start()
    faults.mend()
    await idle.start()
    await idle.picture(await idle.say("a red fox"))
    assert idle.from_bot(ADA)
