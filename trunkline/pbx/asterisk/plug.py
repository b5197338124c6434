"""What a station is plugged into on its node, and how patiently it acts."""

from dataclasses import dataclass, field
from pathlib import Path

from redis.asyncio import Redis

from trunkline.db.types import Pool
from trunkline.pbx.asterisk.controller import ControllerTiming
from trunkline.pbx.asterisk.dialer import DialerTiming
from trunkline.pbx.asterisk.gaps import GapTiming
from trunkline.pbx.asterisk.keeper import KeeperTiming
from trunkline.pbx.asterisk.recorder import Memory
from trunkline.pbx.asterisk.session import Patience
from trunkline.spool import SpoolWriter


@dataclass(frozen=True, slots=True)
class Timing:
    """How a node acts: seconds, and the memory of one that stands by."""

    lease: float = 3.0
    renew: float = 1.0
    stand_by: float = 0.5
    gaps: GapTiming = field(default_factory=GapTiming)
    away_after: float = 60.0
    """A link that is down so long is an alarm."""
    alarm_tick: float = 5.0
    journal_every: float = 60.0
    """How often the CEL file is looked at."""
    memory: Memory = field(default_factory=Memory)
    patience: Patience = field(default_factory=Patience)
    keeper: KeeperTiming = field(default_factory=KeeperTiming)
    dialer: DialerTiming = field(default_factory=DialerTiming)
    controller: ControllerTiming = field(default_factory=ControllerTiming)


@dataclass(frozen=True, slots=True)
class Plug:
    """What a station is plugged into on its node."""

    node: str
    spool: SpoolWriter
    pool: Pool
    redis: Redis
    folder: Path
    timing: Timing = field(default_factory=Timing)
