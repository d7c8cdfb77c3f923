"""Fixtures for the attacks: the studio of the end-to-end tests."""

from tests.e2e.conftest import hurried, idle, impatient, mode, sandbox, studio

__all__ = ["hurried", "idle", "impatient", "mode", "sandbox", "studio"]
