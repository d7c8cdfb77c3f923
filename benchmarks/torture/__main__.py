"""Kill the bot at every boundary, and check the outcome of people's orders.

`python -m benchmarks.torture --rounds 200 --seed 1`: every boundary, and 200 deaths at random. With `--replicas 3`,
three processes share a PostgreSQL database, and `--rounds` counts all events. See docs/torture.md.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from typing import Any

from benchmarks.torture.auditor import Audit
from benchmarks.torture.campaign import Campaign, Event
from benchmarks.torture.crowd import Result
from benchmarks.torture.fleet import LEASE_S, Fleet
from benchmarks.torture.lane import Lane
from benchmarks.torture.rounds import Boundary, Rounds
from benchmarks.torture.takeovers import summary
from benchmarks.torture.weather import WEATHERS
from tests.postgresql import PostgresServer, is_installed
from tests.seaweedfs import object_store

_PROMISES = ("lost", "charged twice", "misdelivered", "shown twice", "put away", "left standing")


def main() -> None:
    """Read the command line, torture the bot, and exit with 1 if a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.torture", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200, help="deaths at random moments, or events")
    parser.add_argument("--seed", type=int, default=None, help="repeats the choices of an earlier run")
    parser.add_argument("--boundaries", type=int, default=None, help="so many of the named boundaries; default all")
    parser.add_argument("--only", default="", help="only boundaries with this in their name")
    parser.add_argument("--row", action="store_true", help="all deaths in one row, and one audit: quick")
    parser.add_argument("--model", default="4o", help="the model that paints: 4o, or one of the jobs API such as gpt")
    parser.add_argument("--n", type=int, default=2, choices=(2, 4), help="how many pictures an album has")
    parser.add_argument("--replicas", type=int, default=1, help="so many processes on one PostgreSQL database")
    parser.add_argument("--s3", action="store_true", help="the pictures of several processes are in an object store")
    parser.add_argument("--keep", type=Path, default=None, help="keep databases, ledgers and logs in this directory")
    wanted = parser.parse_args()
    seed = wanted.seed if wanted.seed is not None else random.SystemRandom().randrange(1_000_000)
    print(f"seed {seed}", flush=True)
    sys.exit(asyncio.run(torture(wanted, seed) if wanted.replicas == 1 else torture_fleet(wanted, seed)))


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


async def torture_fleet(wanted: argparse.Namespace, seed: int) -> int:
    """Run several processes, two thirds of the events with webhooks and the rest with polling. Return the exit code."""
    if not is_installed():
        print("PostgreSQL is not installed; on Debian or Ubuntu: apt install postgresql")
        return 2
    began = time.monotonic()
    with ExitStack() as stack:
        directory = wanted.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="torture-")))
        server = PostgresServer()
        stack.callback(server.close)
        polling = 0 if wanted.row else wanted.rounds // 3
        campaigns = [await _campaign(directory, server, wanted, seed, callbacks=True, events=wanted.rounds - polling)]
        if polling:
            campaigns += [await _campaign(directory, server, wanted, seed, callbacks=False, events=polling)]
        tracebacks = _tracebacks(directory)
    code = _report([campaign.result for campaign in campaigns], tracebacks, seed, time.monotonic() - began)
    happened = sum((campaign.happened for campaign in campaigns), Counter[Event]())
    print(f"{happened.total()} events: " + ", ".join(f"{count} × {event}" for event, count in happened.most_common()))
    again = sum(campaign.fleet.starts_without_database for campaign in campaigns)
    print(f"{again} starts were repeated, since the database couldn't be used")
    print(summary([takeover for campaign in campaigns for takeover in campaign.fleet.watch.takeovers], LEASE_S))
    return code


async def _campaign(
    directory: Path, server: PostgresServer, wanted: argparse.Namespace, seed: int, *, callbacks: bool, events: int
) -> Campaign:
    home = directory / ("callbacks" if callbacks else "polling")
    pictures = object_store().fresh() if wanted.s3 else {"DATA_URL": str(home / "pictures")}
    home.mkdir(parents=True, exist_ok=True)
    more: dict[str, Any] = {"callbacks": callbacks, "rooms": 10 + events, "model": wanted.model, "album": wanted.n}
    async with Fleet(home, server, pictures, wanted.replicas, **more) as fleet:
        campaign = Campaign(fleet, random.Random(f"{seed} {callbacks}"))  # noqa: S311 - chances, not secrets
        await campaign.run(events, WEATHERS[:1] if wanted.row else WEATHERS)
        return campaign


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
        f"{total.ready} stray Ready and {total.leftovers} other texts left over, {total.repeats} albums shown again,"
        f" {total.split} late pieces of albums told"
        " (all are permitted)"
    )
    print(", ".join(f"{total.count(kind)} {kind}" for kind in _PROMISES) + f"; {took_s:.0f} s, seed {seed}")
    return 1 if stories else 0


if __name__ == "__main__":
    main()
