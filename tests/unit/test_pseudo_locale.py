"""A pseudo-locale proves that every sentence goes through the translation."""

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.model_table import read_models
from bot.telegram.i18n import Language, language
from core.errors import FAILURE_TEXTS, Failure, PromptTooLong, TooManyPictures
from core.models.image_request import Request, Size
from core.models.job import Destination, Job, State
from core.services.placeholder import caption
from core.text import Text
from tests.unit.catalog import ROOT, Entry, compile_catalog, sentences, template

FORMS = ("⟦one ", "⟦few ", "⟦many ")


@pytest.fixture(scope="module")
def pseudo(tmp_path_factory: pytest.TempPathFactory) -> Language:
    """Compile a catalog for Polish, which has three plural forms; brackets around each sentence name the form."""
    directory = tmp_path_factory.mktemp("pseudo")
    compile_catalog(directory, "pl", [_bracketed(one, many) for one, many in sentences()])
    return language("pl", directory)


def _bracketed(one: str, many: str | None) -> Entry:
    forms = [f"{form}{many or one}⟧" for form in FORMS]
    return Entry(one, many, forms if many else [f"⟦{one}⟧"])


def _filled(one: str, many: str | None, count: int) -> Text:
    names = {name for _, name, _, _ in string.Formatter().parse(many or one) if name}
    return Text(one, dict.fromkeys(names, "…") | ({"count": count} if many else {}), many, count if many else 0)


def test_every_sentence_is_translated(pseudo: Language) -> None:
    """Every sentence that the extractor finds is translated, with its placeholders filled in."""
    found = sentences()
    assert len(found) > 40
    for one, many in found:
        shown = pseudo.render(_filled(one, many, 5))
        assert shown.startswith("⟦")
        assert shown.endswith("⟧")


@pytest.mark.parametrize(("count", "form"), [(1, "⟦one 1"), (3, "⟦few 3"), (5, "⟦many 5"), (22, "⟦few 22")])
def test_plurals_have_as_many_forms_as_the_language(pseudo: Language, count: int, form: str) -> None:
    """Plurals use all forms of the language, not only the two of English."""
    plurals = [(one, many) for one, many in sentences() if many]
    assert plurals
    for one, many in plurals:
        assert form[:4] in pseudo.render(_filled(one, many, count))
    assert pseudo.render(_filled("🕓 Got it. {count} request is before yours.", _ORDERS, count)).startswith(form[:4])


_ORDERS = "🕓 Got it. {count} requests are before yours."


def test_what_people_really_read_is_translated(pseudo: Language) -> None:
    """Failures, refusals and captions are translated."""
    job = Job(
        "ab",
        "origin",
        Destination(1),
        1,
        Request("⟦a fox⟧", size=Size.LANDSCAPE, wished="16:9", variants=4),
        State.SETTLED,
        0,
    )
    refusals = [PromptTooLong(9, 8).reply, TooManyPictures(6, 5).reply]
    said = [*FAILURE_TEXTS.values(), *refusals, caption(job, 2, read_models())]
    for words in said:
        for part in pseudo.render(words).split("\n\n"):
            assert part.startswith("⟦"), part
            assert part.endswith("⟧"), part


def test_every_failure_has_words() -> None:
    """Every failure has a text."""
    assert set(FAILURE_TEXTS) == set(Failure)


def test_the_template_is_current() -> None:
    """The template for translators contains exactly the sentences of the source; `make texts` writes it."""
    assert template() == sentences()


def test_no_sentence_hides_from_the_extractor() -> None:
    """Every sentence is a literal, so that the extractor finds it."""
    hidden = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path, call in _calls({"text", "plural"})
        if not all(isinstance(part, ast.Constant) for part in call.args[: 2 if _name(call) == "plural" else 1])
    ]
    assert not hidden


def test_no_words_of_ours_are_passed_as_somebody_elses() -> None:
    """Verbatim is never used for a literal with letters, because it isn't translated."""
    ours = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path, call in _calls({"Verbatim"})
        for part in ast.walk(call)
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and any(map(str.isalpha, part.value))
    ]
    assert not ours


def _calls(names: set[str]) -> Iterator[tuple[Path, ast.Call]]:
    for folder in ("bot", "core", "handlers", "storage"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and _name(node) in names:
                    yield path, node


def _name(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""
