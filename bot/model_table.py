"""The table of models: the package's own `models.toml`, with an operator's file on top, checked at start."""

import tomllib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from core.models.image_model import FOUR_O, Auto, Bounds, ImageModel, MaskPolarity, Protocol, Tool
from core.models.image_request import Size
from core.models.model_choice import Models
from core.models.model_words import GOOD_AT
from core.text import Verbatim

_TABLE = Path(__file__).with_name("models.toml")
_MAX_FILE = 1_000_000  # bytes
_NAME = r"^[a-z0-9][a-z0-9.-]{0,19}$"
_FIELD = r"^[A-Za-z_][A-Za-z0-9_]{0,63}$|^$"
_ID = r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$|^$"
_RESOLUTION = r"^\d{1,2}(\.\d)?K$"
_MAX_CREDITS = Decimal(1_000_000)

_Field = Annotated[str, Field(pattern=_FIELD)]
_Id = Annotated[str, Field(pattern=_ID)]
_Ratio = Annotated[str, Field(pattern=r"^[1-9]\d{0,3}:[1-9]\d{0,3}$")]
_Credits = Annotated[Decimal, Field(ge=0, le=_MAX_CREDITS, decimal_places=2, allow_inf_nan=False)]
_Count = Annotated[int, Field(ge=0, le=100_000_000, strict=True)]


class ModelTableError(ValueError):
    """Raised if a table can't be used. `problems` has a line for each, with the model's name and the key."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = list(problems)


def read_models(
    *,
    file: Path | None = None,
    offered: Sequence[str] = (),
    default: str = FOUR_O,
    default_edit: str = "",
    default_mask: str = "",
    fallback: Sequence[str] = (),
    four_o_price: int | None = None,
) -> Models:
    """Return the models of the table, with those of `file` on top. Raises ModelTableError.

    `offered` are the names that people may choose, in this order; without names, all of the table. `four_o_price` is
    the price of a picture of 4o in hundredths of credits, unless `file` has one.
    """
    rows = _parsed(_TABLE.read_bytes(), "models.toml")
    own = _parsed(_content(file), str(file)) if file else {}
    if four_o_price is not None:
        rows[FOUR_O]["credits"] = Decimal(four_o_price) / 100
    known = _checked({name: {**rows.get(name, {}), **own.get(name, {})} for name in rows | own})
    names = tuple(offered) or tuple(known)
    named = {
        "MODELS": names,
        "DEFAULT_MODEL": (default,),
        "DEFAULT_EDIT_MODEL": (default_edit,),
        "DEFAULT_MASK_MODEL": (default_mask,),
        "MODEL_FALLBACK": tuple(fallback),
    }
    problems = [
        f"{setting}: {name!r} is not a model; the models are {', '.join(known)}"
        for setting, chosen in named.items()
        for name in chosen
        if name and name not in known
    ]
    if problems:
        raise ModelTableError(problems)
    default = default if default in names else _first_painter(known, names)
    models = Models(known, names, default, default_edit, default_mask, tuple(fallback))
    _check_roles(models)
    return models


def _first_painter(known: Mapping[str, ImageModel], names: Sequence[str]) -> str:
    """Return the first offered model that paints from words, if the default one isn't offered."""
    found = next((name for name in names if known[name].tool is None and known[name].text_id), None)
    if found is None:
        raise ModelTableError(["MODELS: names no model that paints from words"])
    return found


def _check_roles(models: Models) -> None:
    problems = []
    roles = (
        ("DEFAULT_MODEL", (models.default,), "paint from words", lambda model: bool(model.text_id)),
        ("DEFAULT_EDIT_MODEL", (models.default_edit,), "change pictures", lambda model: model.can_edit),
        ("DEFAULT_MASK_MODEL", (models.default_mask,), "take a mask", lambda model: model.can_mask),
        ("MODEL_FALLBACK", models.fallback, "paint", lambda model: model.tool is None),
    )
    for setting, names, work, can in roles:
        for name in filter(None, names):
            if not can(models.known[name]) or models.known[name].tool:
                problems.append(f"{setting}: {name} can't {work}")
            elif name not in models.names and setting != "MODEL_FALLBACK":
                problems.append(f"{setting}: {name} is missing in MODELS")
    if problems:
        raise ModelTableError(problems)


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            content = opened.read(_MAX_FILE + 1)
    except OSError as error:
        raise ModelTableError([f"MODELS_FILE: {file} can't be read: {error.strerror}"]) from None
    if len(content) > _MAX_FILE:
        raise ModelTableError([f"MODELS_FILE: {file} is larger than {_MAX_FILE} bytes"])
    return content


def _parsed(content: bytes, name: str) -> dict[str, dict[str, Any]]:
    try:
        rows = tomllib.loads(content.decode("utf-8-sig"), parse_float=Decimal)
    except UnicodeDecodeError:
        raise ModelTableError([f"MODELS_FILE: {name}: is not UTF-8"]) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:  # also for a name that stands there twice
        raise ModelTableError([f"MODELS_FILE: {name}: {error}"]) from None
    problems = [
        f"MODELS_FILE: {name}: [{key}] must be a table" for key, row in rows.items() if not isinstance(row, dict)
    ]
    if problems:
        raise ModelTableError(problems)
    return rows


