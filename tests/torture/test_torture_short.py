"""A short version of `make torture`; see docs/torture.md."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.postgresql import is_installed

ROOT = Path(__file__).parents[2]


@pytest.mark.alone("it kills processes at moments, and has to be done within its time limit")
@pytest.mark.timeout(150)
@pytest.mark.parametrize("how", [(), ("--model", "gpt", "--n", "4")], ids=["4o", "four tasks of gpt"])
def test_nothing_is_lost_or_paid_twice_whenever_the_bot_is_killed(
    record_property: Callable[[str, object], None], how: tuple[str, ...]
) -> None:
    """After twelve kills at named boundaries and five at random moments, every job has ended as promised."""
    _torture(record_property, "--row", "--boundaries", "12", "--rounds", "5", *how)


@pytest.mark.alone("it kills and stops processes at moments, and has to be done within its time limit")
@pytest.mark.timeout(150)
def test_nothing_is_lost_or_paid_twice_whatever_happens_to_several_processes(
    record_property: Callable[[str, object], None],
) -> None:
    """After 20 deaths, stops, cut connections and restarts, every job of three processes has ended as promised."""
    if not is_installed():
        pytest.skip("PostgreSQL is not installed")
    said = _torture(record_property, "--row", "--replicas", "3", "--rounds", "20")
    assert "20 events" in said
    assert "takeovers with LEASE_S=2" in said


def _torture(record_property: Callable[[str, object], None], *how: str) -> str:
    command = [sys.executable, "-m", "benchmarks.torture", *how]
    seed = os.environ.get("TORTURE_SEED")
    command += ["--seed", seed] if seed else []
    ended = subprocess.run(  # noqa: S603 - our own module
        command, cwd=ROOT, capture_output=True, text=True, timeout=140, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "0 lost, 0 charged twice, 0 misdelivered, 0 shown twice" in ended.stdout
    record_property("figures", " / ".join(ended.stdout.strip().splitlines()[-3:]))
    return ended.stdout
