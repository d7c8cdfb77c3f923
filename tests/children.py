"""Servers of the tests, which end with the process that started them."""

import shutil


def bound(signal_name: str) -> list[str]:
    """Return the words before a command that send it a signal when this thread ends, also without exit functions."""
    return ["setpriv", "--pdeathsig", signal_name] if shutil.which("setpriv") else []
