"""Roles in a chat, and the ChatMember object."""

from dataclasses import dataclass
from typing import Any, Literal

Status = Literal["creator", "administrator", "member", "restricted", "left", "kicked"]

PRESENT: frozenset[Status] = frozenset({"creator", "administrator", "member", "restricted"})
IN_CHARGE: frozenset[Status] = frozenset({"creator", "administrator"})

ADMIN_RIGHTS = (
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
)
CHANNEL_RIGHTS = ("can_post_messages", "can_edit_messages")
GROUP_RIGHTS = ("can_pin_messages", "can_manage_topics")
PERMISSIONS = (
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_react_to_messages",
    "can_edit_tag",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
)


@dataclass(frozen=True)
class Role:
    """A user's role in a chat. An anonymous administrator writes as the group."""

    status: Status = "member"
    anonymous: bool = False

    @property
    def present(self) -> bool:
        """Whether a user with this role is in the chat."""
        return self.status in PRESENT

    @property
    def in_charge(self) -> bool:
        """Whether this is an administrator or the owner."""
        return self.status in IN_CHARGE


def chat_member(user: dict[str, Any], role: Role, kind: str) -> dict[str, Any]:
    """Return the ChatMember object of a user, with all fields that its status requires. `kind` is the chat's type."""
    return {"status": role.status, "user": user, **_details(role, kind)}


def _details(role: Role, kind: str) -> dict[str, Any]:
    match role.status:
        case "creator":
            return {"is_anonymous": role.anonymous}
        case "administrator":
            more = CHANNEL_RIGHTS if kind == "channel" else GROUP_RIGHTS
            rights = dict.fromkeys((*ADMIN_RIGHTS, *more), True)
            return {"can_be_edited": False, "is_anonymous": role.anonymous, "can_promote_members": False, **rights}
        case "restricted":
            return {"is_member": True, "until_date": 0, **dict.fromkeys(PERMISSIONS, False)}
        case "kicked":
            return {"until_date": 0}
        case _:
            return {}
