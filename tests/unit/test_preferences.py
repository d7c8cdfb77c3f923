"""Preferences and their built-in values."""

from dataclasses import fields, replace

from bot.model_table import read_models
from core.models.preferences import DEFAULTS, Preferences
from handlers.settings import choices_of

ADA, GROUP = 1001, -1001


def test_every_option_has_a_built_in_choice() -> None:
    """Each option is in the menu of /settings, and its built-in value is one of its choices."""
    models = read_models()
    settings = choices_of(models, ADA).settings
    assert sorted(settings) == sorted(field.name for field in fields(Preferences))
    applied = replace(Preferences(), model=models.standard.name).over(DEFAULTS)
    for name, (_, choices) in settings.items():
        assert getattr(applied, name) in [value for _, _, value in choices]
    assert set(settings) - set(choices_of(models, GROUP).settings) == {"after_result"}


def test_a_model_counts_while_it_is_offered() -> None:
    """A model that isn't offered is unset, so that the chat's applies; the rest stays."""
    assert Preferences(variants=2, model="gpt").among({"4o"}) == Preferences(variants=2)
    assert Preferences(model="gpt").among({"gpt"}).over(Preferences(model="4o")).request.model == "gpt"
    assert Preferences().request.model == ""


def test_own_before_default() -> None:
    """A value that is set wins over the built-in one, also if it is false."""
    assert Preferences(enhance=False, variants=4).over(DEFAULTS).variants == 4
    assert Preferences(enhance=False).over(Preferences(enhance=True)).enhance is False
