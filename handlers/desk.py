"""What every handler has at hand."""

from dataclasses import dataclass, field, replace

from bot.domain.errors import PromptTooLong, Refused, TooManyPictures
from bot.domain.exchange import Question
from bot.domain.job import Address, NewJob
from bot.domain.options import parse
from bot.domain.ports import Albums, Chats, Messenger, Questions
from bot.domain.request import MAX_PICTURES, Request, Source
from bot.domain.text import text
from bot.flow.submit import Submit

QUESTION_LIVES_MS = 24 * 3_600_000

WHAT_TO_DO = text(
    "✏️ Nice. What should I do with it? Tell me in your own words, for example: <i>make it a watercolour</i>"
)
WHAT_TO_DO_WITH_THEM = text(
    "✏️ Nice. What should I do with them? Tell me in your own words, for example: "
    "<i>put the cat from the first one into the second</i>"
)

REST = text(
    "This looks like the rest of the prompt that was too long, so I didn't order it. Please send a shorter one."
)


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asked, where, and which message it was; `origin` makes a replay of it find the same order."""

    address: Address
    asked_by: int
    origin: str


@dataclass(frozen=True, slots=True)
class Desk:
    """Takes what handlers understood, and turns it into orders and questions."""

    messenger: Messenger
    submit: Submit
    questions: Questions
    albums: Albums
    chats: Chats
    cut_off: dict[int, int] = field(default_factory=dict)
    """The last piece of a prompt that was too long, by chat."""

    async def order(self, asked: Asked, words: str, pictures: tuple[Source, ...] = ()) -> None:
        """Order what the words and their options say; whoever orders no longer owes an answer. Raises Refused."""
        request = parse(words)
        try:
            await self.order_request(asked, replace(request, pictures=pictures))
        except PromptTooLong:
            self.cut_off[asked.address.chat_id] = asked.address.reply_to or 0
            raise

    def refuse_rest(self, asked: Asked) -> None:
        """Raise Refused for the rest of a prompt whose beginning was too long.

        Telegram's apps cut what is longer than a message into several; the last piece alone would be paid for.
        """
        chat_id, message_id = asked.address.chat_id, asked.address.reply_to or 0
        if self.cut_off.pop(chat_id, None) == message_id - 1:
            self.cut_off[chat_id] = message_id
            raise Refused(REST)

    async def order_request(self, asked: Asked, request: Request) -> None:
        """Order something that was read already. Raises Refused."""
        await self.submit.order(NewJob(asked.origin, asked.address, asked.asked_by, request))
        await self.questions.close(asked.address.chat_id, asked.asked_by)

    async def ask(self, asked: Asked, pictures: tuple[Source, ...]) -> None:
        """Ask what to do with pictures; the answer is awaited for a day, also by a process started later."""
        if len(pictures) > MAX_PICTURES:
            raise TooManyPictures(len(pictures), MAX_PICTURES)
        await self.questions.ask(Question(asked.address, asked.asked_by, pictures))
        words = WHAT_TO_DO if len(pictures) == 1 else WHAT_TO_DO_WITH_THEM
        message_id = await self.messenger.say(asked.address, words, ask=True)
        await self.questions.posed(asked.address.chat_id, asked.asked_by, message_id)

    async def open_question(self, asked: Asked) -> Question | None:
        """What the person still owes an answer to in this chat."""
        return await self.questions.open(asked.address.chat_id, asked.asked_by, QUESTION_LIVES_MS)

    async def refuse(self, address: Address, refusal: Refused) -> None:
        """Say why not."""
        await self.messenger.say(address, refusal.reply)
