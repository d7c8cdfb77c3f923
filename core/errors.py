"""The errors of this project. Errors that a user can be told about carry the reply."""

from enum import StrEnum

from core.text import Text, clip, plural, text


class BotError(Exception):
    """The base class of all errors that this project raises on purpose."""


# --- refusals: nothing was stored, nothing was spent -------------------------------------------------------------


class Refused(BotError):
    """A request that can't be accepted; `reply` tells the user why, and what to do instead."""

    def __init__(self, reply: Text) -> None:
        super().__init__(reply.source)
        self.reply = reply


class Ignored(BotError):
    """A message that isn't meant for the bot, or isn't wanted here. Nothing happens, and nothing is said."""


class NotAdmitted(Refused):
    """The user may not use the bot here."""


class BadOption(Refused):
    """An option of a command is unknown or has an illegal value."""


class NoPrompt(Refused):
    """A command came without a prompt."""


class PromptTooLong(Refused):
    """The prompt has more characters than the bot passes on."""

    def __init__(self, length: int, limit: int) -> None:
        super().__init__(
            text(
                "That prompt has {length} characters, and I take at most {limit}. Nothing was charged. "
                "Please shorten it.",
                length=length,
                limit=limit,
            )
        )


class PromptTooShort(Refused):
    """The prompt has fewer characters than the model needs."""

    def __init__(self, title: str, limit: int) -> None:
        super().__init__(
            text(
                "{model} needs at least {limit} characters. Nothing was charged. Please say a little more.",
                model=title,
                limit=limit,
            )
        )


class TooManyPictures(Refused):
    """The request has more pictures than the model takes; `others` are the names of models that take them."""

    def __init__(self, count: int, limit: int, others: tuple[str, ...] = ()) -> None:
        if others:
            reply = plural(
                "You sent {count} picture, and this model takes at most {limit}. Nothing was charged. Send fewer, or "
                "add <code>--model {other}</code>. These take them: {others}.",
                "You sent {count} pictures, and this model takes at most {limit}. Nothing was charged. Send fewer, or "
                "add <code>--model {other}</code>. These take them: {others}.",
                count,
                limit=limit,
                other=others[0],
                others=", ".join(others),
            )
        else:
            reply = plural(
                "You sent {count} picture, and I take at most {limit}. Nothing was charged. Please send fewer.",
                "You sent {count} pictures, and I take at most {limit}. Nothing was charged. Please send fewer.",
                count,
                limit=limit,
            )
        super().__init__(reply)


class UnknownModel(BadOption):
    """No model has this name; `nearest` is the name that it may stand for, and `names` are all that are offered."""

    def __init__(self, word: str, nearest: str | None, names: tuple[str, ...]) -> None:
        listed = ", ".join(names)
        word = clip(word, 30)
        super().__init__(
            text(
                "I don't know the model <code>{word}</code>. Did you mean <code>--model {nearest}</code>? "
                "I have: {names}.",
                word=word,
                nearest=nearest,
                names=listed,
            )
            if nearest
            else text(
                "I don't know the model <code>{word}</code>. I have: {names}. See /model.", word=word, names=listed
            )
        )


class NoModel(Refused):
    """No model that is offered can do this."""

    def __init__(self) -> None:
        super().__init__(text("🧠 None of my models can do that. Nothing was charged. See /model for what they can."))


class NoPicture(Refused):
    """The user asked for an edit, but named no picture."""


class MaskOfMany(Refused):
    """A mask came with several pictures. The image API would ignore it and change the pictures as a whole."""

    def __init__(self) -> None:
        super().__init__(
            text("A mask works with exactly one picture. Nothing was charged. Please send one picture at a time.")
        )


class PictureGone(Refused):
    """A result was deleted, or pruned because of its age."""

    def __init__(self) -> None:
        super().__init__(text("🗑 I no longer have this picture: it was deleted or is too old."))


class MaskTrouble(StrEnum):
    """The reason why a picture can't serve as a mask."""

    EMPTY = "empty"
    FULL = "full"
    TOO_SMALL = "too_small"
    OTHER_PICTURE = "other_picture"
    WRONG_SIZE = "wrong_size"
    NOT_A_MASK = "not_a_mask"
    NO_TRANSPARENCY = "no_transparency"


