"""The studio of the end-to-end tests, for what torture has found and a quick test can hold."""

from tests.e2e.conftest import idle, impatient, mode, sandbox, studio

__all__ = ["idle", "impatient", "mode", "sandbox", "studio"]
