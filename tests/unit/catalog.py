"""Translation catalogs compiled on the fly, and the sentences that the extractor finds in the source."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from bot.telegram.i18n import DOMAIN

ROOT = Path(__file__).parents[2]
KEYWORDS = {"text": None, "plural": (1, 2)}


class Entry(NamedTuple):
    """A sentence of the source, its plural if it has one, and its translations."""

    one: str
    many: str | None
    translations: list[str]


def entry(one: str, many: str | None, translations: list[str]) -> Entry:
    """Make an entry."""
    return Entry(one, many, translations)


def compile_catalog(directory: Path, locale: str, entries: Iterable[Entry]) -> None:
    """Write a .po file, read it back, and compile it to where gettext looks for it."""
    catalog = Catalog(locale=locale, domain=DOMAIN)
    for one, many, translations in entries:
        if many is None:
            catalog.add(one, translations[0])
        else:
            catalog.add(
                (one, many), tuple(translations[min(i, len(translations) - 1)] for i in range(catalog.num_plurals))
            )
    folder = directory / locale / "LC_MESSAGES"
    folder.mkdir(parents=True)
    source = folder / f"{DOMAIN}.po"
    with source.open("wb") as file:
        write_po(file, catalog)
    with source.open("rb") as read, (folder / f"{DOMAIN}.mo").open("wb") as written:
        write_mo(written, read_po(read, locale=locale, abort_invalid=True))


def sentences() -> set[tuple[str, str | None]]:
    """Return every sentence in the bot's source, as (one, many)."""
    found: set[tuple[str, str | None]] = set()
    for folder in ("bot", "core", "handlers", "storage"):
        for _, _, message, _, _ in extract_from_dir(
            ROOT / folder, [("**.py", "python")], {"**.py": {"encoding": "utf-8"}}, keywords=KEYWORDS
        ):
            if isinstance(message, tuple):
                found.add((message[0], message[1]))
            else:
                found.add((message, None))
    return found


def template() -> set[tuple[str, str | None]]:
    """Return every sentence in the template that translators work from."""
    with (ROOT / "bot" / "locales" / f"{DOMAIN}.pot").open("rb") as file:
        ids = [message.id for message in read_po(file) if message.id]
    return {(found, None) if isinstance(found, str) else (found[0], found[1]) for found in ids}
