"""The choice of the model for a request, and the request as that model can take it."""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from core.errors import NoModel, PromptTooLong, PromptTooShort, TooManyPictures, UnknownModel
from core.models.image_model import FOUR_O, ImageModel, Tool
from core.models.image_request import Request, Size, Source

Can = Callable[[ImageModel], bool]


@dataclass(frozen=True, slots=True)
class Models:
    """All models of the table by name, and those that people may choose.

    `default_edit` and `default_mask` are names, empty to let the model that was chosen decide, else the first offered
    one that can. `fallback` are the models that step in, in this order. `gone` are the names of those that the vendor
    no longer has: they are offered no more until a restart or until the catalog lists them again.
    """

    known: Mapping[str, ImageModel]
    names: tuple[str, ...]
    default: str = FOUR_O
    default_edit: str = ""
    default_mask: str = ""
    fallback: tuple[str, ...] = ()
    gone: set[str] = field(default_factory=set)

    @property
    def offered(self) -> tuple[ImageModel, ...]:
        """The models that people can choose, without tools."""
        return tuple(model for model in self._usable() if model.tool is None)

    @property
    def standard(self) -> ImageModel:
        """The model that paints if none is chosen. Raises NoModel if no model is left."""
        if self.default in self.names and self.default not in self.gone:
            return self.known[self.default]
        return self._first("", lambda model: bool(model.text_id)) or self._none()

    @property
    def most_pictures(self) -> int:
        """The largest number of pictures that an offered model takes."""
        return max((model.max_pictures for model in self.offered), default=0)

    def tool(self, tool: Tool, factor: int = 1) -> ImageModel | None:
        """Return the first offered model for a work, by preference one with this factor; None if it is switched off."""
        tools = [model for model in self._usable() if model.tool is tool]
        return next((model for model in tools if factor in model.factors), tools[0] if tools else None)

    def able(self, request: Request) -> tuple[ImageModel, ...]:
        """Return the offered models that can take a request."""
        return tuple(model for model in self.offered if _can(model, request) and _is_fit(request, model))

    @property
    def factors(self) -> tuple[int, ...]:
        """How many times larger a picture can be made; 1 for a model without a choice, empty if none is offered."""
        tool = self.tool(Tool.UPSCALE, 2)
        return (tool.factors or (1,)) if tool else ()

    def work(self, tool: Tool, source: Source, factor: int = 1) -> Request:
        """Return the request for the work of a tool on a picture. Raises NoModel if it is switched off."""
        model = self.tool(tool, factor) or self._none()
        return Request("", pictures=(source,), model=model.name, factor=factor if factor in model.factors else 1)

    def title(self, name: str) -> str:
        """Return the title of a model, also of one that is offered no more; its name if it isn't known."""
        return self.known[name].title if name in self.known else name

    def of(self, request: Request) -> ImageModel:
        """Return the model of a stored request, even if it is offered no more."""
        return self.known.get(request.model or FOUR_O, self.known[FOUR_O])

    def named(self, word: str) -> ImageModel:
        """Return an offered model by its name, in any case. Raises UnknownModel, which tells the names."""
        wanted = word.strip().strip("\"'“”").lower()
        offered = {model.name.lower(): model for model in self.offered}
        if wanted in offered:
            return offered[wanted]
        titles = {model.title.lower(): model for model in self.offered}
        if wanted in titles:
            return titles[wanted]
        begun = [name for name in (*offered, *titles) if len(wanted) > 1 and name.startswith(wanted)]
        near = begun or difflib.get_close_matches(wanted, [*offered, *titles], 1, 0.5)
        nearest = (offered | titles)[near[0]].name if near else None
        raise UnknownModel(word, nearest, tuple(model.name for model in self.offered))

    def choose(self, request: Request) -> Request:
        """Return the request as the model for it can take it; `instead_of` and `unused` tell the differences.

        Raises UnknownModel, NoModel, TooManyPictures, PromptTooLong and PromptTooShort.
        """
        wanted = self._wanted(request)
        model = self._able(wanted, request)
        fitted = replace(
            _fitted(request, model),
            model=model.name,
            instead_of=wanted.name if request.model and wanted is not model else "",
        )
        self._check(fitted, model)
        return fitted

    def price(self, request: Request) -> int:
        """Return the hundredths of credits for each picture of a request."""
        return self.of(request).price(price_key(request))

    def parts(self, request: Request) -> int:
        """Return the number of tasks that the pictures of a request take."""
        return 1 if self.of(request).by_itself else request.variants

    def stand_in(self, request: Request, most: int) -> tuple[Request, int] | None:
        """Return the request for the next model that may step in, with its price a picture, or None without one.

        It costs at most `most` hundredths of credits a picture. The models before the present one in `fallback` were
        asked already.
        """
        present = self.of(request).name
        first = self.fallback.index(present) + 1 if present in self.fallback else 0
        for name in self.fallback[first:]:
            model = self.known[name]
            if name == present or name in self.gone or not _can(model, request):
                continue
            other = replace(_fitted(request, model), model=name, instead_of=request.instead_of or present)
            if request.variants in {1, *model.variants} and self.price(other) <= most and _is_fit(other, model):
                return other, self.price(other)
        return None

    def drop(self, name: str) -> bool:
        """Offer a model no more, as the vendor no longer has it; return False if it wasn't offered."""
        if name not in self.names or name in self.gone:
            return False
        self.gone.add(name)
        return True

    def _wanted(self, request: Request) -> ImageModel:
        if request.model:
            return self.known.get(request.model) or self.named(request.model)
        if request.mask and self.default_mask:
            return self.known[self.default_mask]
        if request.pictures and not request.mask and self.default_edit:
            return self.known[self.default_edit]
        return self.standard

    def _able(self, wanted: ImageModel, request: Request) -> ImageModel:
        """Return `wanted` if it is offered and is able to do the work, else the model for that work."""
        is_offered = wanted in self._usable()
        if request.mask:
            able = wanted if is_offered and wanted.can_mask else None
            return able or self._first(self.default_mask, lambda model: model.can_mask) or self._none()
        if request.pictures:
            able = wanted if is_offered and wanted.can_edit else None
            return able or self._first(self.default_edit, lambda model: model.can_edit) or self._none()
        return wanted if is_offered and wanted.text_id else self.standard

    def _first(self, name: str, can: Can) -> ImageModel | None:
        offered = self.offered
        named = next((model for model in offered if model.name == name and can(model)), None)
        return named or next((model for model in offered if can(model)), None)

    def _none(self) -> ImageModel:
        raise NoModel

    def _usable(self) -> tuple[ImageModel, ...]:
        return tuple(self.known[name] for name in self.names if name not in self.gone)

    def _check(self, request: Request, model: ImageModel) -> None:
        count, length = len(request.pictures), len(request.prompt)
        if count > model.max_pictures and count:
            others = [other.name for other in self.offered if other.max_pictures >= count and _can(other, request)]
            raise TooManyPictures(count, model.max_pictures, tuple(others))
        if length > model.prompt_max:
            raise PromptTooLong(length, model.prompt_max)
        if 0 < length < model.prompt_min or (not length and model.prompt_min and model.tool is None):
            raise PromptTooShort(model.title, model.prompt_min)


