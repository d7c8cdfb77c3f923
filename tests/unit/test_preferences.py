"""Preferences and their built-in values."""

from dataclasses import fields

from core.models.preferences import DEFAULTS, Preferences
from handlers.settings import CHOICES


def test_every_option_has_a_built_in_choice() -> None:
    """Each option is in the menu of /settings, and its built-in value is one of its choices."""
    assert list(CHOICES.settings) == [field.name for field in fields(Preferences)]
    for name, (_, choices) in CHOICES.settings.items():
        assert getattr(Preferences().over(DEFAULTS), name) in [value for _, _, value in choices]


def test_own_before_default() -> None:
    """A value that is set wins over the built-in one, also if it is false."""
    assert Preferences(enhance=False, variants=4).over(DEFAULTS).variants == 4
    assert Preferences(enhance=False).over(Preferences(enhance=True)).enhance is False
