"""Pictures are opened in separate processes, so a harmful one affects neither the bot nor the next picture."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from PIL import Image
from structlog.testing import capture_logs

from benchmarks.pictures import many_scans
from bot.imaging import child
from bot.imaging.helper import Answer, Helper, HelperEnded, Limits
from bot.imaging.processor import PillowImageProcessor
from core.errors import BadPicture, Failure, StorageError
from core.models.media import Incoming
from tests.unit.pictures import encoded, two_halves
from tests.unit.rooms import NoOpenings, image_processor, shared_helper

MEGABYTE = 1_048_576


@pytest.fixture
async def own() -> AsyncIterator[Helper]:
    """Run a helper that a test may kill."""
    helper = Helper()
    yield helper
    helper.close()


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """Write a small picture."""
    path = tmp_path / "picture"
    path.write_bytes(encoded(two_halves(), "PNG"))
    return path


@pytest.fixture
def undecided(tmp_path: Path) -> Path:
    """Return a picture that has to be decoded to know whether it is complete."""
    path = tmp_path / "undecided"
    path.write_bytes(encoded(two_halves(), "WEBP"))
    return path


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """Write a picture of 27 MB, which takes a while."""
    path = tmp_path / "large"
    Image.frombytes("RGB", (3000, 3000), os.urandom(27_000_000)).save(path, "BMP")
    return path


async def test_more_memory_than_is_given_ends_the_picture(large: Path) -> None:
    """A picture that needs more memory than the limit is refused."""
    with pytest.raises(BadPicture) as refused:
        await image_processor(Limits(memory=20 * MEGABYTE)).prepare(large)
    assert refused.value.failure is Failure.HUGE_PICTURE


async def test_more_work_than_is_given_ends_the_picture(tmp_path: Path) -> None:
    """A picture that needs more CPU time than the limit is refused; a file of 2.3 MB with 20,000 scans took minutes."""
    path = tmp_path / "scans"
    path.write_bytes(many_scans(4000))
    with pytest.raises(BadPicture) as refused:
        await image_processor(Limits(cpu_s=1)).prepare(path)
    assert refused.value.failure is Failure.HUGE_PICTURE
    assert "SIGXCPU" in str(refused.value) or "SIGKILL" in str(refused.value)


async def test_a_busy_machine_is_not_the_pictures_fault(large: Path, picture: Path) -> None:
    """A picture that times out with little CPU time used is retried, and then raises StorageError."""
    with pytest.raises(StorageError, match="not done after"):
        await image_processor(Limits(wall_s=0.02)).prepare(large)
    assert (await image_processor().prepare(picture)).width == 64


@pytest.mark.parametrize(("cpu_s", "tries"), [(0.1, 2), (4.9, 2), (5.1, 1), (9.9, 1)])
async def test_what_had_its_share_of_a_busy_machine_is_refused_at_once(
    own: Helper, picture: Path, monkeypatch: pytest.MonkeyPatch, cpu_s: float, tries: int
) -> None:
    """A picture that times out after enough CPU time is refused at once; retrying made others wait for 85 s."""
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
    """The helper reports the CPU seconds of the work."""
    heard = await asyncio.wrap_future(own.ask("inspect", str(large), limits=Limits()))
    assert 0.01 < heard["cpu_s"] < 10


async def test_results_wait_for_no_stranger(large: Path, picture: Path) -> None:
    """Inspecting results doesn't wait for users' pictures."""
    room = image_processor()
    strangers = [asyncio.create_task(room.prepare(large)) for _ in range(3)]
    await asyncio.sleep(0)
    assert (await room.inspect(Incoming(picture))).width == 64
    assert not any(stranger.done() for stranger in strangers)
    for stranger in strangers:
        stranger.cancel()
    await asyncio.gather(*strangers, return_exceptions=True)


async def test_a_helper_that_ended_is_started_again(own: Helper, picture: Path) -> None:
    """A helper that ended is started again."""
    room = image_processor(helper=own)
    await room.prepare(picture)
    assert own.pid
    os.kill(own.pid, signal.SIGKILL)
    assert (await room.prepare(picture)).width == 64


async def test_a_request_that_a_dead_helper_left_unread_keeps_no_other_waiting(own: Helper, large: Path) -> None:
    """All requests of a helper that was killed are told of its end, even if one of them didn't leave the pipe."""
    answer = own.ask("prepare", str(large), str(large), limits=Limits())
    process = own._process
    assert process
    assert process.stdin
    process.stdin.write(b"unread")
    process.kill()
    with pytest.raises(HelperEnded):
        await asyncio.wait_for(asyncio.wrap_future(answer), 20)


async def test_a_helper_without_work_ends(picture: Path) -> None:
    """A helper that has had no work for a while ends without a warning, and the next picture starts another one."""
    with closing(Helper(rest_s=0.05)) as own, capture_logs() as logged:
        room = image_processor(helper=own)
        await room.prepare(picture)
        assert own.pid
        await _end_of(own.pid)
        assert (await room.prepare(picture)).width == 64
    assert not logged


