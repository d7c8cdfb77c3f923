"""Libraries that nobody of this project wrote, against the sandbox."""
