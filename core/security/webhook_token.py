"""The secret in a job's callback address: it says which order, and which attempt at it, the service calls back about.

It is derived from a key the bot keeps, so that no row of a job holds it and a made-up one is refused without a look
into the database.
"""

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode

_TOKEN = re.compile(r"([0-9a-f]{12})-(0|[1-9][0-9]{0,5})-([A-Za-z0-9_-]{43})")


class WebhookTokens:
    """Makes and reads the last part of a callback address."""

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    def token(self, job_id: str, attempt: int) -> str:
        """Write the part that stands for attempt number `attempt` at a job."""
        return f"{job_id}-{attempt}-{self._signature(job_id, attempt)}"

    def read(self, token: str) -> tuple[str, int] | None:
        """Answer job id and attempt, or None where we never made this token."""
        match = _TOKEN.fullmatch(token)
        if not match:
            return None
        job_id, attempt = match[1], int(match[2])
        return (job_id, attempt) if hmac.compare_digest(self._signature(job_id, attempt), match[3]) else None

    def _signature(self, job_id: str, attempt: int) -> str:
        digest = hmac.new(self._key, f"callback:{job_id}:{attempt}".encode(), hashlib.sha256).digest()
        return urlsafe_b64encode(digest).decode().rstrip("=")