MASK_TEXTS: dict[MaskTrouble, Text] = {
    MaskTrouble.EMPTY: text("🖌 Nothing is marked yet. Please mark the part of the picture that should change."),
    MaskTrouble.FULL: text(
        "🖌 The whole picture is marked, so nothing of it would stay. Mark only the part that should change, "
        "or ask for an edit without a mask."
    ),
    MaskTrouble.TOO_SMALL: text(
        "🔍 What you marked is too small for me to work with. "
        "Please draw over all of what should change, or draw a circle around it."
    ),
    MaskTrouble.OTHER_PICTURE: text(
        "🖼 That doesn't look like the same picture. Please draw on the very picture you reply to, "
        "without cropping, rotating or filtering it, in a color that stands out."
    ),
    MaskTrouble.WRONG_SIZE: text(
        "📐 The mask and the picture have different shapes. Please send a mask as wide and as high as the picture."
    ),
    MaskTrouble.NOT_A_MASK: text(
        "🏁 That isn't a mask I can read: it should be a picture in black and white only, "
        "black where something should change and white where everything stays."
    ),
    MaskTrouble.NO_TRANSPARENCY: text(
        "🏁 Nothing in that picture is transparent. Please erase the part that should change, "
        "and send the picture as a file, because Telegram fills transparent parts of photos."
    ),
}


class BadMask(Refused):
    """A mask can't be used, or a mask can't be made from a drawing."""

    def __init__(self, trouble: MaskTrouble) -> None:
        super().__init__(MASK_TEXTS[trouble])
        self.trouble = trouble


# --- failures of a job ------------------------------------------------------------------------------------------


class Failure(StrEnum):
    """The reason why a job has no picture. The values are stored, so they never change."""

    POLICY = "policy"
    INVALID = "invalid"
    BAD_PICTURE = "bad_picture"
    HUGE_PICTURE = "huge_picture"
    UNREACHABLE_PICTURE = "unreachable_picture"
    OUT_OF_CREDITS = "out_of_credits"
    MISCONFIGURED = "misconfigured"
    BUSY = "busy"
    TIMED_OUT = "timed_out"
    UPSTREAM = "upstream"
    LOST_ANSWER = "lost_answer"
    LOST_RESULT = "lost_result"
    EXPIRED_PICTURE = "expired_picture"
    UNCONFIRMED = "unconfirmed"
    STORAGE = "storage"
    TOO_LARGE = "too_large"
    TURNED_AWAY = "turned_away"
    UNREACHABLE = "unreachable"
    UNFETCHED = "unfetched"
    MODEL_GONE = "model_gone"


FAILURE_TEXTS: dict[Failure, Text] = {
    Failure.POLICY: text(
        "🚫 The content policy doesn't allow this prompt or picture. Nothing was charged. Other words may work: tap ✏️."
    ),
    Failure.INVALID: text(
        "⚠️ I can't paint this as it is. Nothing was charged. Please change the words or the picture."
    ),
    Failure.BAD_PICTURE: text(
        "🖼 I couldn't use that picture: it seems to be damaged, or it isn't one. Nothing was charged. "
        "Please send it again as JPG, PNG, WEBP or HEIC."
    ),
    Failure.HUGE_PICTURE: text(
        "🖼 That picture is too large for me to open. Nothing was charged. Please send it as a photo instead of a file, "
        "or make it smaller."
    ),
    Failure.UNREACHABLE_PICTURE: text(
        "🖼 Your picture didn't get through. Nothing was charged. Please try again in a moment."
    ),
    Failure.OUT_OF_CREDITS: text(
        "💳 I'm out of credits at the moment. Nothing was charged. Please tell the bot's operator, and try again later."
    ),
    Failure.MISCONFIGURED: text(
        "🔧 I'm not set up correctly, so I couldn't paint this. Nothing was charged. Please tell the bot's operator."
    ),
    Failure.BUSY: text("⏳ I was too busy to paint this in time. Nothing was charged. Please try again later."),
    Failure.TIMED_OUT: text("⌛ The picture wasn't finished in time. Nothing was charged. Please try again."),
    Failure.UPSTREAM: text(
        "💥 Painting this one failed. Nothing was charged. Please try again, perhaps in other words."
    ),
    Failure.LOST_ANSWER: text(
        "❓ I can't know whether this picture was painted: its confirmation never came. If it was, it is charged. I "
        "didn't ask for it twice; try again if you still want it."
    ),
    Failure.TOO_LARGE: text(
        "🐘 That is more than I can take at once. Nothing was charged. Please send a smaller picture or fewer words."
    ),
    Failure.TURNED_AWAY: text(
        "🚧 This was turned away before it was painted. Nothing was charged. Please tell the bot's operator."
    ),
    Failure.UNREACHABLE: text(
        "🔌 I couldn't get a connection to paint this in time. Nothing was charged. Please try again later."
    ),
    Failure.UNFETCHED: text(
        "📎 Telegram didn't give me your picture, so I didn't start. Nothing was charged. Please send it again."
    ),
    Failure.MODEL_GONE: text(
        "🧠 This model is no longer there. Nothing was charged. Choose another one with /model, and try again."
    ),
    Failure.STORAGE: text(
        "💾 I can't keep pictures just now, so I didn't start. Nothing was charged. Please tell the bot's operator."
    ),
    Failure.UNCONFIRMED: text("⌛ I waited for your yes and didn't start. Nothing was charged."),
    Failure.EXPIRED_PICTURE: text(
        "🗑 I no longer have the picture you wanted to change. Nothing was charged. Please send it again."
    ),
    Failure.LOST_RESULT: text(
        "💥 The picture was painted and charged, but I couldn't fetch it, and it's lost. I'm sorry."
    ),
}


