"""Fixtures for the torture tests: the studio of the end-to-end tests."""

from tests.e2e.conftest import idle, mode, sandbox, send_limits, studio, timing

__all__ = ["idle", "mode", "sandbox", "send_limits", "studio", "timing"]
