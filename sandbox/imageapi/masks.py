"""What a mask has to be: as large as the one picture it belongs to. Beside several pictures it is passed over."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from PIL import Image

from sandbox.imageapi.envelope import WRONG_MASK, ApiError
from sandbox.imageapi.files import Files

UNREADABLE = (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning)


def check_mask(body: Mapping[str, Any], files: Files) -> None:
    """Refuse a mask of another size before anything is charged.

    Files that are not there, and those that are no pictures, fail the task instead, as they do without a mask.
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
