"""The check of the pins fails for each kind of gap that once made an installation depend on the day."""

import pytest

from tests.pins import problems, read_pins, resolving

PYTHONS = ["3.11", "3.13"]
HASH = "--hash=sha256:" + 64 * "0"
PACKAGES = {
    "pytest-cov": ("7.1.0", ["coverage[toml]>=7.10.6"]),
    "coverage": ("7.17.3", ["tomli; python_full_version <= '3.11.0a6' and extra == 'toml'"]),
    "typer": ("0.29", ["colorama; sys_platform == 'win32'", "rich; extra == 'all'"]),
    "anyio": ("4.9", ["typing-extensions>=4.5; python_version < '3.13'"]),
}


def _found(wanted: str, *pins: str) -> list[str]:
    lines = "".join(f"{pin} \\\n    {HASH}\n    # via somebody\n" for pin in pins)
    return problems(read_pins(lines), [wanted], PYTHONS, PACKAGES.get)


def test_a_complete_file() -> None:
    """A complete file passes, including extras, markers and versions."""
    assert not _found("pytest-cov", "pytest-cov==7.1.0", "coverage[toml]==7.17.3")
    assert not _found("typer", "typer==0.29", "colorama==0.4.6 ; sys_platform == 'win32'")
    assert not _found("anyio", "anyio==4.9", "typing-extensions==4.15 ; python_full_version < '3.13'")


@pytest.mark.parametrize(
    ("wanted", "pins", "says"),
    [
        ("pytest-cov", ["pytest-cov==7.1.0", "coverage==7.17.3"], "pinned without ['toml']"),
        ("pytest-cov", ["pytest-cov==7.1.0"], "not pinned"),
        ("pytest-cov", ["pytest-cov==7.1.0", "coverage[toml]==7.10"], "coverage 7.10 is pinned"),
        ("pytest-cov", ["pytest-cov==7.2.0", "coverage[toml]==7.17.3"], "7.1.0 is installed"),
        ("pytest-cov>=7.2", ["pytest-cov==7.1.0", "coverage[toml]==7.17.3"], "pyproject.toml asks for pytest-cov>=7.2"),
        ("typer[all]", ["typer==0.29", "colorama==0.4.6"], "pinned without ['all']"),
        ("typer", ["typer[all]==0.29", "colorama==0.4.6"], "typer asks for rich"),
        ("typer", ["typer==0.29"], "colorama"),
        ("anyio", ["anyio==4.9", "typing-extensions==4.15 ; python_version >= '3.13'"], "typing-extensions"),
        ("coverage", ["coverage>=7"], "no exact pin"),
    ],
)
def test_what_is_missing_is_named(wanted: str, pins: list[str], says: str) -> None:
    """Each kind of gap is reported: an extra, a package, a version, a system or a Python version."""
    assert says in "\n".join(_found(wanted, *pins))


def test_a_pin_without_a_hash() -> None:
    """A pin without a hash is reported."""
    assert problems(read_pins("coverage==7.17.3\n"), [], PYTHONS, PACKAGES.get)


def test_a_command_that_resolves() -> None:
    """A command that lets pip resolve versions is reported."""
    assert resolving("\t$(BIN)/python -m pip install --require-hashes -r requirements.txt")
    assert not resolving("\tpip install --no-deps --require-hashes -r requirements.txt\n# pip install x")
