"""Overlapping entities, resolved as in TDLib.

Styles may overlap anything but code. Links, mentions and code may not overlap each other, and quotes don't nest. Styles
that don't fit are cut; other entities are dropped.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

Entity = dict[str, Any]

STYLES = ("bold", "italic", "underline", "strikethrough", "spoiler")
VERBATIM = ("pre", "code")
QUOTES = ("blockquote", "expandable_blockquote")
_RANKS = {kind: rank for rank, kind in enumerate([*QUOTES, *VERBATIM, "", *STYLES, "custom_emoji"])}


def in_order(entities: Iterable[Entity]) -> list[Entity]:
    """Sort as Telegram does: outer before inner, and by type if two cover the same text."""
    return sorted(entities, key=lambda entity: (entity["offset"], -entity["length"], _RANKS.get(entity["type"], 4)))


def untangle(entities: Iterable[Entity]) -> list[Entity]:
    """Make entities nest. Entities that already nest stay unchanged."""
    ordered = in_order(entity for entity in entities if entity["length"] > 0)
    return ordered if _nest(ordered) else _cut(ordered)


def with_found(entities: list[Entity], found: list[Entity]) -> list[Entity]:
    """Add the entities found in the text itself. Styles are cut around them."""
    return _cut(in_order(entities + found)) if found else entities


def _end(entity: Entity) -> int:
    return int(entity["offset"]) + int(entity["length"])


def _nest(ordered: list[Entity]) -> bool:
    around: list[Entity] = []
    ends: dict[str, int] = {}
    for entity in ordered:
        while around and _end(around[-1]) <= entity["offset"]:
            around.pop()
        if around and not _may_hold(around, entity):
            return False
        if entity["type"] in STYLES and ends.get(entity["type"], -1) >= entity["offset"]:
            return False  # parts of the same style
        ends[entity["type"]] = _end(entity)
        around.append(entity)
    return True


def _may_hold(around: list[Entity], entity: Entity) -> bool:
    kinds = {each["type"] for each in around}
    if entity["type"] in kinds or _end(entity) > _end(around[-1]) or kinds & {*VERBATIM}:
        return False
    # All entities but styles go around the styles, and only a quote may contain any other.
    return entity["type"] in STYLES or (entity["type"] not in QUOTES and kinds <= {*QUOTES})


def _cut(ordered: list[Entity]) -> list[Entity]:
    styles = _merged(entity for entity in ordered if entity["type"] in STYLES)
    quotes = _apart(entity for entity in ordered if entity["type"] in QUOTES)
    firm = _apart(entity for entity in ordered if entity["type"] not in (*STYLES, *QUOTES))
    others = quotes + [entity for entity in firm if not any(_clash(entity, quote) for quote in quotes)]
    cuts = sorted({style["offset"] for style in styles} | {edge for each in others for edge in _edges(each)})
    pieces = [piece for style in styles for piece in _pieces(style, cuts)]
    code = [entity for entity in others if entity["type"] in VERBATIM]
    starts = [entity["offset"] for entity in code]
    return in_order(others + [piece for piece in pieces if not _is_inside(piece, code, starts)])


def _edges(entity: Entity) -> tuple[int, int]:
    return int(entity["offset"]), _end(entity)


def _merged(styles: Iterable[Entity]) -> list[Entity]:
    """Join touching parts of one style."""
    last: dict[str, Entity] = {}
    joined = []
    for style in styles:
        known = last.get(style["type"])
        if known is not None and style["offset"] <= _end(known):
            known["length"] = max(_end(known), _end(style)) - known["offset"]
        else:
            last[style["type"]] = {**style}
            joined.append(last[style["type"]])
    return joined


def _apart(entities: Iterable[Entity]) -> list[Entity]:
    """Return the entities without those that overlap an earlier one."""
    kept: list[Entity] = []
    for entity in entities:
        if not kept or _end(kept[-1]) <= entity["offset"]:
            kept.append(entity)
    return kept


def _within(inner: Entity, outer: Entity) -> bool:
    return bool(outer["offset"] <= inner["offset"] and _end(inner) <= _end(outer))


def _is_inside(piece: Entity, code: list[Entity], starts: list[int]) -> bool:
    """Return whether the last code that begins before the piece contains it. `code` is sorted and doesn't overlap."""
    before = bisect_right(starts, piece["offset"])
    return before > 0 and _within(piece, code[before - 1])


def _clash(entity: Entity, quote: Entity) -> bool:
    shares = entity["offset"] < _end(quote) and quote["offset"] < _end(entity)
    return shares and not _within(entity, quote)


def _pieces(style: Entity, cuts: list[int]) -> list[Entity]:
    start, end = _edges(style)
    bounds = [start, *cuts[bisect_right(cuts, start) : bisect_left(cuts, end)], end]
    return [style | {"offset": a, "length": b - a} for a, b in pairwise(bounds)]