class BadPicture(BotError):
    """A file isn't a picture that the bot can process; `failure` says why."""

    def __init__(self, failure: Failure, message: str) -> None:
        super().__init__(message)
        self.failure = failure


# --- the image API ----------------------------------------------------------------------------------------------


class ApiError(BotError):
    """The image API, or the connection to it, failed. The message is for the operator."""


class NotSent(ApiError):
    """The request definitely didn't reach the image API, so it is safe to send it again."""


class AnswerLost(ApiError):
    """The request may have reached the image API, but its answer didn't arrive."""


class Unreadable(ApiError):
    """The answer doesn't follow the image API's format."""


class Busy(ApiError):
    """The image API is at its limit, full or in maintenance. The request was not accepted; send it again later.

    `code` is the one in the answer's envelope, None if there wasn't one.
    """

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code


class ApiRefused(ApiError):
    """The image API, or a gateway before it, refused the request for good.

    `code` is the one in the answer's envelope, None if there wasn't one.
    """

    def __init__(self, failure: Failure, message: str, code: int | None = None) -> None:
        super().__init__(f"{failure}: {message}")
        self.failure = failure
        self.code = code


# --- Telegram ---------------------------------------------------------------------------------------------------


class MessengerError(BotError):
    """Telegram, or the connection to it, failed."""


class MessengerDown(MessengerError):
    """Telegram could not be reached or didn't answer. A message may have been shown nevertheless."""


class NotConnected(MessengerDown):
    """No connection to Telegram could be opened, so nothing was shown."""


class ChatGone(MessengerError):
    """The bot was blocked or removed, or the chat was deleted, so sending there is pointless."""


class TopicGone(ChatGone):
    """Only a topic of the chat was closed or deleted."""


class ChatMoved(MessengerError):
    """A group became a supergroup; its id is now `chat_id`."""

    def __init__(self, chat_id: int) -> None:
        super().__init__(f"moved to {chat_id}")
        self.chat_id = chat_id


class MessageGone(MessengerError):
    """The message to change was deleted or can't be changed."""


class Dropped(MessengerError):
    """A progress message was left unsent because the chat's limit had no room for it."""


class NotShowable(MessengerError):
    """Telegram refuses this content in this form."""


class NotPermitted(NotShowable):
    """The chat doesn't permit this form. `what` names the forbidden ones: text, photos, documents; it may be empty."""

    def __init__(self, message: str, what: frozenset[str]) -> None:
        super().__init__(message)
        self.what = what


class FileGone(MessengerError):
    """Telegram won't provide a user's file; `failure` says why."""

    def __init__(self, failure: Failure, message: str) -> None:
        super().__init__(message)
        self.failure = failure


class FileNotReady(MessengerDown):
    """Telegram can't provide a file at the moment, and perhaps never will."""


# --- storage ----------------------------------------------------------------------------------------------------


class StorageError(BotError):
    """The database or the disk refused; nothing is left half written."""
