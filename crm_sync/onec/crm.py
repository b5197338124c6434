"""1C, as a process of ours asks it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from crm_sync.connector import Connector
from crm_sync.onec.check import check
from crm_sync.port import Finding, Reach
from trunkline.outbox.deliverer import Deliverer
from trunkline.recorded.port import Linking, Recorded


@dataclass(frozen=True, slots=True)
class OneC:
    """Every base."""

    reach: Reach

    @property
    def deliverers(self) -> list[Deliverer]:
        """Nothing is told to 1C."""
        return []

    def record_deliverers(self, _recorded: Recorded, _link: Linking) -> list[Deliverer]:
        return []

    @property
    def source(self) -> None:
        """It knows of no calls."""

    def reader(self) -> None:
        """It is read by parts of its own (`reading.py`)."""

    async def check(self, known: Connector) -> list[Finding]:
        return await check(self.reach, known)


@asynccontextmanager
async def open_onec(reach: Reach) -> AsyncIterator[OneC]:
    """Holds nothing that has to be closed."""
    yield OneC(reach)
