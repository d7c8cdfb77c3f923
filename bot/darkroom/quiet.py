"""Pillow's warnings about what strangers sent: their damaged EXIF is no news, and no reason to refuse a picture.

A filter is set for Pillow's modules alone, and stays. `warnings.catch_warnings` around the work would be wrong in a
thread: it swaps the filters of the whole process, so that warnings of all other threads would be lost for the seconds
that a picture takes, and two such swaps that overlap leave the wrong filters behind for good. What is ignored by a
filter is not remembered either, while Python keeps the words of every warning that it shows.
"""

import re
import warnings

FILTER = ("ignore", None, Warning, re.compile(r"(PIL|pillow_heif)\."), 0)
"""What warnings.filters holds then."""


def hush() -> None:
    """See that the filter comes first: whoever has set another one since would be obeyed instead.

    It is left alone where it does, as every change makes Python repeat what it has shown once.
    """
    if list(warnings.filters[:1]) != [FILTER]:
        warnings.filterwarnings("ignore", module=FILTER[3].pattern)
