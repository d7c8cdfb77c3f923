"""The wake-ups of the workers: the adapter that commits work for a worker sets the worker's wake-up."""

from dataclasses import dataclass, field

from core.runtime.worker import WakeUp


@dataclass(frozen=True, slots=True)
class WakeUps:
    """One wake-up for each worker that looks before its next poll."""

    updates: WakeUp = field(default_factory=WakeUp)
    orders: WakeUp = field(default_factory=WakeUp)
    polls: WakeUp = field(default_factory=WakeUp)
    gathering: WakeUp = field(default_factory=WakeUp)
    outcomes: WakeUp = field(default_factory=WakeUp)
    broadcasts: WakeUp = field(default_factory=WakeUp)
