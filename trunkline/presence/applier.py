"""Feature codes as rows: applied from the spool, each with its word in the audit log."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.people.audit import Actor, Deed, record
from trunkline.presence.record import PresenceRecord
from trunkline.spool import Kind, Record
from trunkline.writer import Applied, Reject

_SQL = load_queries("trunkline.presence")
_DECODER = msgspec.msgpack.Decoder(PresenceRecord)


class PresenceApplier:
    """Applies records of kind PRESENCE; one that is older than what the person said since changes nothing."""

    kinds: Final = frozenset({int(Kind.PRESENCE)})

    async def apply(self, connection: Connection, records: Sequence[Record]) -> Applied:
        """Write each in its turn, in the writer's transaction."""
        rejects = []
        for one in records:
            try:
                said = _DECODER.decode(one.payload)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                rejects.append(Reject(one, str(error)))
            else:
                await _say(connection, said)
        return Applied(rejects)

    def rounds(self, records: Sequence[Record]) -> int:
        """Each by itself, in the order in which it was said."""
        return len(records)

    def forget(self) -> None:
        """Nothing is remembered."""


async def _say(connection: Connection, said: PresenceRecord) -> None:
    at = datetime.fromtimestamp(said.at, UTC)
    name = await connection.fetchval(_SQL["say_state"], said.person, said.state, at)
    if name is not None:
        actor = Actor(said.person, name, f"telephone {said.pbx}/{said.endpoint}")
        deed = Deed("presence.changed", "person", str(said.person), after={"state": said.state.value})
        await record(connection, actor, deed, at)
