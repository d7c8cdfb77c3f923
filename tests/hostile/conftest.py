"""Fixtures for the attacks: the studio of the end-to-end tests."""

from tests.e2e.conftest import hurried, idle, mode, sandbox, send_limits, studio, timing

__all__ = ["hurried", "idle", "mode", "sandbox", "send_limits", "studio", "timing"]
