"""Pictures are opened in processes of their own: whatever one does there, the bot and the next picture are well."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from PIL import Image

from benchmarks.pictures import many_scans
from bot.imaging import child
from bot.imaging.helper import Answer, Helper, Limits
from bot.imaging.processor import PillowImageProcessor
from core.errors import BadPicture, Failure, StorageError
from tests.unit.pictures import encoded, two_halves
from tests.unit.rooms import NoOpenings, image_processor, shared_helper

MEGABYTE = 1_048_576


@pytest.fixture
async def own() -> AsyncIterator[Helper]:
    """A helper that may be ended."""
    helper = Helper()
    yield helper
    helper.close()


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A small one."""
    path = tmp_path / "picture"
    path.write_bytes(encoded(two_halves(), "PNG"))
    return path


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """One that takes a while, and 27 MB."""
    path = tmp_path / "large"
    Image.frombytes("RGB", (3000, 3000), os.urandom(27_000_000)).save(path, "BMP")
    return path


async def test_more_memory_than_is_given_ends_the_picture(large: Path) -> None:
    """The system says no, whatever the header made us believe."""
    with pytest.raises(BadPicture) as refused:
        await image_processor(Limits(memory=20 * MEGABYTE)).prepare(large)
    assert refused.value.failure is Failure.HUGE_PICTURE


async def test_more_work_than_is_given_ends_the_picture(tmp_path: Path) -> None:
    """A file of 2.3 MB that says the same thing 20,000 times took minutes."""
    path = tmp_path / "scans"
    path.write_bytes(many_scans(4000))
    with pytest.raises(BadPicture) as refused:
        await image_processor(Limits(cpu_s=1)).prepare(path)
    assert refused.value.failure is Failure.HUGE_PICTURE
    assert "SIGXCPU" in str(refused.value) or "SIGKILL" in str(refused.value)


async def test_a_busy_machine_is_not_the_pictures_fault(large: Path, picture: Path) -> None:
    """What is not done in time is tried again, and then it is trouble of the house, as little work was done."""
    with pytest.raises(StorageError, match="not done after"):
        await image_processor(Limits(wall_s=0.02)).prepare(large)
    assert (await image_processor().prepare(picture)).width == 64


@pytest.mark.parametrize(("cpu_s", "tries"), [(0.1, 2), (4.9, 2), (5.1, 1), (9.9, 1)])
async def test_what_had_its_share_of_a_busy_machine_is_refused_at_once(
    own: Helper, picture: Path, monkeypatch: pytest.MonkeyPatch, cpu_s: float, tries: int
) -> None:
    """A picture of 20,000 scans kept others waiting for 85 s, as it was tried again after each 30."""
    asked = []

    def ask(*_: object, **__: object) -> Answer:
        asked.append(1)
        answer: Answer = Answer()
        answer.set_result({"number": 1, "ended": signal.SIGALRM, "said": "", "cpu_s": cpu_s})
        return answer

    monkeypatch.setattr(own, "ask", ask)
    with pytest.raises(StorageError if tries == 2 else BadPicture):
        await image_processor(helper=own).prepare(picture)
    assert len(asked) == tries


async def test_the_work_is_measured(own: Helper, large: Path) -> None:
    """In seconds of the processor."""
    heard = await asyncio.wrap_future(own.ask("inspect", str(large), limits=Limits()))
    assert 0.01 < heard["cpu_s"] < 10


async def test_results_wait_for_no_stranger(large: Path, picture: Path) -> None:
    """They have a line of their own."""
    room = image_processor()
    strangers = [asyncio.create_task(room.prepare(large)) for _ in range(3)]
    await asyncio.sleep(0)
    assert (await room.inspect(picture)).width == 64
    assert not any(stranger.done() for stranger in strangers)
    for stranger in strangers:
        stranger.cancel()
    await asyncio.gather(*strangers, return_exceptions=True)


async def test_a_helper_that_ended_is_started_again(own: Helper, picture: Path) -> None:
    """Also when it ends in the middle of a picture."""
    room = image_processor(helper=own)
    await room.prepare(picture)
    assert own.pid
    os.kill(own.pid, signal.SIGKILL)
    assert (await room.prepare(picture)).width == 64


