"""Run all comparisons and print the targets beside the figures. Run: python -m benchmarks.table [CHART.png]

It takes about 15 minutes. The ratios of one run count: on a machine that does other work, times don't.
"""

import asyncio
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import callbacks, latency, plot, statements, waiting, whole_job
from benchmarks.contestants import Contestant
from benchmarks.studio import machine

_RATES = (50,)

Jobs = Mapping[int, Mapping[Contestant, Sequence[whole_job.Figures]]]


@dataclass(frozen=True, slots=True)
class Line:
    """A target and the figure of this run. Smaller is better, except for those with `≥`."""

    name: str
    now: str
    at_least: str
    aim: str = ""


async def main() -> None:
    """Print the tables."""
    contestants = [contestant for contestant in Contestant if contestant.is_installed]
    jobs = await whole_job.measure_all(contestants)
    counts = await statements.measure()
    delays = await latency.measure(_RATES)
    route = await callbacks.measure()
    idle = await waiting.measure()
    print(machine(), *whole_job.lines(jobs), "", sep="\n")
    print("| figure | now | at least | aim |", "|---|---|---|---|", sep="\n")
    lines = [*_of_jobs(jobs), *_of_statements(counts), *_of_delays(delays), *_of_idle(route, idle)]
    print(*(f"| {line.name} | {line.now} | {line.at_least} | {line.aim} |" for line in lines), sep="\n")
    if len(sys.argv) > 1:
        plot.draw(jobs, machine(), Path(sys.argv[1]))


def _of_jobs(jobs: Jobs) -> Iterator[Line]:
    small, large = (
        {contestant: whole_job.cpu_of(figures) for contestant, figures in jobs[size].items()}
        for size in whole_job.SIZES
    )
    bare = [each[Contestant.OURS] / each[Contestant.BARE] for each in (small, large)]
    plain = [each[Contestant.PTB] / each[Contestant.OURS] for each in (small, large)]
    yield Line("CPU per order ÷ bare, 20 kB / 1 MB", f"{bare[0]:.1f} / {bare[1]:.1f}", "4 / 3", "2 / 1.4")
    yield Line("plain PTB bot ÷ ours, CPU, 20 kB / 1 MB", f"{plain[0]:.1f} / {plain[1]:.1f}", "≥ 3", "≥ 5")


def _of_statements(counts: statements.Figures) -> Iterator[Line]:
    alone, many, how = counts.one_by_one, counts.at_once, "an order, one by one / 64 at a time"
    yield Line(f"statements {how}", f"{alone.statements:.1f} / {many.statements:.1f}", "14")
    yield Line(f"commits {how}", f"{alone.commits:.1f} / {many.commits:.1f}", "8")


def _of_delays(delays: latency.Latencies) -> Iterator[Line]:
    for rate in _RATES:
        ours, bare = delays.ours[rate], delays.bare[rate]
        added = f"{ours.callback.p50 - bare.callback.p50:.1f} ms; {ours.callback.p99 - bare.callback.p99:.1f} ms"
        late = "" if delays.keeps_up(rate) else " (the sandbox could not keep up)"
        yield Line(f"callback → first byte over bare, at {rate}/s: p50; p99{late}", added, "5; 30 ms", "3; 25 ms")
        asked = f"{ours.command.p50 - bare.command.p50:.1f} ms; {ours.command.p99 - bare.command.p99:.1f} ms"
        yield Line(f"command → generate over bare, at {rate}/s: p50; p99{late}", asked, "")


def _of_idle(route: callbacks.Figures, idle: waiting.Figures) -> Iterator[Line]:
    yield Line(f"callback route at {callbacks.PER_SECOND}/s, p99", f"{route.answered.p99:.1f} ms", "20 ms", "10 ms")
    yield Line("memory, bot and helper: idle", f"{idle.rss_mb:.0f} MB", "65 MB")
    yield Line(f"memory, {idle.orders:,} waiting", f"{idle.waiting_rss_mb:.0f} MB", "120 MB")
    yield Line(f"CPU of one core, {idle.orders:,} waiting", f"{idle.waiting_cpu:.1f} %", "2 %")
    yield Line(f"first of {idle.orders:,} asked about after a restart", f"{idle.first_asked_s:.1f} s", "5 s")
    yield Line("start of an idle bot", f"{idle.start_s:.2f} s", "1.5 s")
    yield Line("`imagine-bot --help`", f"{idle.help_s:.2f} s", "0.35 s")


if __name__ == "__main__":
    asyncio.run(main())
