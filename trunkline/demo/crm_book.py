"""What the demo's CRM knows: what it was told, and the contacts, deals and payments it made of that.

A file of SQLite in the demo's data directory, as the sample receivers have one: no table of Trunkline's.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from random import Random
from typing import Any, Final

from trunkline.demo.bargains import OVER, PAID, bargain_of
from trunkline.demo.words import Words

Record = dict[str, Any]
ENTITIES: Final = ("contacts", "deals", "payments")
"""What it gives by itself, in the order in which they refer to each other."""
PAGE: Final = 500
_KEPT: Final = 2000
_NEWEST: Final = 20
_SCHEMA: Final = """
create table if not exists told (key text primary key, at real, event text, phone text, words text, answer text);
create table if not exists leads (
    n integer primary key, id text unique, title text, phone text, name text, stage text, whose text, opened_at text,
    closed_at text, reason text
);
create table if not exists contacts (n integer primary key, phone text unique, name text, changed real);
create table if not exists deals (
    n integer primary key, lead text unique, phone text, name text, whose text, title text, amount integer, stage text,
    opened real, closed real, changed real
);
create table if not exists payments (
    n integer primary key, deal integer unique, phone text, amount integer, paid_on text, changed real
);
"""


class Book:
    """The file; `zone` is where days are told. Times are Unix seconds."""

    def __init__(self, path: Path, words: Words, zone: tzinfo) -> None:
        self._words, self._zone = words, zone
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.executescript(f"pragma journal_mode = wal; pragma synchronous = off; {_SCHEMA}")

    def close(self) -> None:
        self._db.close()

    def take(self, key: str, event: str, message: Mapping[str, Any], now: float) -> str:
        """Keep what is told, once; what it is called here, which a repeat is told again."""
        known = self._db.execute("select answer from told where key = ?", (key,)).fetchone()
        if known is not None:
            return str(known["answer"])
        call, lead, contact = (_table(message, name) for name in ("call", "lead", "contact"))
        phone = str(call.get("client") or lead.get("phone") or "")
        with self._whole():
            if lead.get("id"):
                answer = self._take_lead(lead, contact, now)
                words = " · ".join(str(lead[name]) for name in ("title", "taken_by", "close_reason") if lead.get(name))
            else:
                answer = self._card_of(phone)
                words = " · ".join(str(call[name]) for name in ("line_name", "outcome", "agent") if call.get(name))
            self._db.execute("insert into told values (?, ?, ?, ?, ?, ?)", (key, now, event, phone, words, answer))
            self._db.execute("delete from told where rowid <= (select max(rowid) from told) - ?", (_KEPT,))
            self._db.execute("delete from leads where n <= (select max(n) from leads) - ?", (_KEPT,))
        return answer

    def _take_lead(self, lead: Mapping[str, Any], contact: Mapping[str, Any], now: float) -> str:
        phone, name = str(lead.get("phone") or ""), str(contact.get("name") or "")
        told = (lead.get("title"), phone, name, lead.get("stage"), lead.get("taken_by"), lead.get("opened_at"))
        row = self._db.execute(
            "insert into leads (id, title, phone, name, stage, whose, opened_at, closed_at, reason) "
            "values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (id) do update set title = excluded.title, "
            "phone = excluded.phone, name = excluded.name, stage = excluded.stage, whose = excluded.whose, "
            "closed_at = excluded.closed_at, reason = excluded.reason returning n",
            (lead["id"], *told, lead.get("closed_at"), lead.get("close_reason")),
        ).fetchone()
        if lead.get("close_reason") == "won" and phone:
            return self._bargain(str(lead["id"]), phone, name, str(lead.get("taken_by") or ""), now)
        return f"лид {row['n']}"

    def _bargain(self, lead: str, phone: str, name: str, whose: str, now: float) -> str:
        """A deal of a lead that was won; whom nobody knew becomes a contact."""
        bargain = bargain_of(lead)
        if not name:
            name = self._words.person(Random(phone))  # noqa: S311  (the same name everywhere, not a secret)
            self._db.execute(
                "insert into contacts (phone, name, changed) values (?, ?, ?) on conflict do nothing",
                (phone, name, now),
            )
        row = self._db.execute(
            "insert into deals (lead, phone, name, whose, title, amount, stage, opened, changed) "
            "values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (lead) do update set whose = excluded.whose returning n",
            (lead, phone, name, whose, bargain.title, bargain.amount, bargain.stage(0), now, now),
        ).fetchone()
        return f"сделка {row['n']}"

    def _card_of(self, phone: str) -> str:
        """What a call is told to be about: a deal that is open, else the newest lead of the number."""
        deal = self._db.execute(
            "select n from deals where phone = ? and closed is null order by n desc limit 1", (phone,)
        ).fetchone()
        if deal is not None:
            return f"сделка {deal['n']}"
        lead = self._db.execute("select n from leads where phone = ? order by n desc limit 1", (phone,)).fetchone()
        return f"лид {lead['n']}" if lead is not None else ""

    def move(self, now: float) -> None:
        """Deals go on to where they are to be by now, and the last step brings money."""
        with self._whole():
            for deal in self._db.execute(
                "select n, lead, phone, amount, stage, opened from deals where closed is null"
            ):
                stage = bargain_of(deal["lead"]).stage(now - deal["opened"])
                if stage == deal["stage"]:
                    continue
                self._db.execute(
                    "update deals set stage = ?, changed = ?, closed = ? where n = ?",
                    (stage, now, now if stage in OVER else None, deal["n"]),
                )
                if stage == PAID:
                    day = datetime.fromtimestamp(now, self._zone).date().isoformat()
                    self._db.execute(
                        "insert into payments (deal, phone, amount, paid_on, changed) values (?, ?, ?, ?, ?)",
                        (deal["n"], deal["phone"], deal["amount"], day, now),
                    )

    def changed(self, entity: str, since: float, url: str, page: int = 1) -> tuple[list[Record], float]:
        """A page of what changed later than that, as records of the protocol, and when the last of them did."""
        rows = self._db.execute(
            f"select * from {entity} where changed > ? order by changed, n limit ? offset ?",  # noqa: S608 - of ENTITIES
            (since, PAGE, (page - 1) * PAGE),
        ).fetchall()
        return [_SHAPES[entity](row, url) for row in rows], rows[-1]["changed"] if rows else since

    def newest(self) -> dict[str, Any]:
        """What its page shows: the newest rows of each, and how many there are."""
        tables = {"told": "rowid", "leads": "n", "deals": "n", "payments": "n"}
        return {
            name: self._db.execute(f"select * from {name} order by {order} desc limit {_NEWEST}").fetchall()  # noqa: S608
            for name, order in tables.items()
        } | {
            "counts": {
                name: self._db.execute(f"select count(*) from {name}").fetchone()[0]  # noqa: S608
                for name in ("contacts", *tables)
            },
            "paid": self._db.execute("select coalesce(sum(amount), 0) from payments").fetchone()[0],
        }

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """All of it or nothing."""
        self._db.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._db.execute("rollback")
            raise
        self._db.execute("commit")


def _table(message: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    told = message.get(name)
    return told if isinstance(told, dict) else {}


def _version(row: sqlite3.Row) -> int:
    return int(row["changed"] * 1000)


def _moment(at: float | None) -> str:
    return "" if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")


def _contact(row: sqlite3.Row, _url: str) -> Record:
    return {
        "id": f"K{row['n']}",
        "version": _version(row),
        "name": row["name"],
        "phones": [row["phone"]],
        "class": "client",
    }


def _deal(row: sqlite3.Row, url: str) -> Record:
    return {
        "id": f"D{row['n']}",
        "version": _version(row),
        "title": row["title"],
        "stage": row["stage"],
        "amount": row["amount"],
        "contact": row["phone"],
        "responsible": row["whose"],
        "opened_at": _moment(row["opened"]),
        "closed_at": _moment(row["closed"]),
        "document_url": f"{url}/#deal-{row['n']}",
    }


def _payment(row: sqlite3.Row, _url: str) -> Record:
    return {
        "id": f"P{row['n']}",
        "version": _version(row),
        "amount": row["amount"],
        "paid_on": row["paid_on"],
        "contact": row["phone"],
    }


_SHAPES: Final = dict(zip(ENTITIES, (_contact, _deal, _payment), strict=True))
