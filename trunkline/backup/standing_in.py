"""What a restored database is told of itself: it stands in for an installation that went on after the dump.

What that one delivered until the dump is in the log of deliveries, and is not delivered again. What it delivered after
is nowhere here. So whatever may have been is asked for at the other side, by the key of the thing, before it is sent:
what waited at the dump, and what follows from calls that began before the restore, told anew by their PBX's history.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from trunkline.db.migrate import migrate
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.ids import lowest_id

NOT_COMPARED: Final = frozenset({"spool_positions"})
"""Tables a restore does not bring back as they were: the spool of the other machine is not in the backup."""
_CLOCKS: Final = timedelta(minutes=10)
"""What a PBX's clock, which a call's id is made of, may be ahead."""
_SQL: Final = load_queries("trunkline.backup")


Then = Callable[[Connection], Awaitable[None]]
"""What a feature notes of its own, in the same transaction."""


async def stand_in(connection: Connection, dumped_at: datetime, now: datetime, then: Sequence[Then] = ()) -> None:
    """Note it, in one transaction, behind the migrations that the next start would make anyway."""
    await migrate(connection)
    async with connection.transaction():
        # This machine's spool begins anew.
        await connection.execute("delete from spool_positions")
        await connection.execute(_SQL["note_restore"], now, dumped_at, lowest_id(now + _CLOCKS))
        await connection.execute(_SQL["doubt_waiting"])
        for note in then:
            await note(connection)
