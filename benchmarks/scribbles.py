"""Measure how well scribbles are understood. Run: python -m benchmarks.scribbles

Twenty pictures are drawn on in three colors each, and sent in one of the qualities and scales that Telegram uses. The
figure is the intersection over union of the mask and the area meant, as tests/unit/scribbles.py defines it.
"""

import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.studio import machine
from bot.imaging.scribble_mask import scribbled
from core.errors import BadMask
from tests.unit.scribbles import cases, overlap


def main() -> None:
    """Print the table, and below it the median and the worst figure."""
    found: list[float] = []
    took: list[float] = []
    print(machine())
    print(f"{'picture':<12} {'color':<6} {'quality':>7} {'scale':>6} {'overlap':>8}")
    with tempfile.TemporaryDirectory() as folder:
        base, drawn, mask = (Path(folder, name) for name in ("base", "drawn", "mask"))
        for case in cases():
            meant = case.write(base, drawn)
            began = time.perf_counter()
            try:
                scribbled(base, drawn, mask)
                found.append(overlap(mask, meant))
            except BadMask as refused:
                print(f"refused: {refused.trouble}")
                found.append(0)
            took.append(time.perf_counter() - began)
            print(f"{case.name:<12} {case.color:<6} {case.quality:>7} {case.scale:>6.2f} {found[-1]:>8.3f}")
    print(f"{len(found)} scribbles: median {median(found):.3f}, worst {min(found):.3f}")
    print(f"milliseconds: median {median(took) * 1000:.0f}, slowest {max(took) * 1000:.0f}")


if __name__ == "__main__":
    main()
