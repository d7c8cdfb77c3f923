"""The check that a mask has the size of its picture. Beside several pictures, the API ignores the mask."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from PIL import Image

from sandbox.imageapi.envelope import WRONG_MASK, ApiError
from sandbox.imageapi.files import Files

UNREADABLE = (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning)


def check_mask(body: Mapping[str, Any], files: Files) -> None:
    """Raise ApiError with code 422 if the mask has another size than its picture. This precedes the charge.

    Missing files and files that aren't pictures fail the task instead, as they do without a mask.
    """
    inputs, mask = body.get("filesUrl") or [], body.get("maskUrl")
    if not mask or len(inputs) != 1:
        return
    try:
        sizes = {Image.open(BytesIO(files.fetch(url))).size for url in (inputs[0], mask)}
    except (ApiError, *UNREADABLE):
        return
    if len(sizes) > 1:
        raise ApiError(422, WRONG_MASK)
