"""What rules tell clients, in their own chats: once each, for what may be there already is looked for by its words."""

from collections.abc import Mapping

from crm_sync.answer import Refused
from crm_sync.chat2desk.client import TO_CLIENT, Chat2Desk, Way
from crm_sync.chat2desk.deliverer import A_SECOND, POLICY, Untold, failed, not_whole, open_way
from crm_sync.chat2desk.store import ACCOUNT, find_account
from crm_sync.chat2desk.wire import LONGEST, find_message
from trunkline.crypto import SecretBox
from trunkline.db.types import Pool
from trunkline.messages.channels import DIALOG_KIND
from trunkline.messages.stopping import Stops, is_stopped, stop_of
from trunkline.outbox.event import Absent, Account, Delivered, Event, KindPolicy, Outcome, Verdict


class DialogDeliverer:
    """Writes to clients. Who said no meanwhile is not written to."""

    kinds: Mapping[str, KindPolicy] = {DIALOG_KIND: POLICY}

    def __init__(self, pool: Pool, box: SecretBox, asked: Chat2Desk, stops: Stops) -> None:
        self._pool = pool
        self._box = box
        self._asked = asked
        self._stops = stops

    def account(self, _event: Event) -> Account:
        return Account(ACCOUNT, A_SECOND, A_SECOND)

    async def verify(self, event: Event) -> Verdict:
        """He sees no mark of ours: a message to him that says the same since this one was noted is this one."""
        try:
            said = await self._asked.said(await self._way(), event.payload["dialog"])
            there = find_message(said, self._text(event), event.created_at)
        except Untold as untold:
            return Delivered(warning=str(untold))
        except Refused as refused:
            return failed(refused)
        except (KeyError, ValueError) as error:
            return not_whole(error)
        return Absent() if there is None else Delivered(str(there.id))

    async def deliver(self, event: Event) -> Outcome:
        try:
            way = await self._way()
            if await is_stopped(self._pool, self._stops.box, stop_of(event.payload)):
                return Delivered(warning="the client wants no messages any more; nothing was sent")
            return Delivered(await self._asked.say(way, event.payload["dialog"], self._text(event), TO_CLIENT))
        except Untold as untold:
            return Delivered(warning=str(untold))
        except Refused as refused:
            return failed(refused)
        except (KeyError, ValueError) as error:
            return not_whole(error)

    async def _way(self) -> Way:
        async with self._pool.acquire() as connection:
            known = await find_account(connection)
        if known is None:
            raise Untold("Chat2Desk is not connected; nothing was sent")
        return open_way(known.way, self._box)

    def _text(self, event: Event) -> str:
        below = self._stops.below("", stop_of(event.payload))
        return f"{event.payload['text'][: LONGEST - len(below)]}{below}"
