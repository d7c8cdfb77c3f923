"""The address of a PostgreSQL database, `postgresql://user:password@host:port/name`, whose password is never shown."""

import re
from urllib.parse import unquote

_URL = re.compile(
    r"postgresql://(?:[^:@/?#\s]*(?::(?P<password>[^@/?#\s]*))?@)?(?P<place>[^@?#\s]*)(?P<options>\?[^#\s]*)?"
)


def check(url: str) -> str:
    """Return the address if its password is where it can be hidden. Raises ValueError without naming it."""
    found = _URL.fullmatch(url)
    if not found or "password" in (found["options"] or ""):
        raise ValueError(
            "must look like postgresql://user:password@host:5432/name, with %40 instead of @ in the password, and so on"
        )
    return url


def without_password(url: str) -> str:
    """Return the address without user, password and options, as an error message may show it."""
    found = _URL.fullmatch(url)
    return f"postgresql://{found['place']}" if found else "postgresql://…"


def passwords_in(url: str) -> list[str]:
    """Return the password both as it is written in the address and as the server gets it."""
    found = _URL.fullmatch(url)
    written = found["password"] if found else None
    return sorted({written, unquote(written)}) if written else []
