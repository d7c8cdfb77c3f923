"""What the flow needs from the world: its memory of orders, both wires, and where pictures are worked on.

Every port has one adapter, and a contract suite that any other must pass.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

from bot.domain.budget import Limits
from bot.domain.errors import Failure
from bot.domain.exchange import Keyboard, MaskWay, Permits, Prepared, Showable, Shown, Update, Upload
from bot.domain.job import Address, Callback, Job, NewJob, Report
from bot.domain.request import Picture, Request
from bot.domain.text import Words

Found = TypeVar("Found")
Usable = Callable[[Path], Awaitable[Found]]
"""Looks at a file that was fetched, and says what it is; raises BadPicture where it is of no use."""


class Clock(Protocol):
    """The time of day."""

    def now_ms(self) -> int:
        """Epoch milliseconds."""
        ...


class Inbox(Protocol):
    """Updates of Telegram, stored before they are acknowledged and kept until they were handled."""

    async def store(self, updates: Sequence[Update]) -> None:
        """Commit them all, or none; those known already are left as they are."""
        ...

    async def open(self, limit: int, besides: Collection[int] = ()) -> list[Update]:
        """The earliest unhandled update of every person in every chat, where it is due; `besides` count as handled."""
        ...

    async def begin(self, update_id: int) -> None:
        """Count an attempt at it, before the attempt is made."""
        ...

    async def done(self, update_id: int, trouble: str | None = None) -> None:
        """It was handled, or given up for `trouble`."""
        ...

    async def retry(self, update_id: int, wait_ms: int, trouble: str) -> None:
        """It could not be handled now; its line waits for it."""
        ...


class Jobs(Protocol):
    """The memory of orders. Every change is one committed statement that checks the state it changes."""

    async def add(self, new: NewJob, limits: Limits | None = None) -> tuple[Job, bool]:
        """Store an order and set its cost aside; one with the same origin is answered as it stands, with False.

        Raises TooManyJobs and OverBudget, then nothing is stored. Whatever ends the job settles its money with it.
        """
        ...

    async def is_known(self, origin: str) -> bool:
        """Whether a message or press was made an order already."""
        ...

    async def pressed_for(self, cause: str, asked_by: int, within_ms: int) -> Job | None:
        """The order an earlier tap on the same button made, if it is under way or less than `within_ms` old."""
        ...

    async def get(self, job_id: str) -> Job | None:
        """Look one up."""
        ...

    async def queued(self, limit: int) -> list[Job]:
        """Those whose waiting time is over; people take turns, so that nobody's many orders hold up the others."""
        ...

    async def to_poll(self, limit: int) -> list[Job]:
        """Generating jobs whose next question to the service is due, longest due first."""
        ...

    async def called_lately(self, within_ms: int, limit: int) -> list[Job]:
        """Those of them that were first called back within that time."""
        ...

    async def settled(self, limit: int) -> list[Job]:
        """Jobs whose outcome is due to be shown."""
        ...

    async def ahead(self, job: Job) -> int:
        """How many queued jobs stand before this one."""
        ...

    async def waiting(self, older_ms: int, limit: int) -> list[Job]:
        """Queued jobs that have waited for `older_ms`."""
        ...

    async def submitting(self, job_id: str) -> int | None:
        """Queued → submitting; answers the number of this attempt, None when the job is no longer queued."""
        ...

    async def release(self, job_id: str, limits: Limits | None = None) -> bool:
        """Let a held job go on, and set its cost aside; False when it is not held.

        Raises TooManyJobs and OverBudget, then it still waits.
        """
        ...

    async def requeue(self, job_id: str, wait_ms: int, hindrance: Failure | None = None) -> bool:
        """Submitting → queued, to be tried again after `wait_ms`; `hindrance` is what it fails by if it never works."""
        ...

    async def reorder(self, job_id: str) -> bool:
        """Generating → queued: the task ended because the service could not fetch a picture."""
        ...

    async def postpone(self, job_id: str, wait_ms: int, hindrance: Failure | None = None) -> None:
        """Leave a queued or settled job alone for `wait_ms`; `hindrance` as in `requeue`."""
        ...

    async def submitting_since(self, older_ms: int) -> list[str]:
        """What is being submitted for longer than this."""
        ...

    async def uncertain(self, job_id: str) -> bool:
        """Submitting → uncertain."""
        ...

    async def abandon_submitting(self) -> list[str]:
        """After a restart: every job caught submitting is uncertain now; answers their ids."""
        ...

    async def uncertain_untold(self) -> list[Job]:
        """Uncertain jobs whose person does not know yet."""
        ...

    async def told(self, job_id: str) -> None:
        """The person was told that the order is uncertain."""
        ...

    async def generating(self, job_id: str, task_id: str, wait_ms: int) -> bool:
        """Submitting or uncertain → generating, first poll after `wait_ms`; False when a callback was faster."""
        ...

    async def polled(self, job_id: str, progress: float, wait_ms: int) -> None:
        """Note an answered poll, and when the next is due."""
        ...

    async def poll_later(self, job_id: str, wait_ms: int) -> None:
        """The poll got no answer; try again after `wait_ms`."""
        ...

    async def linkless(self, job_id: str, wait_ms: int) -> int:
        """The poll found a success without links; ask again after `wait_ms`. Answers for how many ms that is so."""
        ...

    async def called_back(self, job_id: str, callback: Callback) -> bool:
        """Note that the service called back and ask it at once; False when the job is past caring."""
        ...

    async def settle(self, job_id: str, outcome: Sequence[str] | Failure) -> bool:
        """Any open state → settled with links or a failure; exactly one caller gets True."""
        ...

    async def expire(
        self, deadline_ms: int, queued_failure: Failure | None = None, *, callbacks: bool = False
    ) -> list[str]:
        """Settle what will get no answer any more; answers the ids.

        What is queued ends `deadline_ms` after its order or the yes to its price: by `queued_failure` if given, else by
        what hindered it last. What is uncertain ends as long after the call; where `callbacks` may still resolve it, a
        day after. What is generating ends a day after its task was named, once the service was asked after that day,
        and at the latest a day later.
        """
        ...

    async def overdue(self, deadline_ms: int) -> list[str]:
        """Mark what has been generating or uncertain for `deadline_ms`, and was asked about; answers the ids."""
        ...

    async def overdue_untold(self) -> list[Job]:
        """Overdue jobs whose person does not know yet."""
        ...

    async def overdue_told(self, job_id: str) -> None:
        """The person was told that it takes longer."""
        ...

    async def try_album(self, job_id: str) -> int:
        """Note that an album is about to be sent; answers how often that was noted, this time included."""
        ...

    async def untry_album(self, job_id: str) -> None:
        """The album surely was not sent."""
        ...

    async def placed(self, job_id: str, message_id: int) -> None:
        """Note which message is the job's placeholder."""
        ...

    async def keep_picture(self, job_id: str, position: int, picture: Picture) -> None:
        """Note that the bytes of result number `position` (from 0) are ours."""
        ...

    async def pictures(self, job_id: str) -> dict[int, Picture]:
        """Results whose bytes we hold, by position."""
        ...

    async def shown(self, job_id: str, messages: Mapping[int, Shown]) -> None:
        """Note the messages that show results, by position, before the job is delivered."""
        ...

    async def shown_positions(self, job_id: str) -> set[int]:
        """The results whose messages were noted."""
        ...

    async def delivered(self, job_id: str) -> bool:
        """Settled → delivered."""
        ...

    async def call_off(self, job_id: str, origin: str | None = None) -> bool:
        """Queued → cancelled, as a person wishes by a message or press; False when it is no longer queued."""
        ...

    async def mute(self, job_id: str, origin: str | None = None) -> bool:
        """Keep the result of what the service has already, but don't show it; False when there is an outcome."""
        ...

    async def stop(self, job_id: str, origin: str) -> Job | None:
        """Call it off, or else mute it: in one step, as in between it may become what the other would have stopped.

        Answers what it is then; None when there is an outcome.
        """
        ...

    async def cancelled(self, job_id: str) -> bool:
        """Queued or settled → cancelled."""
        ...


