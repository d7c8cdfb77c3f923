"""The ports to everything that is stored beside the jobs.

Every method raises StorageError if the store can't be used; no change is then left half done. Times end in `_ms` and
are milliseconds.
"""

from abc import abstractmethod
from collections.abc import Collection, Sequence
from typing import Protocol

from core.models.drafts import Draft, NewDraft
from core.models.group import GroupRules
from core.models.history import HistoryPlace
from core.models.image_request import Picture
from core.models.job import Job, PictureId
from core.models.media import Result, Shown, Upload
from core.models.preferences import Preferences
from core.models.questions import Question
from core.models.spending import Balance, Limits, Tightest
from core.models.updates import AlbumPart, Update


class Notes(Protocol):
    """Short values, by name, that survive a restart."""

    @abstractmethod
    async def get(self, name: str) -> str | None:
        """Return the value, or None if there isn't one."""
        ...

    @abstractmethod
    async def put(self, name: str, value: str | None) -> None:
        """Store a value in place of an earlier one; None deletes it."""
        ...

    @abstractmethod
    async def put_first(self, name: str, value: str) -> bool:
        """Store a value unless there is one. Return False if there was, also if another process is faster."""
        ...


class Results(Protocol):
    """Finished pictures, by the messages that show them and by requester."""

    @abstractmethod
    async def get(self, picture: PictureId) -> Result | None:
        """Return a result, also a deleted one, or None if it is unknown."""
        ...

    @abstractmethod
    async def by_message(self, chat_id: int, message_id: int) -> Result | None:
        """Return the result that a message shows, also a deleted one, or None."""
        ...

    @abstractmethod
    async def latest(self, requester_id: int, chat_id: int, younger_ms: int) -> list[Result]:
        """Return the undeleted results of the requester's newest job in a chat that was delivered with any.

        Only jobs that were delivered less than `younger_ms` ago count; without one the list is empty.
        """
        ...

    @abstractmethod
    async def job_of_words(self, chat_id: int, message_id: int) -> Job | None:
        """Return the job that has this message as its placeholder, or None.

        The placeholder of an album carries its caption and its buttons.
        """
        ...

    @abstractmethod
    async def stopped_by(self, idempotency_key: str) -> Job | None:
        """Return the job that the message or press with this key canceled or suppressed, or None."""
        ...

    @abstractmethod
    async def under_way(self, chat_id: int, message_id: int | None, requester_id: int) -> Job | None:
        """Return an open job of a chat, that is, one without an outcome, or None.

        With a `message_id` it is the latest job, of any requester, that this message asked for or that has it as its
        placeholder. Without one it is the requester's latest job that isn't suppressed.
        """
        ...

    @abstractmethod
    async def shown_again(self, picture: PictureId, chat_id: int, shown: Shown) -> None:
        """Record another message that shows a result, and the file id in it, if any. Repeating this is safe."""
        ...

    @abstractmethod
    async def messages(self, picture: PictureId, chat_id: int) -> list[int]:
        """Return the ids of the messages of a chat that show a result, oldest first."""
        ...

    @abstractmethod
    async def delete(self, picture: PictureId, chat_id: int) -> None:
        """Mark a result as deleted and forget the messages of this chat that show it. Repeating this is safe.

        Messages in other chats are still found by `by_message`. Housekeeping deletes the file later.
        """
        ...

    @abstractmethod
    async def history(
        self, requester_id: int, chat_id: int | None, place: HistoryPlace, limit: int, *, favorites: bool = False
    ) -> list[Result]:
        """Return the results beside a place of a requester's history, at most `limit`, newest job first.

        With a `chat_id`, only the jobs of that chat count, and with `favorites` only favorites. Deleted results are
        left out, and so are those of jobs that are yet to be delivered; those of canceled jobs are included.
        """
        ...

    @abstractmethod
    async def history_from(self, requester_id: int, chat_id: int | None, offset: int, limit: int) -> list[Result]:
        """Return the results after the newest `offset`, as `history` does; buttons of earlier releases name those."""
        ...

    @abstractmethod
    async def mark_favorite(self, picture: PictureId, *, is_favorite: bool) -> bool:
        """Make a result a favorite of its requester, or end that; return False if nothing changed.

        A deleted result can't become one, and stops being one.
        """
        ...

    @abstractmethod
    async def is_favorite(self, picture: PictureId) -> bool:
        """Return whether a result is a favorite."""
        ...

    @abstractmethod
    async def has_favorites(self, requester_id: int) -> bool:
        """Return whether a requester has any favorite."""
        ...


