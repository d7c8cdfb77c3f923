"""The person or chat that an operator means: by number, by @name, or by a reply to one of their messages."""

import re

from telegram import Message, MessageOriginChannel, MessageOriginChat, MessageOriginHiddenUser, MessageOriginUser

from core.errors import Refused
from core.models.credits import typed
from core.models.names import Name
from core.text import Text, Verbatim, text
from handlers.operators.context import NUMBER, OperatorContext
from handlers.parsing import replied_to, rest_of

_USERNAME = re.compile(r"@(?P<name>[A-Za-z0-9_]{1,32})[,:]?")

HIDDEN = text(
    "🙈 Telegram doesn't tell me who wrote that message. Use the person's number or @name instead; when I refuse "
    "somebody, I tell them their number."
)


async def meant(operators: OperatorContext, message: Message, usage: Text, count: int = 0) -> tuple[int, list[int]]:
    """Return the id of the person or chat that a command is about, and the `count` sums behind it.

    The sums are typed in credits, and returned in hundredths.

    Without a name in the words, the author of the replied or forwarded message is meant. Raises Refused with the usage,
    or if the name is unknown or hidden.
    """
    words = rest_of(message).split()
    if len(words) == count + 1:
        scope_id, sums = await _by_word(operators, words[0], usage), words[1:]
    elif len(words) == count and (author := _author(message, usage)) is not None:
        scope_id, sums = author, words
    else:
        raise Refused(usage)
    read = [hundredths for word in sums if (hundredths := typed(word)) is not None]
    if len(read) < len(sums):
        raise Refused(usage)
    return await operators.scope_id(scope_id, usage), read


async def _by_word(operators: OperatorContext, word: str, usage: Text) -> int:
    if NUMBER.fullmatch(word):
        return int(word)
    match = _USERNAME.fullmatch(word)
    if not match:
        raise Refused(usage)
    found = await operators.names.find(match["name"])
    if found is None:
        raise Refused(_unknown(match["name"]))
    return found


def _unknown(username: str) -> Text:
    return text(
        "🤷 I don't know @{name}. I know only people who wrote to me and may use me. Use their number, or forward a "
        "message of theirs to me and reply to it.",
        name=username,
    )


def _author(message: Message, usage: Text) -> int | None:
    """Return the id of the author of the replied message; None without a reply. Raises Refused for the bot itself.

    The operator's private chat has no messages of others but forwarded ones; a reply in another chat names its author.
    """
    replied, external = replied_to(message), message.external_reply
    origin = external.origin if external else replied.forward_origin if replied else None
    match origin:
        case MessageOriginHiddenUser():
            raise Refused(HIDDEN)
        case MessageOriginUser(sender_user=user) if not user.is_bot:
            return user.id
        case MessageOriginChat(sender_chat=chat) | MessageOriginChannel(chat=chat):
            return chat.id
        case None if replied and replied.from_user and not replied.from_user.is_bot:
            return replied.from_user.id
    if origin or replied:
        raise Refused(usage)
    return None


async def named(operators: OperatorContext, scope_id: int) -> Text:
    """Return the number of a person or chat, with the names that are known."""
    return labeled(await operators.names.get(scope_id))


def labeled(name: Name) -> Text:
    """Return a number with its names, if there are any."""
    number = Verbatim(str(name.id))
    if not name.label:
        return text("<code>{id}</code>", id=number)
    return text("<code>{id}</code> ({name})", id=number, name=name.label)
