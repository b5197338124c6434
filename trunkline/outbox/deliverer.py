"""The port an outside system is reached through: mail, webhooks, and every CRM connector implement it."""

from collections.abc import Mapping
from typing import Protocol

from trunkline.outbox.event import Account, Event, KindPolicy, Outcome, Verdict


class Deliverer(Protocol):
    """Delivers the kinds it names.

    Methods return what happened instead of raising; whatever they do raise is taken as an unknown outcome and logged.
    `verify` is asked before an event is sent again when an earlier attempt may have arrived.
    """

    @property
    def kinds(self) -> Mapping[str, KindPolicy]: ...

    def account(self, event: Event) -> Account: ...

    async def deliver(self, event: Event) -> Outcome: ...

    async def verify(self, event: Event) -> Verdict: ...
