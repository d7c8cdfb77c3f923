"""Parsing and signature checks of task notifications."""

import time
from collections.abc import Mapping

from pydantic import SecretStr
from typing_extensions import override

from bot.image_api import sansio
from core.models.job import TaskNotification
from core.ports.image_api import Notifications


class WebhookReader(Notifications):
    """A reader of task notifications. If the operator set a webhook key, each must be signed with it."""

    def __init__(self, key: SecretStr | None) -> None:
        self._key = key

    @override
    def read(self, body: bytes) -> TaskNotification:
        return sansio.read_notification(body)

    @override
    def is_signed(self, headers: Mapping[str, str], task_id: str) -> bool:
        return self._key is None or sansio.signature_is_good(
            self._key.get_secret_value(), headers, task_id, time.time()
        )
