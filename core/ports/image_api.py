"""The ports to the image API."""

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from core.models.image_request import Request
from core.models.job import AccountState, Report, Task, TaskNotification
from core.models.media import Incoming

Found = TypeVar("Found")

Usable = Callable[[Incoming], Awaitable[Found]]
"""A check of a downloaded file; it returns its finding and raises BadPicture for a file of no use."""


class ImageApi(Protocol):
    """The calls of the image API. Every method raises ApiError."""

    @abstractmethod
    async def generate(self, request: Request, files: Sequence[str], mask: str | None, webhook_url: str | None) -> Task:
        """Order pictures and return the task; the request is sent once, and only this call costs money.

        The request's model decides how it is asked for. `files` and `mask` are URLs that the image API can fetch, the
        mask in the model's polarity. `webhook_url` is the URL for the task notification.
        Raises NotSent, Busy or ApiRefused if the order definitely was not accepted, and AnswerLost if it may have been.
        """
        ...

    @abstractmethod
    async def report(self, task: Task) -> Report:
        """Return the state of a task; Unknown if the image API has no record of it, or not yet."""
        ...

    @abstractmethod
    async def upload(self, path: Path, name: str) -> str:
        """Upload a picture and return the URL where the image API can fetch it.

        The image API keeps it for about 24 hours. `name` must be new for each upload: a repeated name overwrites the
        file, and caches go stale (image API docs, File upload).
        """
        ...

    @abstractmethod
    async def download(self, task: Task, url: str, into: Path, usable: Usable[Found]) -> Found:
        """Download a result, by its link and then by direct links, until `usable` accepts it; a long one to `into`.

        Return the finding of `usable`. Raises AnswerLost if a later try may help, else ApiRefused.
        """
        ...

    @abstractmethod
    async def credits(self) -> float:
        """Return the credits that are left on the account."""
        ...


class Catalog(Protocol):
    """The image API's catalog of models. It is slow: about one call a second. Every method raises ApiError."""

    @abstractmethod
    async def model_ids(self) -> set[str]:
        """Return the ids of all models."""
        ...

    @abstractmethod
    async def model_prices(self, model_id: str) -> dict[str, int]:
        """Return the hundredths of credits of a model, by resolution or factor; the key "" holds for all others."""
        ...


class ApiAccounts(Protocol):
    """The accounts behind the image API."""

    @abstractmethod
    async def look(self) -> list[AccountState]:
        """Return the state of all accounts. One whose cause of refusal is gone is used again."""
        ...


class Notifications(Protocol):
    """The reader of the task notifications that the image API posts."""

    @abstractmethod
    def read(self, body: bytes) -> TaskNotification:
        """Parse the body of a task notification. Raises Unreadable."""
        ...

    @abstractmethod
    def is_signed(self, headers: Mapping[str, str], task_id: str) -> bool:
        """Return whether the signature in the headers is valid for a task; always True without a signing key."""
        ...
