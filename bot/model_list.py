"""The table of models as text, for the command line and for the README."""

from collections.abc import Sequence

from core.models.credits import shown
from core.models.image_model import ImageModel
from core.models.model_choice import Models
from core.text import Renderable, Text, Verbatim


def readme_rows(models: Models) -> list[str]:
    """Return the rows of the README's table: model, strength, ratios, pictures, credits."""
    return [
        f"| {' | '.join((f'`{model.name}` {model.title}', said(model.good_at), *_figures(model)))} |"
        for model in models.known.values()
    ]


def listed(models: Models) -> list[str]:
    """Return the lines of `imagine-bot models`: a row for each model, with aligned columns."""
    rows = [("name", "title", "offered", "role", "can", "pictures", "credits", "ids")]
    rows += [
        (
            model.name,
            model.title,
            "yes" if model.name in models.names else "no",
            _role(models, model.name),
            _abilities(model),
            _pictures(model),
            _prices(model),
            " ".join(dict.fromkeys(filter(None, (model.text_id, model.edit_id)))),
        )
        for model in models.known.values()
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _figures(model: ImageModel) -> tuple[str, str, str]:
    return _ratios(model), _pictures(model), _prices(model)


def said(words: Renderable) -> str:
    """Return words in English, as they stand in the source."""
    match words:
        case Text(source=source):
            return source
        case Verbatim(said_):
            return said_
    return ""


def _ratios(model: ImageModel) -> str:
    return ", ".join(model.ratios) or "–"


def _pictures(model: ImageModel) -> str:
    return str(model.max_pictures) if model.max_pictures else "–"


def _prices(model: ImageModel) -> str:
    keys: Sequence[str] = [*model.resolutions, *map(str, model.factors)]
    prices = {key: model.price(key) for key in keys} or {"": model.price(None)}
    if len(set(prices.values())) == 1:
        return shown(next(iter(prices.values())))
    unit = "×" if model.factors else ""
    return ", ".join(f"{key}{unit} {shown(price)}" for key, price in prices.items())


def _role(models: Models, name: str) -> str:
    roles = {"default": (models.default,), "edits": (models.default_edit,), "masks": (models.default_mask,)}
    found = [role for role, names in roles.items() if name in names]
    if name in models.fallback:
        found.append(f"fallback {models.fallback.index(name) + 1}")
    return ", ".join(found)


def _abilities(model: ImageModel) -> str:
    can = {
        "paint": bool(model.text_id),
        "edit": model.can_edit and model.tool is None,
        "mask": model.can_mask,
        "transparent": bool(model.transparent),
        "enhance": bool(model.enhance_field),
    }
    return model.tool.value if model.tool else ", ".join(name for name, is_so in can.items() if is_so)
