"""The migrations: numbered scripts that lead from one version of the schema to the next.

SQLite and PostgreSQL share one sequence of numbers. PostgreSQL begins with a script that makes the whole schema of its
version. From there on, `migrations/postgresql` has a script of a number only where the dialects differ.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

_FOLDER = "migrations"


@cache
def sqlite_migrations() -> Mapping[int, str]:
    """Return the scripts for SQLite by the versions that they lead to."""
    return _scripts(files("storage").joinpath(_FOLDER))


@cache
def postgresql_migrations() -> Mapping[int, str]:
    """Return the scripts for PostgreSQL by the versions that they lead to."""
    own = _scripts(files("storage").joinpath(_FOLDER, "postgresql"))
    common = {version: script for version, script in sqlite_migrations().items() if version > min(own)}
    return common | own


def newest_version() -> int:
    """Return the version that the migrations of SQLite lead to."""
    return max(sqlite_migrations())


def newer(version: int, newest: int | None = None) -> str:
    """Return the error message for a database of a newer release; `newest` is the version that this one knows."""
    return (
        f"the database is of version {version}, this program knows versions up to {newest or newest_version()}: "
        "it was written by a newer release"
    )


def _scripts(folder: Traversable) -> dict[int, str]:
    return {
        int(file.name.split("_")[0]): file.read_text(encoding="utf-8")
        for file in folder.iterdir()
        if file.name[:4].isdigit()
    }
