"""The wake-ups of the workers: the adapter that commits work for a worker sets the worker's wake-up."""

from dataclasses import dataclass, field

from core.models.broadcasts import Recipient
from core.models.job import Job
from core.models.updates import Update
from core.runtime.worker import WakeUp


@dataclass(frozen=True, slots=True)
class WakeUps:
    """One wake-up for each worker that looks before its next poll."""

    updates: WakeUp[Update] = field(default_factory=WakeUp)
    orders: WakeUp[Job] = field(default_factory=WakeUp)
    polls: WakeUp[Job] = field(default_factory=WakeUp)
    gathering: WakeUp[Job] = field(default_factory=WakeUp)
    outcomes: WakeUp[Job] = field(default_factory=WakeUp)
    broadcasts: WakeUp[Recipient] = field(default_factory=WakeUp)
