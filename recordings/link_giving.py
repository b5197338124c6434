"""Links for programs that are told of recordings: one to a name, the same again as long as it lives."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import msgspec

from recordings.links import MOST_DAYS, SQL, Link, make_link, signed
from recordings.store import find
from trunkline.crypto import SecretBox
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput
from trunkline.people.audit import Actor, Deed, record
from trunkline.recorded.port import SoundGone

_DAYS: Final = str(MOST_DAYS)


@dataclass(frozen=True, slots=True)
class LinkGiver:
    """Gives them (`trunkline.recorded.port.Linking`): an MP3 on the listener at `address`."""

    box: SecretBox
    address: str

    async def __call__(self, connection: Connection, recording: UUID, name: str) -> str:
        """In the caller's transaction; raises SoundGone for what may not be heard, or has too many links."""
        one, now = await find(connection, recording), datetime.now(UTC)
        if one is None or not one.is_kept:
            raise SoundGone
        row = await connection.fetchrow(SQL["link_of"], recording, name, now)
        link = msgspec.convert({"made_by": "", **dict(row)}, Link) if row else None
        if link is None:
            try:
                link = await make_link(connection, recording, name, _DAYS, None, now)
            except InvalidInput as error:
                raise SoundGone from error
            after = {"call": str(one.call_id), "link": str(link.id), "for": name, "until": link.until.isoformat()}
            deed = Deed("recording.shared", "recording", str(recording), after=after)
            await record(connection, Actor(None, name, "outbox", None), deed, now)
        return f"{self.address}/r/{signed(self.box, link.id, link.until)}.mp3"
