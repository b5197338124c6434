"""Tells home-made CRMs of recordings and their texts, once their turn in the call's stream has come.

A CRM gets a link that it, or who works there, may open for a year, never the sound itself. What is to be told is looked
at anew: it may have been refused or held back meanwhile, or another recording of the call hold more of the talk.
"""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from crm_sync.delivering import Untold
from crm_sync.generic.deliverer import DAY, Asked, GenericDeliverer
from crm_sync.generic.fields import RECORDING, TEXT
from crm_sync.generic.news import KINDS, key_of
from crm_sync.generic.receiver import Receivers
from crm_sync.untold import SQL, to_tell, wanted
from trunkline.outbox.event import Delivered, KindPolicy, Outcome
from trunkline.recorded.port import Linking, Recorded, SoundGone
from trunkline.recorded.talk import Line, RecordedTalk, Side

_LONGEST_TEXT: Final = 200_000
_SIDES: Final = {Side.OURS: "—", Side.CLIENT: ">"}


class RecordingDeliverer(GenericDeliverer):
    """Tells of them; `link` gives the address of one."""

    kinds: Mapping[str, KindPolicy] = {KINDS[one]: DAY for one in (RECORDING, TEXT)}

    def __init__(self, receivers: Receivers, zone: ZoneInfo, recorded: Recorded, link: Linking) -> None:
        super().__init__(receivers, zone)
        self._recorded = recorded
        self._link = link

    async def _tell(self, asked: Asked) -> Outcome:
        recording, pool = UUID(asked.event.payload["recording"]), self._receivers.reach.pool
        async with pool.acquire() as connection, connection.transaction():
            wanted(await connection.fetchrow(SQL["state"], asked.known.id, asked.subject), text=asked.name == TEXT)
            one = to_tell(recording, await self._recorded.of_call(connection, asked.subject))
            more: dict[str, Any] = {"recording.seconds": round(one.seconds)}
            if asked.name == TEXT:
                more["text.body"] = text_of(await self._recorded.lines(connection, one.id))
            try:
                more["recording.url"] = await self._link(connection, one.id, f"trunkline crm {asked.known.name}")
            except SoundGone:
                raise Untold("the recording may not be heard any more; nothing was sent") from None
        if asked.name == TEXT and not more["text.body"]:
            raise Untold("there is no text of the recording any more; nothing was sent")
        version = blake2b(f"{one.id} {one.version}".encode(), digest_size=8).hexdigest()
        said = await self._post(asked, key_of(str(asked.subject), asked.name, version), more)
        await self._note(asked, one, said)
        return Delivered(said or "taken")

    async def _note(self, asked: Asked, one: RecordedTalk, said: str) -> None:
        told = (asked.known.id, asked.subject)
        if asked.name == TEXT:
            await self._receivers.reach.pool.execute(SQL["transcript_told"], *told, said or "taken", self._now())
        else:
            await self._receivers.reach.pool.execute(SQL["record_told"], *told, one.id, one.version, self._now())


def text_of(lines: Sequence[Line]) -> str:
    """One line for each turn: `— ` ours, `> ` the client's; without a mark where nobody knows."""
    said = (f"{_SIDES[line.side]} {line.text}" if line.side else line.text for line in lines if line.text.strip())
    return "\n".join(said)[:_LONGEST_TEXT]
