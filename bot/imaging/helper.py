"""The bot's end of the helper process in which pictures are opened: see bot.imaging.child."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from typing import IO, Any

import structlog

log = structlog.get_logger()

_KEPT = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "SYSTEMROOT", "LD_LIBRARY_PATH")
"""Of the environment: pictures are opened where no secret is."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one piece of work may take: bytes above what its process has mapped already, and seconds.

    The clock's are many more than the processor's, so that a busy machine refuses nobody.
    """

    memory: int = 256 * 1_048_576
    cpu_s: int = 10
    wall_s: float = 30.0


Answer = Future[Mapping[str, Any]]


class HelperEnded(Exception):
    """The helper is no more, or could not be started: whatever ended it, the picture may be innocent."""


class Helper:
    """One process, started when it is first needed, and again after it ended. For use by one thread: see `die_with`."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._waiting: dict[int, tuple[subprocess.Popen[bytes], Answer]] = {}
        self._numbers = count(1)

    @property
    def pid(self) -> int | None:
        """Its number while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def ask(self, work: str, *given: object, limits: Limits) -> Answer:
        """Let one thing be done within these limits.

        The answer has `ended`, the signal that ended it or 0, `said`, its own words, and `cpu_s`, the processor's
        seconds that it took. A future that is cancelled ends the work. Raises HelperEnded, as the future does.
        """
        number, answer = next(self._numbers), Answer()
        with self._lock:
            process = self._running()
            self._waiting[number] = process, answer
        answer.add_done_callback(lambda done: self._stop(process, number) if done.cancelled() else None)
        try:
            self._tell(process, {"number": number, "work": work, "given": given, **asdict(limits)})
        except (OSError, ValueError) as error:  # the latter for a pipe that was closed, as it just ended
            self._waiting.pop(number, None)
            raise HelperEnded(str(error)) from error
        return answer

    def close(self) -> None:
        """End it, and what it is at."""
        with self._lock:
            process, self._process = self._process, None
        if process:
            process.kill()  # its forks go with it
            process.wait()

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is None or self._process.poll() is not None:
            environment = {name: value for name, value in os.environ.items() if name in _KEPT}
            environment["PYTHONPATH"] = os.pathsep.join(path or str(Path.cwd()) for path in sys.path)
            command = [sys.executable, "-m", "bot.imaging.child", str(os.getpid())]
            pipe = subprocess.PIPE
            try:
                self._process = subprocess.Popen(  # noqa: S603 - our own program
                    command, stdin=pipe, stdout=pipe, env=environment, start_new_session=True
                )
            except OSError as error:
                raise HelperEnded(f"the helper for pictures can't be started: {error}") from error
            threading.Thread(target=self._listen, args=(self._process,), name="darkroom", daemon=True).start()
        return self._process

    def _tell(self, process: "subprocess.Popen[bytes]", message: Mapping[str, object]) -> None:
        with self._lock:
            pipe: IO[bytes] = process.stdin  # type: ignore[assignment]  # it was asked for
            pipe.write(json.dumps(message).encode() + b"\n")
            pipe.flush()

    def _stop(self, process: "subprocess.Popen[bytes]", number: int) -> None:
        if self._waiting.pop(number, None):
            with suppress(OSError):
                self._tell(process, {"stop": number})

    def _listen(self, process: "subprocess.Popen[bytes]") -> None:
        """Hand on what it says, in a thread of its own, until it ends."""
        with process:
            for line in process.stdout or ():
                said = json.loads(line)
                _, answer = self._waiting.pop(said["number"], (None, None))
                if answer and answer.set_running_or_notify_cancel():
                    answer.set_result(said)
        lost = [number for number, (theirs, _) in tuple(self._waiting.items()) if theirs is process]
        if lost:
            log.warning("picture_helper_ended", status=process.returncode, lost=len(lost))
        for number in lost:
            _, answer = self._waiting.pop(number, (None, None))
            if answer and answer.set_running_or_notify_cancel():
                answer.set_exception(HelperEnded(f"the helper for pictures ended with {process.returncode}"))
