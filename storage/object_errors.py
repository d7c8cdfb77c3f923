"""The errors of an object store in words for an operator, without addresses, headers and answers of the store."""

import re

from obstore.exceptions import PermissionDeniedError, UnauthenticatedError

_STATUS = re.compile(r"status code: (\d{3})")
_NO_BUCKET = "<Code>NoSuchBucket</Code>"


def told(error: Exception) -> str:
    """Return the reason why an operation failed."""
    words = str(error)
    if _NO_BUCKET in words:
        return "the bucket doesn't exist"
    if isinstance(error, PermissionDeniedError | UnauthenticatedError):
        return "access denied. Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and the rights that they have there"
    if isinstance(error, TimeoutError):
        return "the object store doesn't answer in time"
    if status := _STATUS.search(words):
        return f"the object store answers with status {status[1]}"
    if "HTTP error" in words or "error sending request" in words:
        return "the object store can't be reached, or the connection was cut. Check AWS_ENDPOINT_URL and AWS_REGION"
    return f"the object store failed ({type(error).__name__})"


def is_absent(error: FileNotFoundError) -> bool:
    """Return True if the object doesn't exist; raise the error again if the bucket doesn't."""
    if _NO_BUCKET in str(error):
        raise error
    return True
