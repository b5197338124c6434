"""Forms as rows: each once, with its lead, its touch and the webhooks that tell of them, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from calltracking.channels.reading import read_source
from calltracking.exports.telling import tell_form
from calltracking.forms.form import FormRecord
from calltracking.leases.proposals import utc
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.ids import uuid7
from trunkline.leads.rules import InForce, LeadRulesOf, usual_lead_rules
from trunkline.leads.touching import (
    Known,
    NewLead,
    NewTouch,
    add_lead,
    add_touch,
    hold_people,
    known_of,
    open_lead,
)
from trunkline.outbox.wake import OUTBOX_WAKE
from trunkline.spool import Kind, Record
from trunkline.webhooks.store import Announcement, announce
from trunkline.writer import Applied, Reject

_SQL: Final = load_queries("calltracking.forms")
_LONGEST_TEXT: Final = 10_000
_SOURCE: Final = "site"
"""Of leads and touches that forms tell of."""


class SiteForm(msgspec.Struct, frozen=True):
    """A form as it is kept."""

    id: UUID
    kind: str
    at: datetime
    said_at: datetime
    site_id: UUID
    site: str
    visit_id: UUID | None
    visitor: UUID | None
    name: str
    phone: str
    email: str
    fields: dict[str, str]
    page: str
    agreed: str
    channel: str
    source: str
    medium: str
    campaign: str
    term: str
    lead_id: UUID | None


class FormApplier:
    """Applies records of the kind FORM; one that comes again changes nothing."""

    kinds: Final = frozenset({int(Kind.FORM)})

    def __init__(self, leads: LeadRulesOf = usual_lead_rules) -> None:
        self._leads = leads

    async def apply(self, connection: Connection, records: Sequence[Record]) -> Applied:
        """Write them in the writer's transaction."""
        forms, rejects = [], []
        for record in records:
            try:
                forms.append(msgspec.msgpack.decode(record.payload, type=FormRecord))
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                rejects.append(Reject(record, str(error)))
        return Applied(rejects, await keep_forms(connection, forms, leads=self._leads))

    def rounds(self, records: Sequence[Record]) -> int:
        """Telephones are locked in order; the webhooks' streams come after."""
        return 2 if records else 0

    def forget(self) -> None:
        """Nothing is remembered."""


async def keep_forms(
    connection: Connection,
    forms: Sequence[FormRecord],
    callback: UUID | None = None,
    leads: LeadRulesOf = usual_lead_rules,
) -> frozenset[str]:
    """Write those that are new; returns the topics to wake after the commit."""
    if not forms:
        return frozenset()
    await hold_people(connection, [one.phone for one in forms])
    rules, told = await leads(connection), list[Announcement]()
    known = await known_of(connection, [one.phone for one in forms])
    for one in forms:
        told += await _keep(connection, one, callback, known.get(one.phone, Known()), rules)
    return frozenset({OUTBOX_WAKE}) if await announce(connection, told) else frozenset()


async def list_forms(
    connection: Connection, after: UUID | None, limit: int, *, site: UUID | None = None, since: UUID | None = None
) -> list[SiteForm]:
    """The newest first, behind `after`."""
    rows = await connection.fetch(_SQL["list_forms"], after, site, since, limit)
    return [SiteForm(**dict(row)) for row in rows]


@dataclass(frozen=True, slots=True)
class _Kept:
    """A form that is new, with what its row told."""

    form: FormRecord
    row: asyncpg.Record
    known: Known

    @property
    def came(self) -> dict[str, str]:
        return {name: self.row[name] for name in ("channel", "source", "medium", "campaign", "term")}

    @property
    def raw(self) -> dict[str, Any]:
        visit = str(self.form.visit) if self.form.visit else None
        return {"site": self.row["site"], "page": self.form.page, "visit": visit, **self.came}

    @property
    def text(self) -> str:
        """What was written, for people."""
        lines = [self.form.name, self.form.email, *(f"{name}: {value}" for name, value in self.form.fields.items())]
        return "\n".join(line for line in lines if line)[:_LONGEST_TEXT]


async def _keep(
    connection: Connection, form: FormRecord, callback: UUID | None, known: Known, rules: InForce
) -> list[Announcement]:
    hosts = await connection.fetchval(_SQL["hosts_of"], form.site)
    source = read_source(form.page, form.referrer, hosts or ())
    row = await connection.fetchrow(
        _SQL["keep_form"],
        *(form.id, form.said_id, form.kind, form.site, utc(form.at), utc(form.said_at), form.visit, form.visitor),
        *(form.name, form.phone, form.email, form.fields, form.page, form.agreed, callback),
        *(str(source.channel), source.source, source.medium, source.campaign, source.term),
    )
    if row is None:
        return []
    kept = _Kept(form, row, known)
    lead = await open_lead(connection, form.phone, row["brand"])
    fresh = _new_lead(kept) if lead is None else None
    if fresh is not None:
        await add_lead(connection, fresh, rules)
        lead = fresh.id
    await connection.execute(_SQL["bind_lead"], form.id, lead)
    await add_touch(connection, _new_touch(kept, lead), rules)
    await tell_form(connection, form)
    return _announced(kept, lead, fresh=fresh is not None)


def _new_lead(kept: _Kept) -> NewLead:
    form, at = kept.form, utc(kept.form.at)
    return NewLead(
        id=uuid7(form.at),
        source=_SOURCE,
        external_id=str(form.id),
        phone=form.phone,
        direction=kept.row["brand"],
        title=" · ".join(part for part in (kept.row["site"], form.name) if part),
        opened_at=at,
        since=at,
        raw=kept.raw,
        known=kept.known,
    )


def _new_touch(kept: _Kept, lead: UUID | None) -> NewTouch:
    form = kept.form
    return NewTouch(
        source=_SOURCE,
        external_id=str(form.id),
        lead_id=lead,
        contact_id=kept.known.contact_id,
        kind=form.kind,
        text=kept.text,
        at=utc(form.at),
        raw=kept.raw,
        places=(kept.row["site"],),
        direction=kept.row["brand"],
        channel=kept.row["channel"],
        campaign=kept.row["campaign"],
        classes=kept.known.classes,
    )


def _announced(kept: _Kept, lead: UUID | None, *, fresh: bool) -> list[Announcement]:
    form, at = kept.form, utc(kept.form.at)
    data = {
        "id": str(form.id),
        "kind": form.kind,
        "lead_id": str(lead),
        "visitor": str(form.visitor) if form.visitor else None,
        **{name: getattr(form, name) for name in ("name", "phone", "email", "fields", "agreed")},
        **kept.raw,
    }
    told = [Announcement("form.received", f"form:{form.id}", f"form.received:{form.id}", at, data)]
    if fresh:
        wish = {
            "id": str(lead),
            "form_id": str(form.id),
            "phone": form.phone,
            "direction": kept.row["brand"],
            **kept.raw,
        }
        told.append(Announcement("lead.added", f"lead:{lead}", f"lead.added:{lead}", at, wish))
    return told