class Uploads(Protocol):
    """Which pictures the service can already fetch, and from where."""

    async def find(self, unique_id: str, younger_ms: int) -> Upload | None:
        """Look up an upload made less than `younger_ms` ago."""
        ...

    async def keep(self, unique_id: str, upload: Upload) -> None:
        """Note an upload."""
        ...

    async def forget(self, unique_ids: Sequence[str]) -> None:
        """The service could not fetch these; they have to be uploaded again."""
        ...


class Chats(Protocol):
    """Where the bot is, and where it no longer is."""

    async def seen(self, chat_id: int, kind: str) -> None:
        """A message came from there, so sending there works again."""
        ...

    async def gone(self, chat_id: int) -> None:
        """The bot was blocked or removed there."""
        ...

    async def moved(self, chat_id: int, new_id: int) -> None:
        """A group became a supergroup: rewrite its id wherever it is stored."""
        ...


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


class Messenger(Protocol):
    """Telegram's sending side. Raises MessengerError. A message that is changed loses the keyboard it is not given."""

    async def say(self, to: Address, words: Words, *, keyboard: Keyboard = (), progress: bool = False) -> int:
        """Send a message and answer its id, which may be UNNAMED; `progress` may be dropped."""
        ...

    async def whisper(self, to: Address, person: int, words: Words) -> bool:
        """Show words in a group to one person alone; False where Telegram can't, and nothing was shown."""
        ...

    def recovered(self) -> bool:
        """Whether Telegram refused the bot's token for a while and takes it again; True once an outage."""
        ...

    async def permits(self, chat_id: int) -> Permits:
        """Look up what the bot may send in a chat; known for at most an hour."""
        ...

    def crowded(self, chat_id: int) -> bool:
        """Whether so much is sent to this group that only results should be."""
        ...

    async def nod(self, to: Address, emoji: str | None) -> None:
        """Put a reaction under the message that asked, or take it away; costs no budget."""
        ...

    async def send(
        self, to: Address, picture: Showable, caption: Words, *, keyboard: Keyboard = (), as_file: bool = False
    ) -> Shown:
        """Send a picture as a message of its own; where Telegram has it, it is not uploaded again.

        A picture that is refused in one form is tried in the others, and goes as a file in the end.
        """
        ...

    async def edit(
        self, to: Address, message_id: int, words: Words, *, keyboard: Keyboard = (), progress: bool = False
    ) -> None:
        """Change a message's words; `progress` is dropped when the chat's budget is short."""
        ...

    async def rekey(self, to: Address, message_id: int, keyboard: Keyboard) -> None:
        """Change a message's buttons only."""
        ...

    async def become(
        self,
        to: Address,
        message_id: int,
        picture: Showable,
        caption: Words,
        *,
        keyboard: Keyboard = (),
        as_file: bool = False,
    ) -> Shown:
        """Turn a message into a picture, in the same forms; doing it twice shows the same thing."""
        ...

    async def album(self, to: Address, pictures: Sequence[Showable], *, as_file: bool = False) -> list[Shown]:
        """Send 2–10 pictures as one album, of files where it is refused as photos."""
        ...

    async def remove(self, chat_id: int, message_id: int) -> None:
        """Delete a message; one that is gone already is fine."""
        ...

    async def acknowledge(
        self, button_press: str, words: Words | None = None, in_language: str = "en", *, alert: bool = False
    ) -> None:
        """Answer a pressed button; `alert` shows the words until they are closed."""
        ...

    async def is_admin(self, chat_id: int, person: int) -> bool:
        """Whether somebody is an admin of a group; known for a minute."""
        ...

    async def linked(self, chat_id: int) -> int | None:
        """The channel whose discussions a group holds. Raises MessengerError."""
        ...

    async def is_outside(self, chat_id: int, person: int) -> bool:
        """Whether somebody is not surely in a group: they left, were thrown out, or Telegram won't tell.

        Known for a minute.
        """
        ...

    def changed(self, chat_id: int, person: int) -> None:
        """Somebody, or the bot, became something else in a chat: what is known of them no longer holds."""
        ...

    async def fetch(self, file_id: str, into: Path, limit: int) -> None:
        """Download a file people sent, of at most `limit` bytes. Raises FileGone, and FileNotReady for a while."""
        ...


