"""Rows of 1C into the mirror, and what became of each: in one transaction, by one at a time for each base.

What decides is `crm_onec_rows`, where the newest version of each record stands: an older one, and the same one again,
change nothing, in whatever order they come. A record that names another which is not here is joined when that comes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from time import time
from typing import Any, Final

import msgspec

from crm_sync.mirror import own_contact
from crm_sync.mirrors import SQL as MIRRORS
from crm_sync.onec.contract import STATE, Answer, Row, Verdict, newest
from crm_sync.onec.joining import SALE, Found, Joint, joint_of
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.ids import uuid7
from trunkline.mirror.store import sum_debts
from trunkline.web.i18n import gettext as _

SQL: Final = load_queries("crm_sync.onec")
EVERYTHING: Final = ("paid", "paid_percent", "shipped_percent", "deferred_until", "company", "order", "deal")
_Records = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Saving:
    """Of one base. `told` are those of EVERYTHING that rows tell; `fresh`: what says the same as is here is left.

    `zone` is the one whose days documents are of.
    """

    source: str
    zone: str
    told: Sequence[str] = EVERYTHING
    fresh: bool = False

    async def save(self, connection: Connection, rows: Sequence[Row]) -> list[Answer]:
        """In the caller's transaction; one answer for each of `rows`, in their order."""
        await connection.execute(SQL["lock"], self.source)
        kept, others = newest(rows)
        kept, refused = await self._owned(connection, kept)
        taken = await self._taken(connection, kept)
        words = await self._write(connection, taken)
        fresh = {row.place for row in taken}
        saved = [Answer(row.place, row.id, Verdict.SAVED, words=words.get(row.id, "")) for row in taken]
        rest = await self._others(connection, [*(row for row in kept if row.place not in fresh), *others])
        return sorted([*saved, *refused, *rest], key=lambda one: one.row)

    async def _owned(self, connection: Connection, rows: Sequence[Row]) -> tuple[list[Row], list[Answer]]:
        """Without debts of whom nobody knows: they could be shown to nobody; and states of orders that are not here."""
        named = {row.values["counterparty"] for row in rows if row.kind == "debt"}
        known = await self._names(connection, "companies_known", named)
        known |= {row.id for row in rows if row.kind == "counterparty" and not row.gone}
        ours = await self._names(connection, "orders_known", [row.id for row in rows if row.kind == STATE])
        words = _("the counterparty is not known here: send it first")
        kept, refused = [], []
        for row in rows:
            if row.kind == "debt" and not row.gone and row.values["counterparty"] not in known:
                refused.append(Answer(row.place, row.id, Verdict.REFUSED, "counterparty", words))
            elif row.kind == STATE and row.id not in ours:
                refused.append(Answer(row.place, row.id, Verdict.SAME))
            else:
                kept.append(row)
        return kept, refused

    async def _names(self, connection: Connection, name: str, named: Iterable[str]) -> set[str]:
        return {row["external_id"] for row in await connection.fetch(SQL[name], self.source, list(named))}

    async def _taken(self, connection: Connection, rows: Sequence[Row]) -> list[Row]:
        asked = [
            {"kind": row.kind, "id": row.id, "version": row.version, "fingerprint": row.fingerprint.hex()}
            for row in rows
        ]
        told = await connection.fetch(SQL["take"], self.source, asked, self.fresh)
        taken = {(row["kind"], row["external_id"]) for row in told}
        return [row for row in rows if (row.kind, row.id) in taken]

    async def _others(self, connection: Connection, rows: Sequence[Row]) -> list[Answer]:
        """What is here already, in the same version or a newer one."""
        if not rows:
            return []
        asked = [{"kind": row.kind, "id": row.id} for row in rows]
        known = {
            (row["kind"], row["external_id"]): (row["version"], row["fingerprint"])
            for row in await connection.fetch(SQL["known"], self.source, asked)
        }
        return [self._answer(row, *known.get((row.kind, row.id), (row.version, row.fingerprint))) for row in rows]

    def _answer(self, row: Row, version: int, fingerprint: bytes) -> Answer:
        if version > row.version:
            words = _("version %(version)s is here already") % {"version": version}
            return Answer(row.place, row.id, Verdict.OLDER, "version", words)
        if fingerprint == row.fingerprint or self.fresh:
            return Answer(row.place, row.id, Verdict.SAME)
        words = _("version %(version)s is here already and says something else: send a greater one")
        return Answer(row.place, row.id, Verdict.REFUSED, "version", words % {"version": version})

    async def _write(self, connection: Connection, rows: Sequence[Row]) -> dict[str, str]:
        """What was made of rows that became more than what they say, in words."""
        if not rows:
            return {}
        fields = [field for field, name in (("counterparty", "company"), ("order", "order")) if name in self.told]
        named = [{"kind": row.kind, "id": row.id} for row in rows]
        await connection.execute(SQL["forget_waiting"], self.source, named, fields)
        of = {
            kind: [row for row in rows if row.kind == kind]
            for kind in ("counterparty", "order", STATE, "payment", "debt")
        }
        await self._counterparties(connection, of["counterparty"])
        words = await self._orders(connection, of["order"])
        if of[STATE]:
            await connection.execute(SQL["save_states"], self.source, _records(of[STATE]), list(self.told))
        await self._payments(connection, of["payment"])
        await self._debts(connection, of["debt"])
        await self._join(connection, rows)
        whose = {row.values.get("counterparty") for row in rows} | {row.id for row in of["counterparty"]}
        await connection.execute(SQL["mark_clients"], self.source, [one for one in whose if one])
        return words

    async def _counterparties(self, connection: Connection, rows: Sequence[Row]) -> None:
        here = [row for row in rows if not row.gone]
        await connection.execute(SQL["save_counterparties"], self.source, _records(here))
        contacts = [
            {
                "own_id": str(uuid7(time())),
                "own": own_contact(row.id),
                "external_id": own_contact(row.id),
                "id": row.id,
                "version": row.version,
                "name": row.values["name"],
                "phones": row.values["phones"] or [],
            }
            for row in here
        ]
        called = [one for one in contacts if one["phones"]]
        await connection.execute(SQL["save_own_contacts"], self.source, called)
        for name in ("drop_numbers", "add_numbers"):
            await connection.execute(MIRRORS[name], self.source, called)
        silent = [one["own"] for one in contacts if not one["phones"]] + [
            own_contact(row.id) for row in rows if row.gone
        ]
        await connection.execute(MIRRORS["take_out"], self.source, silent)
        await connection.execute(SQL["remove_companies"], self.source, [row.id for row in rows if row.gone])

    async def _orders(self, connection: Connection, rows: Sequence[Row]) -> dict[str, str]:
        if not rows:
            return {}
        gone = [row.id for row in rows if row.gone]
        await connection.execute(SQL["cancel_orders"], self.source, gone)
        await connection.execute(SQL["end_sales"], self.source, [f"{SALE}{one}" for one in gone])
        here = [row for row in rows if not row.gone]
        joints = await self._joints(connection, here)
        sales = await self._sales(connection, here, joints)
        said = [
            {
                **record,
                "deal_id": sales.get(record["id"]) or _text(joints[record["id"]].deal),
                "contact_id": _text(joints[record["id"]].contact),
            }
            for record in _records(here)
        ]
        await connection.execute(SQL["save_orders"], self.source, said, list(self.told))
        await connection.execute(SQL["follow_orders"], self.source, [row.id for row in here])
        return {name: joint.words for name, joint in joints.items() if joint.words}

    async def _joints(self, connection: Connection, rows: Sequence[Row]) -> dict[str, Joint]:
        asked = [{"id": row.id, **{name: row.values[name] for name in ("deal", "lead", "phone")}} for row in rows]
        sources = [row["source"] for row in await connection.fetch(SQL["crm_sources"])]
        found = await connection.fetch(SQL["found_for"], self.source, asked, sources)
        by_id = {row["id"]: Found(**dict(row)) for row in found}
        return {row.id: joint_of(row, by_id[row.id]) for row in rows}

    async def _sales(self, connection: Connection, rows: Sequence[Row], joints: Mapping[str, Joint]) -> dict[str, str]:
        """The deals that fast sales became, by the ids of the sales."""
        said = [
            {
                "deal_id": str(uuid7(time())),
                "lead_id": _text(joints[row.id].lead),
                "contact_id": _text(joints[row.id].contact),
                "counterparty": row.values["counterparty"],
                "title": f"1C {row.values['number'] or row.id}",
                "amount": row.values["amount"],
                "date": row.values["date"],
                "external_id": f"{SALE}{row.id}",
                "version": row.version,
            }
            for row in rows
            if joints[row.id].own
        ]
        made = await connection.fetch(SQL["save_sales"], self.source, said, self.zone) if said else []
        return {row["external_id"].removeprefix(SALE): str(row["id"]) for row in made}

    async def _payments(self, connection: Connection, rows: Sequence[Row]) -> None:
        if rows:
            await connection.execute(SQL["cancel_payments"], self.source, [row.id for row in rows if row.gone])
            await connection.execute(SQL["save_payments"], self.source, _records(rows), list(self.told))

    async def _debts(self, connection: Connection, rows: Sequence[Row]) -> None:
        """And what is overdue of whoever owes, or owed."""
        if not rows:
            return
        names = [row.id for row in rows]
        before = await connection.fetch(SQL["debtors"], self.source, names)
        await connection.execute(SQL["remove_debts"], self.source, [row.id for row in rows if row.gone])
        await connection.execute(SQL["save_debts"], self.source, _records(rows))
        after = await connection.fetch(SQL["debtors"], self.source, names)
        await sum_debts(connection, [(row["company_id"], row["contact_id"]) for row in (*before, *after)])

    async def _join(self, connection: Connection, rows: Sequence[Row]) -> None:
        """What these name and is not here is waited for; what waited for these is joined."""
        waiting = [
            {"kind": row.kind, "id": row.id, "field": name, "key": row.values[name]}
            for row in rows
            for name in ("counterparty", "order")
            if row.kind in {"order", "payment"} and not row.gone and row.values.get(name)
        ]
        await connection.execute(SQL["keep_waiting"], self.source, waiting)
        for field, kind, joins in (
            ("counterparty", "counterparty", ("join_order_companies", "join_payment_companies")),
            ("order", "order", ("join_payment_orders",)),
        ):
            came = [row.id for row in rows if row.kind == kind and not row.gone]
            if came:
                for name in joins:
                    await connection.execute(SQL[name], self.source, came)
                await connection.execute(SQL["joined"], self.source, field, came)


def _records(rows: Sequence[Row]) -> _Records:
    """As SQL reads them."""
    return [
        {
            **row.values,
            "id": row.id,
            "row_id": str(uuid7(time())),
            "version": row.version,
            "raw": msgspec.to_builtins(row.unknown) or None,
        }
        for row in rows
    ]


def _text(identifier: object) -> str | None:
    return str(identifier) if identifier is not None else None
