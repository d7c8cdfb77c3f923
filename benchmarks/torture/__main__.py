"""Kill the bot at every boundary, and check the outcome of people's orders.

`python -m benchmarks.torture --rounds 200 --seed 1`: every boundary, and 200 deaths at random. See docs/torture.md.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks.torture.auditor import Audit
from benchmarks.torture.crowd import Result
from benchmarks.torture.lane import Lane
from benchmarks.torture.rounds import Boundary, Rounds

_PROMISES = ("lost", "charged twice", "misdelivered", "shown twice", "put away", "left standing")


def main() -> None:
    """Read the command line, torture the bot, and exit with 1 if a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.torture", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200, help="deaths at random moments")
    parser.add_argument("--seed", type=int, default=None, help="repeats the choices of an earlier run")
    parser.add_argument("--boundaries", type=int, default=None, help="so many of the named boundaries; default all")
    parser.add_argument("--only", default="", help="only boundaries with this in their name")
    parser.add_argument("--row", action="store_true", help="all deaths in one row, and one audit: quick")
    parser.add_argument("--model", default="4o", help="the model that paints: 4o, or one of the jobs API such as gpt")
    parser.add_argument("--n", type=int, default=2, choices=(2, 4), help="how many pictures an album has")
    parser.add_argument("--keep", type=Path, default=None, help="keep databases, ledgers and logs in this directory")
    wanted = parser.parse_args()
    seed = wanted.seed if wanted.seed is not None else random.SystemRandom().randrange(1_000_000)
    print(f"seed {seed}", flush=True)
    sys.exit(asyncio.run(torture(wanted, seed)))


async def torture(wanted: argparse.Namespace, seed: int) -> int:
    """Run both lanes side by side: webhook with callbacks, and polling only. Return the exit code."""
    began = time.monotonic()
    async with AsyncExitStack() as stack:
        directory = wanted.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="torture-")))
        results = await asyncio.gather(
            *(_lane(directory, callbacks=callbacks, wanted=wanted, seed=seed) for callbacks in (True, False))
        )
        tracebacks = _tracebacks(directory)
    return _report(results, tracebacks, seed, time.monotonic() - began)


async def _lane(directory: Path, *, callbacks: bool, wanted: argparse.Namespace, seed: int) -> Result:
    dice = random.Random(f"{seed} {callbacks}")  # noqa: S311 - chances, not secrets
    home = directory / ("callbacks" if callbacks else "polling")
    home.mkdir(parents=True, exist_ok=True)
    rooms = 60 + 3 * wanted.rounds + 400 * (not wanted.row)
    async with Lane(home, callbacks=callbacks, rooms=rooms, model=wanted.model, album=wanted.n) as lane:
        rounds = Rounds(lane, dice)
        known = [boundary for boundary in await rounds.survey() if wanted.only in boundary.name]
        share = _share(known, wanted.boundaries, dice)
        deaths = wanted.rounds // 2 + (wanted.rounds % 2 and callbacks)
        if wanted.row:
            await rounds.die_in_a_row(share, deaths)
            return rounds.result
        for boundary in share:
            await rounds.die_at(boundary)
            print("." if not rounds.result.stories else "!", end="", flush=True)
        await rounds.die_at_random(deaths)
        return rounds.result


def _share(known: list[Boundary], wanted: int | None, dice: random.Random) -> list[Boundary]:
    if wanted is None:
        return known
    return dice.sample(known, min(len(known), (wanted + 1) // 2))


def _tracebacks(directory: Path) -> Counter[str]:
    """Count the errors that the bot itself did not foresee, by line of the log."""
    found: Counter[str] = Counter()
    for log in directory.glob("*/bot.log"):
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
            if "Can not load invalid JSON" in line:  # PTB logs this for a gateway's page
                continue
            if '"exception"' in line or '"level": "critical"' in line or line.startswith("Traceback"):
                found[line[:400]] += 1
    return found


def _report(results: list[Result], tracebacks: Counter[str], seed: int, took_s: float) -> int:
    total = Audit()
    for result in results:
        total += result.audit
    stories = [story for result in results for story in result.stories]
    for story in stories:
        print(f"\n{story}")
    for line in tracebacks:
        print(f"\nan error nobody foresaw: {line}")
    boundary, chance = sum(result.at_boundary for result in results), sum(result.at_random for result in results)
    planned = sum(result.boundaries for result in results)
    ends = ", ".join(f"{count} {name}" for name, count in sorted(total.ends.items()))
    print(f"\n{boundary + chance} kills: {boundary} at {planned} chosen boundaries, {chance} at random moments")
    for name in [name for result in results for name in result.missed]:
        print(f"  not reached: {name}")
    print(f"{total.orders} orders: {ends}; {total.charged} charged")
    print(
        f"{total.ready} stray Ready and {total.leftovers} other texts left over, {total.repeats} albums shown again"
        " (all are permitted)"
    )
    print(", ".join(f"{total.count(kind)} {kind}" for kind in _PROMISES) + f"; {took_s:.0f} s, seed {seed}")
    return 1 if stories else 0


if __name__ == "__main__":
    main()