class UpdateSource(Protocol):
    """Where updates are fetched from when nobody posts them to us."""

    async def fetch(self, offset: int | None, wait_s: int, allowed: tuple[str, ...]) -> list[dict[str, Any]]:
        """Wait up to `wait_s` seconds for updates from `offset` on; this confirms all before. Raises MessengerError."""
        ...


class Openings(Protocol):
    """Which pictures are being opened, by the SHA-256 of their bytes, and which were when the process died."""

    async def begin(self, sha256: str, most: int) -> int:
        """Note that one is opened, unless as many processes died of it as `most`; answers how many did."""
        ...

    async def end(self, sha256: str) -> None:
        """Note that it was closed in good order, which is held in its favor."""
        ...

    async def abandon(self) -> dict[str, int]:
        """At a start: count what was left open as a death each; answers how many each one has."""
        ...


class Darkroom(Protocol):
    """What can be done with picture files, away from the event loop."""

    async def prepare(self, path: Path) -> Prepared:
        """Turn what a person sent into what the service takes: upright, without metadata. Raises BadPicture."""
        ...

    async def inspect(self, path: Path) -> Picture:
        """Decode a result wholly. Raises BadPicture."""
        ...

    async def base(self, path: Path, into: Path) -> None:
        """Make the upright PNG that a mask can belong to. Raises BadPicture."""
        ...

    async def mask(self, way: MaskWay, base: Path, other: Path, into: Path) -> None:
        """Make a mask for `base`, a black (change) and white (keep) PNG of its size. Raises BadMask, BadPicture."""
        ...

    async def opaque(self, path: Path, base_into: Path, mask_into: Path) -> None:
        """Make base and mask of a picture whose transparent areas are to change. Raises BadMask, BadPicture."""
        ...

    async def tinted(self, base: Path, mask: Path, into: Path) -> None:
        """Draw a preview of what a mask changes."""
        ...

    async def sheet(self, pictures: Sequence[Path], first: int, into: Path) -> None:
        """Lay out thumbnails, numbered from `first`, as one picture; a file that is missing leaves its place grey."""
        ...


class Gallery(Protocol):
    """The files of the pictures we hold."""

    def scratch(self) -> Path:
        """A new path for a file on its way in."""
        ...

    async def keep(self, path: Path, picture: Picture) -> None:
        """Move a file in, for good."""
        ...

    def has(self, picture: Picture) -> bool:
        """Whether they are still there."""
        ...

    def path(self, picture: Picture) -> Path:
        """Where a picture's bytes are."""
        ...
