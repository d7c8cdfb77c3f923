"""The models of the jobs API, with their ids, fields, values and credits (vendor's docs, October 2026)."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Model:
    """A model. `edit` is its id with pictures, the same as `text` if one id serves both, empty if it can't edit."""

    name: str
    prices: Mapping[str, float]
    """Credits by resolution or factor; the key "" holds for the others."""
    text: str = ""
    edit: str = ""
    pictures: str = ""
    most: int = 0
    ratio: str = ""
    ratios: tuple[str, ...] = ()
    edit_ratios: tuple[str, ...] = ()
    """Further ratios with pictures."""
    ratio_required: bool = False
    resolution: str = ""
    resolutions: tuple[str, ...] = ()
    resolution_required: bool = False
    prompt: tuple[int, int] = (1, 20_000)
    others: Mapping[str, tuple[object, ...]] = field(default_factory=dict)
    """Other fields with their values; no values stand for any text."""
    tool: str = ""

    def price(self, given: Mapping[str, object]) -> float:
        """Return the credits for a picture."""
        key = str(given.get(self.resolution) or given.get("upscale_factor") or next(iter(self.prices)))
        return self.prices.get(key, next(iter(self.prices.values())))


_GPT = ("auto", "1:1", "3:2", "2:3", "4:3", "3:4", "16:9", "9:16", "21:9")
_BANANA = ("auto", "1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9")
_FLAG = (True, False)
_GROUND = {"background": ("transparent", "opaque", "auto")}
_CHECKER = {"nsfw_checker": _FLAG}
_THREE = ("1K", "2K", "4K")


def _gpt(name: str, brand: str) -> Model:
    return Model(
        name,
        {"1K": 6, "2K": 10, "4K": 16},
        text=f"gpt-image-2-5-{brand}-text-to-image",
        edit=f"gpt-image-2-5-{brand}-image-to-image",
        pictures="input_urls",
        most=16,
        ratio="aspect_ratio",
        ratios=_GPT,
        resolution="resolution",
        resolutions=_THREE,
        others=_GROUND,
    )


def _banana(name: str, brand: str, prices: Mapping[str, float], field_: str, most: int) -> Model:
    is_small = len(prices) == 1
    return Model(
        name,
        prices,
        text=brand,
        edit=brand,
        pictures=field_,
        most=most,
        ratio="aspect_ratio",
        ratios=_BANANA,
        ratio_required=is_small,
        resolution="" if is_small else "resolution",
        resolutions=() if is_small else _THREE,
        others={} if is_small else {"output_format": ("jpg", "png")},
    )


MODELS = (
    Model(
        "4o",
        {"": 6},
        text="4o-image-api",
        edit="4o-image-api",
        pictures="files_url",
        most=5,
        ratio="size",
        ratios=("1:1", "3:2", "2:3"),
        ratio_required=True,
    ),
    _gpt("gpt", "flare"),
    _gpt("gpt-fine", "sunburst"),
    _banana("banana", "nano-banana-2", {"1K": 8, "2K": 12, "4K": 18}, "image_input", 14),
    _banana("banana-lite", "nano-banana-2-lite", {"": 4}, "image_urls", 10),
    _banana("banana-pro", "nano-banana-pro", {"1K": 18, "2K": 18, "4K": 24}, "image_input", 8),
    Model(
        "seedream",
        {"": 3.24},
        text="seedream/5-flash-text-to-image",
        edit="seedream/5-flash-image-to-image",
        pictures="image_urls",
        most=10,
        ratio="aspect_ratio",
        ratios=("1:1", "4:3", "3:4", "16:9", "9:16", "2:3", "3:2", "21:9"),
        ratio_required=True,
        resolution="size",
        resolutions=("1K", "1.5K", "2K"),
        prompt=(3, 5000),
        others=_CHECKER,
    ),
    Model(
        "flux",
        {"1K": 5, "2K": 7},
        text="flux-2/pro-text-to-image",
        edit="flux-2/pro-image-to-image",
        pictures="input_urls",
        most=8,
        ratio="aspect_ratio",
        ratios=("1:1", "4:3", "3:4", "16:9", "9:16", "3:2", "2:3"),
        edit_ratios=("auto",),
        ratio_required=True,
        resolution="resolution",
        resolutions=("1K", "2K"),
        resolution_required=True,
        prompt=(3, 5000),
        others=_CHECKER,
    ),
    Model(
        "qwen",
        {"1K": 4, "2K": 8},
        text="qwen2-1/text-to-image",
        edit="qwen2-1/image-to-image",
        pictures="image_urls",
        most=10,
        ratio="aspect_ratio",
        ratios=("1:1", "4:3", "3:4", "3:2", "2:3", "16:9", "9:16", "21:9", "9:21"),
        edit_ratios=("auto",),
        resolution="resolution",
        resolutions=("1K", "2K"),
        others={**_GROUND, **_CHECKER, "enhance_prompt": _FLAG, "mask_url": ()},
    ),
    Model(
        "draft",
        {"": 0.8},
        text="z-image",
        ratio="aspect_ratio",
        ratios=("1:1", "4:3", "3:4", "16:9", "9:16"),
        ratio_required=True,
        prompt=(1, 1000),
        others=_CHECKER,
    ),
    Model("cutout", {"": 1}, edit="recraft/remove-background", pictures="image", most=1, tool="cutout"),
    Model("crisp", {"": 0.5}, edit="recraft/crisp-upscale", pictures="image", most=1, tool="upscale"),
    Model(
        "upscale",
        {"1": 10, "2": 10, "4": 20},
        edit="topaz/image-upscale",
        pictures="image_url",
        most=1,
        others={"upscale_factor": ("1", "2", "4")},
        tool="upscale",
    ),
)
BY_ID: dict[str, Model] = {id_: model for model in MODELS for id_ in (model.text, model.edit) if id_}
"""The models by each of their ids."""
