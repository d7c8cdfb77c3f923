"""The image: everything that the Dockerfile copies is in the build's context."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def _admitted() -> set[str]:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert lines[0] == "*", "everything is left out but what is named"
    return {line.removeprefix("!") for line in lines if line.startswith("!")}


def test_every_copied_path_is_in_the_context() -> None:
    """A package that is split off goes into the image, too."""
    copies = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    copied = {source for sources in copies for source in sources.split()}
    assert copied
    assert copied <= _admitted()


def test_every_package_is_copied() -> None:
    """The packages that are installed are those that the image gets."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = {name.removesuffix("*") for name in project["tool"]["setuptools"]["packages"]["find"]["include"]}
    assert packages <= _admitted()


def test_the_image_has_bytecode_of_the_standard_library() -> None:
    """The last stage compiles the standard library before it gives up the rights to: otherwise every start does."""
    stages = re.split(r"^FROM .+$", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    as_root, user, _ = stages[-1].partition("\nUSER ")
    assert user
    assert re.search(r"^RUN python -m compileall ", as_root, re.MULTILINE)
    assert not re.search(r"DONTWRITEBYTECODE|OPTIMIZE", stages[-1]), "the bytecode must be that of the bot's Python"
