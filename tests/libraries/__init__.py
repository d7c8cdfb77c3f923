"""Bots written with other Telegram libraries, against the sandbox."""
