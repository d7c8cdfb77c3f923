"""Check that the pins are complete: `python -m tests.pins` lists the gaps, and `make check` runs it.

An installation that resolves versions depends on the day and on pip's version. So a pin must meet every requirement of
every pinned package (`Requires-Dist` with extras and markers), on every system and every Python version of the
classifiers. No installing command may resolve versions.
"""

import re
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

ROOT = Path(__file__).parents[1]
FILES = {
    "requirements.txt": ("dependencies", "extras"),
    "requirements-dev.txt": ("dependencies", "extras", "dev", "build-system"),
    "requirements-build.txt": ("build-system", "build"),
    "requirements-lock.txt": ("lock",),
}
"""The files of pins, and the parts of pyproject.toml that each has to meet."""
_SYSTEMS = {"linux": ("Linux", "posix"), "darwin": ("Darwin", "posix"), "win32": ("Windows", "nt")}
_INSTALLING = ("Makefile", "Dockerfile", ".ci/run", ".ci/setups")

Metadata = Callable[[str], tuple[str, list[str]] | None]
"""Returns a package's version and its `Requires-Dist` lines, or None if they can't be read."""


def read_pins(text: str) -> list[tuple[Requirement, bool]]:
    """Return each requirement of a requirements file, and whether it has a hash."""
    lines = re.sub(r"\\\n\s*", " ", text).splitlines()
    entries = [line.split("#")[0].strip() for line in lines]
    return [(Requirement(entry.split(" --hash")[0]), " --hash=" in entry) for entry in entries if entry]


def problems(
    pins: list[tuple[Requirement, bool]], wanted: Iterable[str], pythons: Iterable[str], metadata: Metadata
) -> list[str]:
    """Return the gaps of the pins; `wanted` are the requirements of the project itself."""
    found = [f"{pin} is no exact pin with a hash" for pin, hashed in pins if not hashed or not _is_exact(pin)]
    for environment in _environments(pythons):
        here = {canonicalize_name(pin.name): pin for pin, _ in pins if _applies(pin, environment)}
        asking = [("pyproject.toml", Requirement(line), frozenset[str]()) for line in wanted]
        asking += [asked for pin in here.values() for asked in _asked_by(pin, metadata, found)]
        for by, requirement, extras in asking:
            if any(_applies(requirement, environment | {"extra": extra}) for extra in extras | {""}):
                found += _unmet(by, requirement, here)
    return sorted(set(found))


def _asked_by(
    pin: Requirement, metadata: Metadata, found: list[str]
) -> Iterator[tuple[str, Requirement, frozenset[str]]]:
    known = metadata(pin.name)
    if known is None:
        return
    version, lines = known
    if version not in pin.specifier:
        found.append(f"{pin.name} {version} is installed, and {pin.specifier} is pinned: run make setup")
    for line in lines:
        yield pin.name, Requirement(line), frozenset(pin.extras)


def _unmet(by: str, requirement: Requirement, here: Mapping[NormalizedName, Requirement]) -> list[str]:
    pin = here.get(canonicalize_name(requirement.name))
    if pin is None:
        return [f"{by} asks for {requirement}, which is not pinned"]
    version = next(iter(pin.specifier)).version
    if not requirement.specifier.contains(version, prereleases=True):
        return [f"{by} asks for {requirement}, and {pin.name} {version} is pinned"]
    if not requirement.extras <= pin.extras:
        return [f"{by} asks for {requirement}, and {pin.name} is pinned without {sorted(requirement.extras)}"]
    return []


def _is_exact(pin: Requirement) -> bool:
    return [specifier.operator for specifier in pin.specifier] == ["=="]


def _applies(requirement: Requirement, environment: dict[str, str]) -> bool:
    return requirement.marker is None or requirement.marker.evaluate(environment)


def _environments(pythons: Iterable[str]) -> Iterator[dict[str, str]]:
    for version in pythons:
        for system, (platform, name) in _SYSTEMS.items():
            yield {
                "python_version": version,
                "python_full_version": f"{version}.0",
                "sys_platform": system,
                "platform_system": platform,
                "os_name": name,
                "implementation_name": "cpython",
                "platform_python_implementation": "CPython",
                "extra": "",
            }


def resolving(text: str) -> list[str]:
    """Return the commands that let pip resolve versions."""
    return [
        f"this resolves: {line.strip()}"
        for line in text.splitlines()
        if "pip install" in line and "--no-deps" not in line and not line.lstrip().startswith("#")
    ]


def _installed(name: str) -> tuple[str, list[str]] | None:
    try:
        found = distribution(name)
    except PackageNotFoundError:
        return None
    return found.version, found.requires or []


def _parts(pyproject: dict[str, Any]) -> dict[str, list[str]]:
    return {
        "dependencies": pyproject["project"]["dependencies"],
        "extras": [line for extra in pyproject["project"]["optional-dependencies"].values() for line in extra],
        "build-system": pyproject["build-system"]["requires"],
        **pyproject["dependency-groups"],
    }


def main() -> int:
    """Check the project's own files; return 1 if there are gaps."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    pythons = [line.rpartition(" ")[2] for line in pyproject["project"]["classifiers"] if ":: Python :: 3." in line]
    parts, found, unread = _parts(pyproject), list[str](), set[str]()
    for name, wanted in FILES.items():
        pins = read_pins((ROOT / name).read_text(encoding="utf-8"))
        asked = [line for part in wanted for line in parts[part]]
        found += [f"{name}: {line}" for line in problems(pins, asked, pythons, _installed)]
        unread |= {pin.name for pin, _ in pins if _installed(pin.name) is None}
    for name in _INSTALLING:
        found += [f"{name}: {line}" for line in resolving((ROOT / name).read_text(encoding="utf-8"))]
    sys.stdout.write("".join(f"{line}\n" for line in found))
    told = f" Not installed here, so not read: {', '.join(sorted(unread))}." if unread else ""
    sys.stdout.write(f"The pins are {'not ' if found else ''}complete for Python {', '.join(pythons)}.{told}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
