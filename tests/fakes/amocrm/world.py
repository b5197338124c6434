"""What an account holds: contacts, companies, leads, customers, their notes, unsorted leads (crm.md §3.2, §3.3)."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

Row = dict[str, Any]
KINDS: Final = ("contacts", "companies", "leads", "customers")
WON, LOST, ACTIVE = 142, 143, 40_001
_MATCHED, _SHOWN = 10, 8
"""Digits by which telephones are found, and cards shown (crm.md §0.4)."""


class Invalid(Exception):
    """What `validation-errors` names: each a (path, code)."""

    def __init__(self, *errors: tuple[str, str]) -> None:
        super().__init__(errors)
        self.errors = errors


@dataclass
class Rules:
    """What the vendor's pages leave open, or an account chooses.

    `lag`: seconds until the search finds what was written (crm.md §3.3). `twice`: what the same unsorted lead a second
    time is; the Russian page says an error, the English one a tag of doubles (crm.md §3.2).
    """

    lag: float = 0.0
    twice: str = "tag"
    has_unsorted: bool = True


@dataclass
class World:
    """All rows by kind and id."""

    now: Callable[[], float]
    rules: Rules = field(default_factory=Rules)
    rows: dict[str, dict[int, Row]] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    users: dict[int, Row] = field(default_factory=dict)
    notes: list[Row] = field(default_factory=list)
    unsorted: dict[str, Row] = field(default_factory=dict)
    cards: list[tuple[str, int]] = field(default_factory=list)
    ids: Iterator[int] = field(default_factory=lambda: count(100))

    def add_user(self, name: str, email: str = "", *, is_admin: bool = False) -> int:
        """Somebody who works there."""
        user = next(self.ids)
        rights = {"is_admin": is_admin, "is_active": True}
        self.users[user] = {"id": user, "name": name, "email": email, "rights": rights}
        return user

    def add(self, kind: str, *phones: str, name: str = "Клиент", **more: Any) -> int:
        """A contact or company with telephones, or a lead or customer without."""
        made = next(self.ids)
        values = [{"value": phone, "enum_code": "WORK"} for phone in phones]
        fields = [{"field_code": "PHONE", "values": values}] if phones else None
        row = {
            "id": made,
            "name": name,
            "custom_fields_values": fields,
            "created_at": int(self.now()),
            "updated_at": int(self.now()),
            "_made": self.now(),
            "_leads": [],
            "_customers": [],
        }
        self.rows[kind][made] = row | more
        return made

    def add_lead(self, of: tuple[str, int], status: int = ACTIVE) -> int:
        """A lead of a contact or company."""
        lead = self.add("leads", status_id=status)
        self.rows[of[0]][of[1]]["_leads"].append(lead)
        return lead

    def add_customer(self, of: tuple[str, int]) -> int:
        """A customer of a contact or company."""
        customer = self.add("customers")
        self.rows[of[0]][of[1]]["_customers"].append(customer)
        return customer

    def change(self, kind: str, number: int, **fields: Any) -> None:
        """As somebody does there, or a program: it may say itself when that was."""
        self.rows[kind][number] |= {"updated_at": int(self.now())} | fields

    def delete(self, kind: str, number: int) -> None:
        """It is in no list any more."""
        del self.rows[kind][number]

    def listed(self, kind: str, since: int, ids: set[int]) -> list[Row]:
        """By `filter[updated_at][from]`, or `filter[id]` where ids are named: the vendor's filters of lists."""
        rows = [row for number, row in self.rows[kind].items() if not ids or number in ids]
        return [row for row in rows if row["updated_at"] >= since]

    def found(self, kind: str, query: str) -> list[Row]:
        """By the last ten digits of a telephone, else by text anywhere in it; the index lags."""
        seen = [row for row in self.rows[kind].values() if row["_made"] + self.rules.lag <= self.now()]
        digits = _digits(query)[-_MATCHED:]
        return [row for row in seen if digits and any(digits in _digits(text) for text in _texts(row))]

    def add_note(self, kind: str, said: Row, user: int) -> Row:
        """One of `/{kind}/notes`; who is named has to work there."""
        entity = said.get("entity_id")
        if entity not in self.rows[kind]:
            raise Invalid(("0.entity_id", "NotFound"))
        for name in ("responsible_user_id", "created_by"):
            if said.get(name) is not None and said[name] not in self.users:
                raise Invalid((f"0.{name}", "NotSupportedChoice"))
        missing = [name for name in ("uniq", "duration", "source", "phone") if name not in said.get("params", {})]
        if said.get("note_type") not in {"call_in", "call_out"} or missing:
            raise Invalid(*((f"0.params.{name}", "FieldMissing") for name in missing or ["note_type"]))
        usual = {"created_by": user, "responsible_user_id": user, "created_at": int(self.now())}
        note = {**usual, **said, "id": next(self.ids), "updated_at": int(self.now()), "_kind": kind}
        self.notes.append(note)
        return note

    def edit_note(self, kind: str, said: Row) -> Row:
        """One of `PATCH /{kind}/notes`: it has to name its thing, and its parameters are those of the edit alone."""
        found = next((note for note in self.notes if (note["_kind"], note["id"]) == (kind, said.get("id"))), None)
        if found is None or said.get("entity_id") != found["entity_id"]:
            raise Invalid(("0.entity_id" if found else "0.id", "NotFound"))
        missing = [name for name in ("uniq", "duration", "source", "phone") if name not in said.get("params", {})]
        if missing or said.get("note_type") != found["note_type"]:
            raise Invalid(*((f"0.params.{name}", "FieldMissing") for name in missing or ["note_type"]))
        found |= {"params": said["params"], "updated_at": int(self.now())}
        return found

    def add_unsorted(self, said: Row, user: int) -> Row:
        """One of `/leads/unsorted/sip`: a lead and a contact are made, and the call noted with the contact."""
        metadata = said.get("metadata") or {}
        missing = [
            name for name in ("from", "phone", "called_at", "duration", "service_code") if not _has(metadata, name)
        ]
        missing += [name for name in ("source_name", "source_uid") if not _has(said, name)]
        if missing:
            raise Invalid(*((f"0.{name}", "NotBlank") for name in missing))
        if metadata.get("call_responsible") not in {None, *self.users}:
            raise Invalid(("0.metadata.call_responsible", "NotSupportedChoice"))
        if not self.rules.has_unsorted:
            raise Invalid(("0.pipeline_id", "UnsortedIsOff"))
        if self.rules.twice == "error" and any(
            one["source_uid"] == said["source_uid"] for one in self.unsorted.values()
        ):
            raise Invalid(("0.source_uid", "NotUnique"))
        (told,) = said["_embedded"]["contacts"]
        phones = [one["value"] for one in told["custom_fields_values"][0]["values"]]
        contact = self.add("contacts", *phones, name=told["name"])
        lead = self.add_lead(("contacts", contact))
        self.rows["leads"][lead]["name"] = said["_embedded"]["leads"][0]["name"]
        uid = f"{next(self.ids):040x}"
        embedded = {"leads": [{"id": lead}], "contacts": [{"id": contact}], "companies": []}
        self.unsorted[uid] = {**said, "uid": uid, "category": "sip", "_embedded": embedded}
        if metadata.get("is_call_event_needed"):
            params = {"uniq": metadata.get("uniq"), "duration": metadata["duration"], "source": said["source_name"]}
            params |= {"phone": metadata["from"], "call_responsible": metadata.get("call_responsible")}
            self.add_note("leads", {"entity_id": lead, "note_type": "call_in", "params": params}, user)
        return self.unsorted[uid]

    def announce(self, said: Row) -> None:
        """`/api/v2/events`: a card of who rings, before each of the users; found by eight digits (crm.md §3.2)."""
        for one in said["add"]:
            if one["type"] != "phone_call" or len(_digits(one["phone_number"])) < _SHOWN:
                raise Invalid(("add", "InvalidType"))
            self.cards += [(one["phone_number"], user) for user in one["users"] if user in self.users]

    def accept(self, uid: str) -> None:
        """A person takes it: it is among the unsorted no more."""
        del self.unsorted[uid]

    def notes_of(self, uniq: str) -> list[Row]:
        """Of one call, wherever they are: of each physical call there is to be one."""
        return [note for note in self.notes if note["params"].get("uniq") == uniq]


def _texts(row: Row) -> list[str]:
    values = [one["value"] for field in row["custom_fields_values"] or () for one in field["values"]]
    return [row["name"], *values]


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _has(row: Row, name: str) -> bool:
    return row.get(name) not in {None, ""}
