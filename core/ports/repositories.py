"""Ports of what is remembered beside the orders themselves."""

from collections.abc import Collection, Sequence
from typing import Protocol

from core.models.drafts import Draft, NewDraft
from core.models.group import GroupRules
from core.models.image_request import Picture
from core.models.job import Job, PictureId
from core.models.media import Result, Shown, Upload
from core.models.preferences import Preferences
from core.models.questions import Question
from core.models.spending import Balance, Limits
from core.models.updates import AlbumPart, Update


class Notes(Protocol):
    """What has to survive a restart and is a word long."""

    async def get(self, name: str) -> str | None:
        """Look one up."""
        ...

    async def put(self, name: str, value: str | None) -> None:
        """Keep it, or with None forget it."""
        ...


class Results(Protocol):
    """Finished pictures, by where they are shown and by whose they are."""

    async def get(self, picture: PictureId) -> Result | None:
        """Look one up, a deleted one too."""
        ...

    async def by_message(self, chat_id: int, message_id: int) -> Result | None:
        """The result a message shows."""
        ...

    async def job_of_words(self, chat_id: int, message_id: int) -> Job | None:
        """The job whose words (its placeholder, or its album's caption) a message is."""
        ...

    async def stopped_by(self, idempotency_key: str) -> Job | None:
        """The order that a message or press called off."""
        ...

    async def under_way(self, chat_id: int, message_id: int | None, requester_id: int) -> Job | None:
        """The order a message asked for or stands for; without one, somebody's latest in a chat."""
        ...

    async def shown_again(self, picture: PictureId, chat_id: int, shown: Shown) -> None:
        """Note another message that shows it."""
        ...

    async def messages(self, picture: PictureId, chat_id: int) -> list[int]:
        """The messages of a chat that show it."""
        ...

    async def delete(self, picture: PictureId, chat_id: int) -> None:
        """It is no longer wanted; its messages in this chat are gone."""
        ...

    async def history(
        self, requester_id: int, chat_id: int | None, offset: int, limit: int
    ) -> tuple[list[Result], int]:
        """A page of a person's results, newest first, in one chat or in all, and how many there are."""
        ...


class Drafts(Protocol):
    """Changes of a part of a picture, until they are ordered."""

    async def add(self, new: NewDraft) -> Draft:
        """Store one."""
        ...

    async def get(self, draft_id: str, younger_ms: int) -> Draft | None:
        """Look up one that was made less than `younger_ms` ago."""
        ...

    async def make_room(self, requester_id: int, count: int, size: int) -> int:
        """Drop a person's oldest, as far as there are more than `count`, or their pictures take over `size` bytes.

        Answers how many went; the newest stays in any case.
        """
        ...

    async def by_message(self, chat_id: int, message_id: int) -> Draft | None:
        """Find the one that a message is the preview of."""
        ...

    async def mask(self, draft_id: str, mask: Picture, words: str) -> None:
        """Note the area, and what shall happen in it."""
        ...

    async def previewed(self, draft_id: str, message_id: int) -> None:
        """Note the message that shows the area."""
        ...

    async def drop(self, draft_id: str) -> None:
        """Forget it."""
        ...


class PreferencesStore(Protocol):
    """What people and chats prefer; `scope_id` is a person's or a chat's."""

    async def get(self, scope_id: int) -> Preferences:
        """What was said so far."""
        ...

    async def put(self, scope_id: int, wishes: Preferences) -> None:
        """Remember it."""
        ...


class Groups(Protocol):
    """What the admins of groups decided."""

    async def rules(self, chat_id: int) -> GroupRules:
        """The rules of a chat; a private chat has those of a group that never made any."""
        ...

    async def put(self, chat_id: int, rules: GroupRules) -> None:
        """Remember them."""
        ...

    async def greet(self, chat_id: int) -> bool:
        """Whether a group still has to be greeted; True only once."""
        ...


class Questions(Protocol):
    """Pictures that wait for words: the bot asked what to do with them."""

    async def ask(self, question: Question) -> None:
        """Store a question; older ones to the same person in the same chat are passed over."""
        ...

    async def posed(self, question: Question, message_id: int) -> None:
        """Note which message asks."""
        ...

    async def open(self, chat_id: int, requester_id: int, younger_ms: int) -> Question | None:
        """What a person was asked in a chat last, less than `younger_ms` ago, and was not passed over since."""
        ...

    async def of_message(self, chat_id: int, message_id: int) -> Question | None:
        """The question that a message asks, however old, also one that was passed over."""
        ...

    async def pass_over(self, chat_id: int, requester_id: int, until_ms: int) -> None:
        """The person went on to something else; what was asked by then can still be answered by a reply to it."""
        ...

    async def drop(self, question: Question) -> None:
        """The question was answered or is no longer of interest."""
        ...


class Albums(Protocol):
    """Albums arrive in pieces; here they are put together."""

    async def add(self, part: AlbumPart) -> bool:
        """Store a piece; False when its album was closed before, so that the piece came too late."""
        ...

    async def complete(self, quiet_ms: int) -> list[list[AlbumPart]]:
        """Open albums that got no new piece for `quiet_ms`, their pieces in the order they were sent."""
        ...

    async def retry(self, chat_id: int, album_id: str, wait_ms: int, rarely_ms: int) -> int:
        """It could not be dealt with now; after a dozen times it is tried rarely. Answers how often that was so."""
        ...

    async def close(self, chat_id: int, album_id: str) -> None:
        """The album was dealt with."""
        ...


class Ledger(Protocol):
    """What people (ids above 0), chats (below 0) and all together (0) can spend; orders are booked by Jobs."""

    async def balance(self, scope_id: int, daily: int | None) -> Balance:
        """Tell what is left of the day's allowance and of the extra credits."""
        ...

    async def grant(self, scope_id: int, amount: int, by: int, idempotency_key: str) -> int:
        """Give extra credits, or take some away where `amount` is below 0; answers the extra that is left now.

        The same origin again changes nothing, and nobody falls below 0. Raises ValueError for what can't be granted.
        """
        ...

    async def afford(self, requester_id: int, chat_id: int, limits: Limits) -> None:
        """Whether one picture would fit. Raises OverBudget where it would not."""
        ...

    async def spent_today(self) -> int:
        """What everybody's orders of today did cost so far."""
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