async def test_a_helper_that_can_not_be_started_is_said(
    own: Helper, picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is trouble of the operator's kind, not of the picture's."""
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(StorageError, match="can't be started"):
        await image_processor(helper=own).prepare(picture)


async def test_what_is_cancelled_ends(large: Path, picture: Path) -> None:
    """Nobody waits for it any more."""
    room = image_processor()
    task = asyncio.create_task(room.prepare(large))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await room.prepare(picture)).width == 64


@pytest.mark.parametrize(
    "said",
    [
        '{"done": ["/../../etc/passwd", 1, 1]}', '{"done": [".png", "wide", 1]}', '{"done": null}', "[]", "{",
        '{"bad_picture": "new", "cause": ""}', '{"bad_mask": 7}',
    ],
)  # fmt: skip
async def test_nothing_it_says_is_believed_blindly(
    own: Helper, picture: Path, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    """A picture may have taken it over."""

    def ask(*_: object, **__: object) -> Answer:
        answer: Answer = Answer()
        answer.set_result({"number": 1, "ended": 0, "said": said, "cpu_s": 0.1})
        return answer

    monkeypatch.setattr(own, "ask", ask)
    with pytest.raises(BadPicture) as refused:
        await image_processor(helper=own).prepare(picture)
    assert refused.value.failure is Failure.BAD_PICTURE


def test_it_inherits_nothing(tmp_path: Path) -> None:
    """Neither secrets of the environment nor open files; and it ends with the process that started it."""
    code = """
import os, sys, time
from pathlib import Path
from bot.imaging.helper import Helper, Limits
os.environ["IMAGE_API_KEY"] = "secret"
opened = open(sys.argv[1])
os.set_inheritable(opened.fileno(), True)
helper = Helper()
helper.ask("inspect", sys.argv[1], limits=Limits()).result()
where = Path(f"/proc/{helper.pid}")
files = [os.readlink(name) for name in (where / "fd").iterdir()]
print(helper.pid, b"secret" in (where / "environ").read_bytes(), sys.argv[1] in files, flush=True)
os.kill(os.getpid(), 9)
"""
    path = tmp_path / "picture"
    path.write_bytes(encoded(two_halves(), "PNG"))
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False, timeout=60
    )
    pid, *inherited = done.stdout.split()
    assert inherited == ["False", "False"], done.stderr
    for _ in range(200):
        if not _runs(int(pid)):
            return
        os.sched_yield()
        subprocess.run(["sleep", "0.05"], check=True)  # noqa: S607
    pytest.fail("the helper outlives the bot")


def _runs(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text(encoding="ascii").split()[2] != "Z"


def test_whatever_goes_wrong_is_said(tmp_path: Path) -> None:
    """An error of any kind becomes words, and the loop of the helper goes on."""
    said = child.carry_out({"work": "inspect", "given": [7]})
    assert list(said) == ["broken"]
    assert "bad_picture" in child.carry_out({"work": "inspect", "given": [str(tmp_path / "nothing")]})


class Notes(NoOpenings):
    """Openings in memory, of a process whose predecessors died."""

    def __init__(self, deaths: int = 0) -> None:
        self.deaths, self.open, self.fails = deaths, list[str](), False
        self.begun = 0

    async def begin(self, sha256: str, most: int) -> int:
        """Note it."""
        self.begun += 1
        if self.deaths < most:
            self.open.append(sha256)
        return self.deaths

    async def end(self, sha256: str) -> None:
        """Take it back."""
        if self.fails:
            raise StorageError("database is locked")
        self.open.remove(sha256)


def _noted(notes: Notes) -> PillowImageProcessor:
    return PillowImageProcessor(notes, shared_helper())


@pytest.mark.parametrize("content", [encoded(two_halves(), "PNG"), b"no picture"])
async def test_what_is_opened_is_noted_before_and_taken_back(tmp_path: Path, content: bytes) -> None:
    """Taken or refused, it did no harm."""
    notes = Notes()
    (tmp_path / "picture").write_bytes(content)
    with suppress(BadPicture):
        await _noted(notes).prepare(tmp_path / "picture")
    assert (notes.begun, notes.open) == (1, [])


async def test_an_orderly_stop_is_held_against_nobody(large: Path) -> None:
    """Cancelled in the middle, it is taken back all the same."""
    notes = Notes()
    task = asyncio.create_task(_noted(notes).prepare(large))
    while not notes.open:  # noqa: ASYNC110
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert notes.open == []


async def test_a_note_that_can_not_be_taken_back_is_taken_back_later(picture: Path) -> None:
    """Else the next start would hold it against an innocent one."""
    notes = Notes()
    room = _noted(notes)
    notes.fails = True
    await room.prepare(picture)
    assert len(notes.open) == 1
    notes.fails = False
    await room.prepare(picture)
    assert notes.open == []


async def test_a_suspect_is_opened_alone(picture: Path, large: Path) -> None:
    """While it is, no result is looked at."""
    room = _noted(Notes(deaths=1))
    suspect = asyncio.create_task(room.prepare(large))
    while not room._results.locked():  # noqa: ASYNC110
        await asyncio.sleep(0)
    assert (await room.inspect(picture)).width == 64
    assert suspect.done()
    await suspect


async def test_what_many_processes_died_of_is_never_opened_again(picture: Path) -> None:
    """It is refused in words, whoever sends it."""
    notes = Notes(deaths=8)
    with pytest.raises(BadPicture) as refused:
        await _noted(notes).prepare(picture)
    assert refused.value.failure is Failure.HUGE_PICTURE
    assert notes.open == []
