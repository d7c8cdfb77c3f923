"""The port of the image API."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from core.models.image_request import Request
from core.models.job import Report, TaskNotification

Found = TypeVar("Found")

Usable = Callable[[Path], Awaitable[Found]]
"""Looks at a file that was fetched, and says what it is; raises BadPicture where it is of no use."""


class ImageApi(Protocol):
    """The image service. Raises ApiError."""

    async def generate(self, request: Request, files: Sequence[str], mask: str | None, callback: str | None) -> str:
        """Order pictures; `files` and `mask` are links the service can fetch. Answers the task id."""
        ...

    async def report(self, task_id: str) -> Report:
        """Ask how a task stands."""
        ...

    async def upload(self, path: Path, name: str) -> str:
        """Upload a picture; answers the link under which the service can fetch it."""
        ...

    async def download(self, task_id: str, url: str, into: Path, usable: Usable[Found]) -> Found:
        """Fetch a result into a file, by every way there is, until `usable` takes it; answers its finding.

        `usable` raises BadPicture for what it does not take. Raises AnswerLost where another time may help.
        """
        ...

    async def credits(self) -> float:
        """What is left on the account."""
        ...


class Notifications(Protocol):
    """What the image API posts when a task has ended."""

    def read(self, body: bytes) -> TaskNotification:
        """Parse a body. Raises Unreadable."""
        ...

    def is_signed(self, headers: Mapping[str, str], task_id: str) -> bool:
        """Whether the signature in the headers is good for this task, where one is asked for."""
        ...