class Drafts(Protocol):
    """Changes of a part of a picture, until they are ordered."""

    @abstractmethod
    async def add(self, new: NewDraft) -> Draft:
        """Store a draft and return it with its new id. A repetition stores another one."""
        ...

    @abstractmethod
    async def get(self, draft_id: str, younger_ms: int) -> Draft | None:
        """Return a draft that is less than `younger_ms` old, or None."""
        ...

    @abstractmethod
    async def make_room(self, requester_id: int, count: int, size: int) -> int:
        """Keep a requester's newest drafts and drop the others; return how many were dropped.

        From the newest to the oldest, a draft is kept if it is among the first `count` and the pictures of all kept
        drafts take at most `size` bytes. A picture that several drafts share counts once. The newest draft is always
        kept.
        """
        ...

    @abstractmethod
    async def by_message(self, chat_id: int, message_id: int) -> Draft | None:
        """Return the draft whose preview is in this message, or None."""
        ...

    @abstractmethod
    async def mask(self, draft_id: str, mask: Picture, words: str) -> None:
        """Store the mask and the words of a draft in place of earlier ones."""
        ...

    @abstractmethod
    async def previewed(self, draft_id: str, message_id: int) -> None:
        """Record the message that shows the preview."""
        ...

    @abstractmethod
    async def drop(self, draft_id: str) -> None:
        """Delete a draft, if it exists."""
        ...


class PreferencesStore(Protocol):
    """The preferences of users (ids above 0) and chats (below 0)."""

    @abstractmethod
    async def get(self, scope_id: int) -> Preferences:
        """Return the stored preferences; all fields are None if nothing is stored."""
        ...

    @abstractmethod
    async def put(self, scope_id: int, wishes: Preferences) -> None:
        """Store preferences in place of earlier ones."""
        ...


class Groups(Protocol):
    """The rules that the admins of groups set."""

    @abstractmethod
    async def rules(self, chat_id: int) -> GroupRules:
        """Return the rules of a chat; a private chat, and a group without rules, has the default ones."""
        ...

    @abstractmethod
    async def put(self, chat_id: int, rules: GroupRules) -> None:
        """Store the rules of a group in place of earlier ones."""
        ...

    @abstractmethod
    async def greet(self, chat_id: int) -> bool:
        """Claim the greeting of a group; return True the first time and False ever after."""
        ...


class AwaitedMessages(Protocol):
    """For each private chat whose newest message of the bot waits for a yes or no: that message."""

    @abstractmethod
    async def put(self, chat_id: int, message_id: int) -> None:
        """Record that a message, sent now, waits for an answer; it replaces the chat's earlier one."""
        ...

    @abstractmethod
    async def drop(self, chat_id: int) -> None:
        """Forget a chat's message. Repeating this is safe."""
        ...

    @abstractmethod
    async def all(self, younger_ms: int) -> dict[int, tuple[int, int]]:
        """Return chat id → message id and time of sending (epoch ms), of messages sent less than `younger_ms` ago."""
        ...


class Questions(Protocol):
    """The bot's questions about pictures, which wait for the requester's words.

    A question is identified by its chat, its requester and its idempotency key.
    """

    @abstractmethod
    async def ask(self, question: Question) -> None:
        """Store a question, asked now, and pass over the requester's earlier ones in the chat.

        A question that is already stored is open again and waits for its new message.
        """
        ...

    @abstractmethod
    async def posed(self, question: Question, message_id: int) -> None:
        """Record the message that asks the question."""
        ...

    @abstractmethod
    async def open(self, chat_id: int, requester_id: int, younger_ms: int) -> Question | None:
        """Return the requester's open question in a chat, asked less than `younger_ms` ago, or None.

        A question is open until it is passed over or dropped.
        """
        ...

    @abstractmethod
    async def of_message(self, chat_id: int, message_id: int) -> Question | None:
        """Return the question that a message asks, at any age and also if it was passed over, or None."""
        ...

    @abstractmethod
    async def pass_over(self, chat_id: int, requester_id: int, until_ms: int) -> None:
        """Pass over the questions that the requester got in a chat up to `until_ms` (epoch milliseconds).

        The requester turned to something else. A reply to the message of such a question still answers it.
        """
        ...

    @abstractmethod
    async def drop(self, question: Question) -> None:
        """Delete a question that was answered or isn't needed any longer."""
        ...


