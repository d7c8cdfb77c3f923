"""The methods around messages: the bot itself, files, chat actions, reactions, button answers and menu buttons."""

from typing import Any

from sandbox.telegram.calls import Call, check_object
from sandbox.telegram.entities import utf16_length
from sandbox.telegram.errors import bad_request
from sandbox.telegram.files import DOWNLOAD_LIMIT
from sandbox.telegram.markup import check_web_app
from sandbox.telegram.reactions import EMOJI
from sandbox.telegram.world import World

ACTIONS = {
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
}
OLD_ACTIONS = {"record_audio": "record_voice", "upload_audio": "upload_voice"}
ALERT_LIMIT = 200
MENU_BUTTONS = {"commands", "default", "web_app"}

Json = dict[str, Any]


async def get_me(world: World, call: Call) -> Json:
    """Return the bot's User object."""
    del call
    cannot = ("supports_inline_queries", "can_connect_to_business", "has_main_web_app")
    abilities = {"can_join_groups": True, "can_read_all_group_messages": not world.privacy}
    return world.bot | abilities | dict.fromkeys(cannot, False)


async def nothing_to_do(world: World, call: Call) -> bool:
    """Return True for a method that has no effect on a server with one bot."""
    del world, call
    return True


async def get_user_profile_photos(world: World, call: Call) -> Json:
    """Return an empty list: sandbox users have no profile photos."""
    del world, call
    return {"total_count": 0, "photos": []}


async def get_file(world: World, call: Call) -> Json:
    """Return a file's identifiers and the path to download it from."""
    stored = world.files.get(call.get("file_id"))
    if stored is None:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    if len(stored.data) > DOWNLOAD_LIMIT:
        raise bad_request("file is too big")
    return stored.ids() | {"file_path": stored.path}


async def send_chat_action(world: World, call: Call) -> bool:
    """Show that the bot is busy."""
    chat = world.chat_for_bot(call.get("chat_id"))
    action = call.get("action").lower()
    action = OLD_ACTIONS.get(action, action)
    if action not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    thread_id = call.get("message_thread_id")
    if thread_id is not None and thread_id not in chat.topics:
        raise bad_request("message thread not found")
    where = {} if thread_id is None else {"message_thread_id": thread_id}
    world.events.emit("action", chat.id, action=action, **where)
    return True


async def set_message_reaction(world: World, call: Call) -> bool:
    """Set one emoji as the bot's reaction to a message, or remove it."""
    chat = world.chat_for_bot(call.get("chat_id"))
    entry = chat.find(call.get("message_id"))
    if entry is None:
        raise bad_request("message to react not found")
    given = [check_object("ReactionTypeEmoji", reaction) for reaction in call.get("reaction", [])]
    emoji = [reaction["emoji"] for reaction in given]
    allowed = EMOJI if chat.reactions_allowed is None else EMOJI.intersection(chat.reactions_allowed)
    if len(emoji) > 1 or not allowed.issuperset(emoji):
        raise bad_request("REACTIONS_TOO_MANY" if len(emoji) > 1 else "REACTION_INVALID")
    entry.reactions = emoji
    world.events.emit("reaction", chat.id, message_id=entry.now["message_id"], reactions=emoji)
    return True


async def answer_callback_query(world: World, call: Call) -> bool:
    """Answer a pressed button, once and while the user waits. The text has at most 200 characters (Bot API)."""
    if utf16_length(call.get("text", "")) > ALERT_LIMIT:
        raise bad_request("MESSAGE_TOO_LONG")
    press = world.presses.pop(call.get("callback_query_id"), None)
    if press is None or press.answer.done():
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    answer = {"text": call.get("text", ""), "show_alert": call.get("show_alert", False)}
    press.answer.set_result(answer)
    world.events.emit("callback", press.chat_id, message_id=press.message_id, **answer)
    return True


async def answer_inline_query(world: World, call: Call) -> bool:
    """Refuse the answer as too old, because sandbox users send no inline queries."""
    del world, call
    raise bad_request("query is too old and response timeout expired or query ID is invalid")


async def set_chat_menu_button(world: World, call: Call) -> bool:
    """Set the menu button of one private chat or of all."""
    button = check_object("MenuButton", call.get("menu_button") or {"type": "default"})
    if button["type"] not in MENU_BUTTONS:
        raise bad_request("MenuButton has unsupported type")
    if button["type"] == "web_app":
        if not button.get("text"):
            raise bad_request("can't parse MenuButton: Can't find field \"text\"")
        check_web_app(button.get("web_app"))
    world.menu_buttons[_private(world, call)] = button
    return True


async def get_chat_menu_button(world: World, call: Call) -> Json:
    """Return the chat's own menu button or the default one."""
    default = world.menu_buttons.get(None, {"type": "default"})
    return world.menu_buttons.get(_private(world, call), default)


def _private(world: World, call: Call) -> int | None:
    chat_id: int | None = call.get("chat_id")
    if chat_id is not None and world.chat_for_bot(chat_id).is_group:
        raise bad_request("chat not found")
    return chat_id