async def test_work_that_comes_as_a_helper_rests_is_done(own: Helper, picture: Path) -> None:
    """A helper goes on if it is given work while it says that it has none."""
    answer = own.ask("inspect", str(picture), limits=Limits())
    pid, process = own.pid, own._process
    assert process
    own._dismiss(process)  # as when its word arrives
    said = await asyncio.wrap_future(answer)
    assert json.loads(said["said"])["done"]["width"] == 64
    assert own.pid == pid


async def _end_of(pid: int) -> None:
    """Wait until a process has ended."""
    ended, process = asyncio.Event(), os.pidfd_open(pid)
    asyncio.get_running_loop().add_reader(process, ended.set)
    try:
        async with asyncio.timeout(20):
            await ended.wait()
    finally:
        asyncio.get_running_loop().remove_reader(process)
        os.close(process)


async def test_a_helper_that_can_not_be_started_is_said(
    own: Helper, picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A helper that can't be started raises StorageError, not BadPicture."""
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(StorageError, match="can't be started"):
        await image_processor(helper=own).prepare(picture)


async def test_what_is_cancelled_ends(large: Path, picture: Path) -> None:
    """A canceled picture ends, and the next one doesn't wait for it."""
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
    """An invalid answer of the helper raises BadPicture, because a picture may have taken it over."""

    def ask(*_: object, **__: object) -> Answer:
        answer: Answer = Answer()
        answer.set_result({"number": 1, "ended": 0, "said": said, "cpu_s": 0.1})
        return answer

    monkeypatch.setattr(own, "ask", ask)
    with pytest.raises(BadPicture) as refused:
        await image_processor(helper=own).prepare(picture)
    assert refused.value.failure is Failure.BAD_PICTURE


def test_it_inherits_nothing(tmp_path: Path) -> None:
    """The helper inherits neither secrets nor open files, and ends with its parent process."""
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
    done = subprocess.run(  # noqa: S603 - this project's own program
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
    """Any error becomes an answer, and the helper goes on."""
    said = child.carry_out({"work": "inspect", "given": [7]})
    assert list(said) == ["broken"]
    assert "bad_picture" in child.carry_out({"work": "inspect", "given": [str(tmp_path / "nothing")]})


class Notes(NoOpenings):
    """A store of openings in memory, for a process with `deaths` dead predecessors."""

    def __init__(self, deaths: int = 0) -> None:
        self.deaths, self.open, self.fails = deaths, list[str](), False
        self.begun = 0

    async def begin(self, sha256: str, most: int) -> int:
        """Store the opening unless there were too many deaths, and return the deaths."""
        self.begun += 1
        if self.deaths < most:
            self.open.append(sha256)
        return self.deaths

    async def end(self, sha256: str) -> None:
        """Remove the opening."""
        if self.fails:
            raise StorageError("database is locked")
        self.open.remove(sha256)


def _noted(notes: Notes) -> PillowImageProcessor:
    return PillowImageProcessor(notes, shared_helper())


@pytest.mark.parametrize("content", [encoded(two_halves(), "PNG"), b"no picture"])
async def test_what_is_opened_is_noted_before_and_taken_back(tmp_path: Path, content: bytes) -> None:
    """An opening is stored before and removed after, whether the picture is accepted or refused."""
    notes = Notes()
    (tmp_path / "picture").write_bytes(content)
    with suppress(BadPicture):
        await _noted(notes).prepare(tmp_path / "picture")
    assert (notes.begun, notes.open) == (1, [])


async def test_an_orderly_stop_is_held_against_nobody(large: Path) -> None:
    """An opening is removed if the work is canceled by an orderly stop."""
    notes = Notes()
    task = asyncio.create_task(_noted(notes).prepare(large))
    while not notes.open:  # noqa: ASYNC110
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert notes.open == []


async def test_a_note_that_can_not_be_taken_back_is_taken_back_later(picture: Path) -> None:
    """An opening that couldn't be removed is removed later, so that it isn't counted as a death at the next start."""
    notes = Notes()
    room = _noted(notes)
    notes.fails = True
    await room.prepare(picture)
    assert len(notes.open) == 1
    notes.fails = False
    await room.prepare(picture)
    assert notes.open == []


async def test_a_suspect_is_opened_alone(undecided: Path, large: Path) -> None:
    """A picture that may have killed a process is opened alone; results that have to be decoded wait meanwhile."""
    room = _noted(Notes(deaths=1))
    suspect = asyncio.create_task(room.prepare(large))
    while not room._results.locked():  # noqa: ASYNC110
        await asyncio.sleep(0)
    assert (await room.inspect(Incoming(undecided))).width == 64
    assert suspect.done()
    await suspect


async def test_what_many_processes_died_of_is_never_opened_again(picture: Path) -> None:
    """A picture that killed too many processes is refused unopened."""
    notes = Notes(deaths=8)
    with pytest.raises(BadPicture) as refused:
        await _noted(notes).prepare(picture)
    assert refused.value.failure is Failure.HUGE_PICTURE
    assert notes.open == []