class Albums(Protocol):
    """Albums, put together from the messages that they arrive in."""

    @abstractmethod
    async def add(self, part: AlbumPart) -> bool:
        """Store a part of an open album; return False if the album is closed.

        A part that is stored already changes nothing and returns True.
        """
        ...

    @abstractmethod
    async def complete(self, quiet_ms: int) -> list[list[AlbumPart]]:
        """Return the open albums without a new part for `quiet_ms`, the parts of each in the order they were sent.

        An album is left out while the inbox has unhandled updates of it.
        """
        ...

    @abstractmethod
    async def retry(self, chat_id: int, album_id: str, wait_ms: int, rarely_ms: int) -> int:
        """Put off an album that could not be handled; return how often this was done.

        `complete` returns it again `quiet_ms` after `wait_ms`, or after `rarely_ms` from the 13th time on.
        """
        ...

    @abstractmethod
    async def close(self, parts: Sequence[AlbumPart]) -> list[AlbumPart]:
        """Close an album whose `parts` were handled and delete all of its parts; later ones are refused.

        Return the parts that came after `complete` had returned these, which so belong to no order.
        """
        ...


class Ledger(Protocol):
    """The credits that users (ids above 0), chats (below 0) and the whole bot (0) can spend.

    Jobs are charged by the Jobs port.
    """

    @abstractmethod
    async def balance(self, scope_id: int, daily: int | None) -> Balance:
        """Return today's balance; `daily` is the day's allowance in credits, and None means without a limit."""
        ...

    @abstractmethod
    async def grant(self, scope_id: int, amount: int, by: int, idempotency_key: str) -> int:
        """Grant extra credits, or take some away if `amount` is below 0; return the extra credits that are left.

        The extra credits never fall below 0. A known idempotency key changes nothing. Raises ValueError if `amount` is
        0 or beyond MAX_GRANT, or if `scope_id` can't be the id of a user or chat.
        """
        ...

    @abstractmethod
    async def afford(self, requester_id: int, chat_id: int, limits: Limits) -> None:
        """Check that one picture fits into the limits; nothing is set aside. Raises OverBudget."""
        ...

    @abstractmethod
    async def tightest(self, requester_id: int, chat_id: int, limits: Limits) -> Tightest | None:
        """Return the limit with the least credits left, of those that an order in the chat must fit into.

        None means that no limit applies.
        """
        ...

    @abstractmethod
    async def spent_today(self) -> int:
        """Return the credits that all jobs of today (UTC) have cost so far."""
        ...


class Inbox(Protocol):
    """Telegram's updates, stored before they are acknowledged and until they are handled.

    The updates of one user in one chat are handled one after the other.
    """

    @abstractmethod
    async def store(self, updates: Sequence[Update]) -> None:
        """Store updates, all of them or none; those that are known stay as they are.

        One that is the first of its line is handled at once, so its first attempt is counted here already.
        """
        ...

    @abstractmethod
    async def open(self, limit: int, besides: Collection[int] = ()) -> list[Update]:
        """Return the earliest unhandled update of each user in each chat, if it is due, lowest update id first.

        The updates whose ids are in `besides` count as handled.
        """
        ...

    @abstractmethod
    async def begin(self, update_id: int) -> bool:
        """Count an attempt at an update, before it is made; return False if another process serves its chat."""
        ...

    @abstractmethod
    async def done(self, update_id: int, trouble: str | None = None) -> None:
        """Record that an update was handled, or given up because of `trouble`, and delete its payload."""
        ...

    @abstractmethod
    async def retry(self, update_id: int, wait_ms: int, trouble: str) -> None:
        """Make an update due in `wait_ms` because of `trouble`; later ones of the same user in the chat wait for it.

        This counts a try and sets the number of attempts back to 0.
        """
        ...


class Uploads(Protocol):
    """Pictures that the image API can already fetch, by `Source.unique_id`."""

    @abstractmethod
    async def find(self, unique_id: str, younger_ms: int) -> Upload | None:
        """Return an upload that is less than `younger_ms` old, or None."""
        ...

    @abstractmethod
    async def keep(self, unique_id: str, upload: Upload) -> None:
        """Store an upload, made now, in place of an earlier one."""
        ...

    @abstractmethod
    async def forget(self, unique_ids: Sequence[str]) -> None:
        """Forget uploads that the image API could not fetch, so that they are made again; ignore unknown ids."""
        ...


class Chats(Protocol):
    """The chats that the bot is in, or was in."""

    @abstractmethod
    async def seen(self, chat_id: int, kind: str) -> None:
        """Record that a message came from a chat, so sending there works; `kind` is Telegram's chat type."""
        ...

    @abstractmethod
    async def gone(self, chat_id: int) -> None:
        """Record that the bot was blocked in a chat or removed from it.

        In the same transaction, the chat's QUEUED and SETTLED jobs are canceled, and its questions and drafts are
        dropped.
        """
        ...

    @abstractmethod
    async def moved(self, chat_id: int, new_id: int) -> None:
        """Give a group that became a supergroup its new id wherever the old one is stored, everywhere or nowhere.

        A supergroup counts its messages anew, so the messages of the group are forgotten, and its questions are
        dropped. Settings that the supergroup has already win over those of the group.
        """
        ...