def _checked(rows: Mapping[str, Mapping[str, Any]]) -> dict[str, ImageModel]:
    models: dict[str, ImageModel] = {}
    problems: list[str] = []
    for name, row in rows.items():
        try:
            models[name] = _Row.model_validate({**row, "name": name}).model
        except ValidationError as error:
            problems += [_told(name, problem) for problem in error.errors(include_url=False, include_input=False)]
    if problems:
        raise ModelTableError(problems)
    return models


def _told(name: str, problem: Mapping[str, Any]) -> str:
    where = ".".join(map(str, problem["loc"]))
    words = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "extra_forbidden":
        words = "is not a key of a model"
    return f"MODELS_FILE: [{name}] {where}: {words}" if where else f"MODELS_FILE: [{name}]: {words}"


class _Row(BaseModel):
    """A row of the table, as it stands in TOML."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=_NAME)]
    title: Annotated[str, Field(min_length=1, max_length=40)]
    good_at: Annotated[str, Field(max_length=100)] = ""
    credits: _Credits | dict[str, _Credits]
    protocol: Protocol = Protocol.JOBS
    text_id: _Id = ""
    edit_id: _Id = ""
    pictures_field: _Field = ""
    max_pictures: Annotated[_Count, Field(le=64)] = 0
    one_picture: bool = False
    max_bytes: _Count = 0
    max_pixels: _Count = 0
    min_side: _Count = 0
    max_side: _Count = 0
    ratio_field: _Field = ""
    ratios: tuple[_Ratio, ...] = ()
    ratio_required: bool = False
    auto: Auto = Auto.NEVER
    resolution_field: _Field = ""
    resolutions: tuple[Annotated[str, Field(pattern=_RESOLUTION)], ...] = ()
    resolution_required: bool = False
    factor_field: _Field = ""
    factors: tuple[Annotated[int, Field(ge=2, le=16)], ...] = ()
    extras: dict[Annotated[str, Field(pattern=_FIELD)], bool | int | str] = {}
    transparent: dict[Annotated[str, Field(pattern=_FIELD)], bool | int | str] = {}
    mask_field: _Field = ""
    mask_polarity: MaskPolarity = MaskPolarity.BLACK
    enhance_field: _Field = ""
    prompt_min: _Count = 0
    prompt_max: Annotated[_Count, Field(ge=1)] = 4_000
    variants: tuple[Annotated[int, Field(ge=1, le=10)], ...] = (1,)
    vendor_fallback: bool = False
    tool: Tool | None = None

    @field_validator("credits")
    @classmethod
    def _named(cls, value: Decimal | dict[str, Decimal]) -> Decimal | dict[str, Decimal]:
        if isinstance(value, dict) and not value:
            raise ValueError("must name a price")
        return value

    @model_validator(mode="after")
    def _together(self) -> "_Row":
        """Check what one key says about another. Raises ValueError."""
        if not self.text_id and not self.edit_id:
            raise ValueError("needs text_id or edit_id")
        if bool(self.edit_id) != bool(self.pictures_field and self.max_pictures):
            raise ValueError("edit_id, pictures_field and max_pictures belong together")
        if self.ratios and not self.ratio_field:
            raise ValueError("ratios need ratio_field")
        if self.ratio_required and not self.ratios:
            raise ValueError("ratio_required needs ratios")
        if bool(self.resolutions) != bool(self.resolution_field):
            raise ValueError("resolutions and resolution_field belong together")
        if self.tool and not self.edit_id:
            raise ValueError("a tool needs edit_id")
        if isinstance(self.credits, dict):
            keys = {*self.resolutions, *map(str, self.factors), ""}
            unknown = [key for key in self.credits if key not in keys]
            lacking = [key for key in self.resolutions if key not in self.credits and "" not in self.credits]
            if unknown or lacking:
                raise ValueError(f"credits must have the keys of resolutions or factors, not {', '.join(unknown)}")
        return self

    @property
    def model(self) -> ImageModel:
        prices = self.credits if isinstance(self.credits, dict) else {"": self.credits}
        return ImageModel(
            name=self.name,
            title=self.title,
            prices={key: int(price * 100) for key, price in prices.items()},
            protocol=self.protocol,
            good_at=GOOD_AT.get(self.good_at, Verbatim(self.good_at)),
            text_id=self.text_id,
            edit_id=self.edit_id,
            pictures_field=self.pictures_field,
            max_pictures=self.max_pictures,
            one_picture=self.one_picture,
            bounds=Bounds(self.max_bytes, self.max_pixels, self.min_side, self.max_side),
            ratio_field=self.ratio_field,
            ratios=tuple(Size(ratio) for ratio in self.ratios),
            ratio_required=self.ratio_required,
            auto=self.auto,
            resolution_field=self.resolution_field,
            resolutions=self.resolutions,
            resolution_required=self.resolution_required,
            factor_field=self.factor_field,
            factors=self.factors,
            extras=self.extras,
            transparent=self.transparent,
            mask_field=self.mask_field,
            mask_polarity=self.mask_polarity,
            enhance_field=self.enhance_field,
            prompt_min=self.prompt_min,
            prompt_max=self.prompt_max,
            variants=tuple(sorted(self.variants)),
            vendor_fallback=self.vendor_fallback,
            tool=self.tool,
        )
