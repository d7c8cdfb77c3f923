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
