"""What becomes of a form that a page sends: checked, bound to its visit, spooled before it is answered."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import msgspec

from calltracking.channels.robots import is_robot
from calltracking.forms.form import LONGEST_PAGE, FormBody, FormRecord, Told, is_email, number_in, plain, plain_lines
from calltracking.leases.answering import Engine, Refused, Sender
from calltracking.leases.limits import Buckets, Rate
from calltracking.leases.wire import SwapBody
from calltracking.sites.catalogue import Site
from trunkline.ids import uuid7
from trunkline.spool import Kind
from trunkline.web.metrics import FORMS_TAKEN

OF_ADDRESS: Final = Rate(1 / 30, 10)
"""An office writes from one address."""
OF_PERSON: Final = Rate(1 / 300, 5)
"""One telephone, whoever writes it."""
OF_SITE: Final = Rate(1, 300)
"""All together: what a thousand addresses may do to one site."""
AHEAD_SECONDS: Final = 86_400
"""A clock that is more than a day wrong says nothing: ours counts."""


@dataclass(frozen=True, slots=True)
class FormDesk:
    """Takes forms; it stands on the engine that knows visits."""

    engine: Engine
    addresses: Buckets = field(default_factory=lambda: Buckets(OF_ADDRESS))
    persons: Buckets = field(default_factory=lambda: Buckets(OF_PERSON))
    sites: Buckets = field(default_factory=lambda: Buckets(OF_SITE))
    clock: Callable[[], float] = time.time

    async def take(self, site: Site, body: FormBody, sender: Sender) -> None:
        """Keep a form; raises Refused. What fell into the trap is answered like any other and kept nowhere."""
        if not is_email(body.email):
            raise Refused(400, "email", "must be an e-mail address, e.g. name@example.ru", "email")
        record = await self.recorded(site, body, sender)
        if record is None:
            return
        fields = {
            name: text for key, value in body.fields.items() if (name := plain(key)) and (text := plain_lines(value))
        }
        record = msgspec.structs.replace(record, email=body.email, fields=fields)
        self.engine.spool.append(Kind.FORM, msgspec.msgpack.encode(record), record.at)
        FORMS_TAKEN.labels(record.kind).inc()

    async def recorded(self, site: Site, body: Told, sender: Sender) -> FormRecord | None:
        """What is kept of it, with its visit; None for what fell into the trap. Raises Refused."""
        if is_robot(sender.agent):
            raise Refused(403, "robot", "is for people: no known browser sent it")
        if body.trap:
            FORMS_TAKEN.labels("trapped").inc()
            return None
        number = number_in(body.phone)
        if number is None:
            raise Refused(400, "phone", "must be a full phone number, e.g. +79161234567", "phone")
        if not site.shows(body.page, ""):
            raise Refused(400, "page", "must be the address of a page of the site: http or https, and its host", "page")
        agreed = plain(body.agreed)
        if not agreed:
            raise Refused(400, "body", "must name the text the visitor agreed to", "agreed")
        self._refuse_forged(site, body)
        now = self.clock()
        self._limit(site, sender, number, now)
        visit, visitor = await self._visit(site, body, sender)
        said = body.at / 1000
        return FormRecord(
            id=uuid7(now),
            said_id=body.id,
            site=site.id,
            at=now,
            said_at=said if abs(said - now) < AHEAD_SECONDS else now,
            visit=visit,
            visitor=visitor,
            name=plain(body.name),
            phone=number,
            email="",
            fields={},
            page=_cut(body.page),
            agreed=agreed,
            referrer=_cut(body.referrer),
        )

    def _limit(self, site: Site, sender: Sender, number: str, now: float) -> None:
        """One at a time, so that who is refused by his own limit takes nothing from the others'."""
        if not self.addresses.take(sender.network, now):
            raise Refused(429, "form_address_rate", "too many forms from this address: try again later")
        if not self.persons.take((site.id, number), now):
            raise Refused(429, "form_phone_rate", "was sent several times already: we have it", "phone")
        if not self.sites.take(site.id, now):
            raise Refused(429, "form_site_rate", "too many forms at once: try again later")

    def _refuse_forged(self, site: Site, body: Told) -> None:
        if body.visit is None:
            return
        if body.visitor is None or self.engine.ids.visit_grade(site.id, body.visitor, body.visit) is None:
            raise Refused(403, "forged", "is no visit of this visitor that we know", "visit")

    async def _visit(self, site: Site, body: Told, sender: Sender) -> tuple[UUID | None, UUID | None]:
        """The visit it was written in, however long the page stayed open; a page that took no number yet begins one."""
        if body.visit is not None:
            return body.visit, body.visitor
        landing = body.landing or body.page
        swap = SwapBody(body.site, landing, body.at, (), body.visitor, None, body.referrer, body.consent, body.ids)
        try:
            answer = await self.engine.swap(site, swap, sender)
        except Refused as refused:
            if refused.status != 429:
                raise
            return None, None
        return answer.visit, answer.visitor


def _cut(address: str) -> str:
    return address[:LONGEST_PAGE].replace("\0", "")
