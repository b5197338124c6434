"""Requests that may wait: they take of a portal's bucket what calls and lines leave (lanes: live > sync > scan)."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from crm_sync.answer import Later
from crm_sync.bitrix24.limiting import admit_one, bucket
from crm_sync.bitrix24.portal import Portals, Refused
from crm_sync.bitrix24.wire import Good
from crm_sync.connector import Connector
from trunkline.outbox.classify import ErrorClass, classify
from trunkline.outbox.event import Account, Sent
from trunkline.outbox.gate import Admitted, Gate
from trunkline.outbox.shared import SharedState

_ROOM: Final = 10.0
"""So many of the bucket's tokens may be taken by what may wait; calls find the others, whatever is read."""
_REST_SECONDS: Final = 5.0
_LONGEST_WAIT: Final = 30.0


@dataclass(frozen=True, slots=True)
class Scan:
    """Asks portals beside calls; `sleep` is that of asyncio, or a test's that moves its clock."""

    portals: Portals
    gate: Gate
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    @classmethod
    def through(cls, portals: Portals, shared: SharedState) -> "Scan":
        """By the limiter and the circuits that `shared` has in common with deliveries."""
        return cls(portals, Gate(shared, portals.clock))

    async def ask(self, known: Connector, method: str, said: Mapping[str, Any]) -> Good:
        """The answer, when it is its turn; raises Refused, Later."""
        account = account_of(known)
        probe = await self._admitted(account)
        admit_one()
        try:
            good = await self.portals.ask(known, method, said)
        except Refused as refused:
            fault = refused.bad.fault
            self.gate.report(account, success=fault.sent is Sent.ANSWERED and (fault.status or 0) < 500, probe=probe)
            if classify(fault) is ErrorClass.THROTTLED and not fault.alone:
                await self.gate.pause(account, fault.retry_after or _REST_SECONDS)
            raise
        except BaseException:
            if probe:  # nobody knows how it went: another has to try
                self.gate.report(account, success=False, probe=True)
            raise
        self.gate.report(account, success=True, probe=probe)
        return good

    async def _admitted(self, account: Account) -> bool:
        """Whether its outcome decides that the circuit closes."""
        while not isinstance(said := await self.gate.admit(account), Admitted):
            if said.delay > _LONGEST_WAIT:
                raise Later("the portal did not answer a while ago, or rests; try again in some minutes")
            await self.sleep(said.delay)
        return said.probe


def account_of(known: Connector) -> Account:
    """The portal's bucket, for what may wait."""
    whole = bucket(known.account, enterprise=known.enterprise)
    return replace(whole, reserve=whole.burst - _ROOM)
