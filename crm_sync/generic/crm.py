"""Home-made CRMs, as a process of ours reaches them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from crm_sync.connector import Connector
from crm_sync.generic.check import check
from crm_sync.generic.deliverer import CallDeliverer, LeadDeliverer
from crm_sync.generic.kind import FEWEST_CHARACTERS
from crm_sync.generic.receiver import Receivers, Refused
from crm_sync.generic.recordings import RecordingDeliverer
from crm_sync.port import Finding, NotSignedIn, Reach
from crm_sync.store import SQL
from trunkline.db.types import Connection
from trunkline.outbox.deliverer import Deliverer
from trunkline.recorded.port import Linking, Recorded

_FOR_EVER: Final = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Generic:
    """Every one; `zone` is where moments are told that a mapping writes by a pattern."""

    receivers: Receivers
    zone: ZoneInfo

    @property
    def deliverers(self) -> list[Deliverer]:
        return [CallDeliverer(self.receivers, self.zone), LeadDeliverer(self.receivers, self.zone)]

    def record_deliverers(self, recorded: Recorded, link: Linking) -> list[Deliverer]:
        return [RecordingDeliverer(self.receivers, self.zone, recorded, link)]

    @property
    def source(self) -> None:
        """A receiver cannot be asked what it has."""

    def reader(self) -> None:
        """It is read as its mapping says (`pulling.py`)."""

    async def sign_in(self, _connection: Connection, _known: Connector, _code: str) -> int:
        raise NotSignedIn("a receiver has no sign-in", "no_receiver")

    async def take_token(self, connection: Connection, known: Connector, token: str) -> int:
        """The secret, once the receiver takes a message that is signed with it."""
        if len(token) < FEWEST_CHARACTERS:
            raise NotSignedIn("the secret is too short", "short_secret")
        try:
            await self.receivers.ping(known, token.encode())
        except Refused as refused:
            raise NotSignedIn(str(refused), "no_receiver") from refused
        reach = self.receivers.reach
        now = datetime.fromtimestamp(reach.clock(), UTC)
        access, refresh = reach.box.seal(token.encode()), reach.box.seal(b"")
        await connection.execute(SQL["keep_tokens"], known.id, access, refresh, _FOR_EVER, known.portal, 0, now)
        return 0

    async def look_around(self, known: Connector) -> None:
        """Nobody works there that we would know of."""

    async def check(self, known: Connector) -> list[Finding]:
        return await check(self.receivers, known)


@asynccontextmanager
async def open_generic(reach: Reach) -> AsyncIterator[Generic]:
    """Holds nothing that has to be closed."""
    yield Generic(Receivers(reach), reach.zone)
