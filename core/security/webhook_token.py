"""The secret in the URL of a job's task notification: it tells which attempt at which job the notification is about.

The token is derived from a stored key, so no job's row contains it, and a forged one is refused without a database
query.

The grammar is `<job id>-<attempt>-<signature>`. The signature is the HMAC-SHA256 of `callback:<job id>:<attempt>` in
URL-safe base64 without padding.
"""

import re
from base64 import urlsafe_b64encode

from core.security.signing import Signer, is_equal

_TOKEN = re.compile(r"([0-9a-f]{12})-(0|[1-9][0-9]{0,5})-([A-Za-z0-9_-]{43})")


class WebhookTokens:
    """The maker and reader of the last part of a notification URL."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer

    def token(self, job_id: str, attempt: int) -> str:
        """Return the token for attempt number `attempt` at a job."""
        return f"{job_id}-{attempt}-{self._signature(job_id, attempt)}"

    def read(self, token: str) -> tuple[str, int] | None:
        """Return the job id and the attempt of a token, or None if the token isn't genuine."""
        match = _TOKEN.fullmatch(token)
        if not match:
            return None
        job_id, attempt = match[1], int(match[2])
        return (job_id, attempt) if is_equal(self._signature(job_id, attempt).encode(), match[3].encode()) else None

    def _signature(self, job_id: str, attempt: int) -> str:
        return urlsafe_b64encode(self._signer.sign("callback", job_id, attempt)).decode().rstrip("=")
