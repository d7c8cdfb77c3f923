"""Fixtures for the promises: the studio of the end-to-end tests."""

from tests.e2e.conftest import idle, impatient, mode, sandbox, studio

__all__ = ["idle", "impatient", "mode", "sandbox", "studio"]