def price_key(request: Request) -> str | None:
    """Return the key of the price of a request: its resolution, or how many times larger it becomes."""
    return str(request.factor) if request.factor > 1 else request.resolution


def _can(model: ImageModel, request: Request) -> bool:
    if request.mask:
        return model.can_mask
    return model.can_edit and len(request.pictures) <= model.max_pictures if request.pictures else bool(model.text_id)


def _is_fit(request: Request, model: ImageModel) -> bool:
    return model.prompt_min <= len(request.prompt) <= model.prompt_max


def _fitted(request: Request, model: ImageModel) -> Request:
    """Return the request with the model's nearest ratio and resolution, and without options that it doesn't have."""
    size, wished = _ratio(request, model)
    resolution, unused = _resolution(request, model)
    if request.transparent and not model.transparent:
        unused += " --transparent"
    return replace(
        request,
        size=size,
        wished=wished,
        resolution=resolution,
        unused=f"{request.unused}{unused}".strip(),
        transparent=request.transparent and bool(model.transparent),
        as_file=request.as_file or (request.transparent and bool(model.transparent)) or model.tool is not None,
        enhance=request.enhance and bool(model.enhance_field),
        fallback=request.fallback if model.vendor_fallback else None,
        china=request.china and model.vendor_fallback,
    )


def _ratio(request: Request, model: ImageModel) -> tuple[Size | None, str | None]:
    asked = Size(request.wished) if request.wished else request.size
    if asked is None or not model.ratios:
        return (None if asked is None or model.tool else asked), None
    wide, high = asked.split(":")
    size = Size.nearest(int(wide), int(high), model.ratios)
    return size, None if size.ratio == asked.ratio else str(asked)


def _resolution(request: Request, model: ImageModel) -> tuple[str | None, str]:
    """Return the resolution to ask for, and the option as unused if the model has only another one."""
    asked = request.resolution
    if asked is None or asked in model.resolutions:
        return asked, ""
    smaller = [own for own in model.resolutions if _thousands(own) <= _thousands(asked)]
    nearest = max(smaller, key=_thousands, default=model.resolutions[0] if model.resolutions else None)
    return nearest, f" --res {asked}"


def _thousands(resolution: str) -> float:
    return float(resolution.rstrip("K"))
