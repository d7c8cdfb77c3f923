"""Updates that are built without PTB's search for all fields are the same as those that it builds."""

from copy import deepcopy
from typing import Any

import pytest
from telegram import Bot, Message, Update

from handlers.http.update_objects import update_of

BOT = Bot("1:token")
ADA = {"id": 5, "is_bot": False, "first_name": "Ada", "language_code": "de", "unheard_of": 1}
CHAT = {"id": 5, "type": "private", "first_name": "Ada", "unheard_of": {"a": 1}}
TEXT = {"message_id": 7, "date": 1_700_000_000, "chat": CHAT, "from": ADA, "text": "a fox"}
COMMAND = {"type": "bot_command", "offset": 0, "length": 5}
PHOTO = [{"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1}]
MESSAGES = {
    "text": TEXT,
    "command": {**TEXT, "text": "/help", "entities": [COMMAND, {**COMMAND, "type": "unheard_of"}]},
    "without entities": {**TEXT, "entities": []},
    "without a sender": {key: value for key, value in TEXT.items() if key != "from"},
    "without words": {key: value for key, value in TEXT.items() if key != "text"},
    "of the year 1970": {**TEXT, "date": 0},
    "photo": {**TEXT, "photo": PHOTO, "caption": "a fox"},
    "reply": {**TEXT, "reply_to_message": {**TEXT, "message_id": 6}},
    "unknown field": {**TEXT, "unheard_of": {"a": 1}},
}


@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES.keys())
@pytest.mark.parametrize("more", [{}, {"unheard_of": 1}], ids=["", "more"])
def test_the_object_is_the_same(message: dict[str, Any], more: dict[str, Any]) -> None:
    """Every field, its type, and the bot of each part are as `Update.de_json` makes them."""
    payload = {"update_id": 3, "message": message} | more

    found, wanted = update_of(deepcopy(payload), BOT), Update.de_json(deepcopy(payload), BOT)

    assert _slots(found) == _slots(wanted)
    assert found.message is not None
    assert found.message.get_bot() is BOT
    assert found.effective_message is found.message


def test_a_plain_text_needs_no_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """PTB's way isn't gone for a text."""
    monkeypatch.setattr(Message, "de_json", None)

    assert update_of({"update_id": 3, "message": TEXT}, BOT).message is not None


def test_a_press_of_a_button_is_built_as_well() -> None:
    """An update of another kind is left to PTB."""
    query = {"id": "1", "from": ADA, "chat_instance": "1", "data": "x"}

    assert update_of({"update_id": 3, "callback_query": query}, BOT).callback_query is not None


def _slots(value: object) -> object:
    """Return the type and all fields of an object, also those that comparing leaves out."""
    if isinstance(value, tuple):
        return [_slots(each) for each in value]
    if not type(value).__module__.startswith("telegram."):
        return value
    names = {name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())}
    known = {name: getattr(value, name) for name in names - {"_bot", "__dict__"} if hasattr(value, name)}
    return type(value), {name: _slots(each) for name, each in known.items() if not name.startswith("_effective")}
