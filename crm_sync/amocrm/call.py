"""What amoCRM is told of a call: a note of whom it belongs to, or an unsorted lead (crm.md §3.2). No I/O here."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

import msgspec

LEADS: Final = "leads"
CONTACTS: Final = "contacts"
COMPANIES: Final = "companies"
CUSTOMERS: Final = "customers"
UNSORTED: Final = "unsorted"

_UNAVAILABLE, _TALKED, _NO_ANSWER, _BUSY = 3, 4, 6, 7
_UNANSWERED: Final[Mapping[str | None, int]] = {"busy": _BUSY, "rejected": _BUSY, "unavailable": _UNAVAILABLE}
"""`call_status` of a call of ours that nobody answered: of one to us it is always 6, no answer."""
_SERVICE: Final = "Trunkline"
_NAMES: Final = {"kommo.com": "Call from {}"}
_NAME: Final = "Звонок с {}"


class Ended(msgspec.Struct, frozen=True):
    """How a call ended: `extensions` are those whose call it was, the likeliest first."""

    seconds: int
    status: int
    extensions: tuple[str, ...]


def ended(row: Mapping[str, Any]) -> Ended:
    """Of a row of `calls_to_tell`."""
    if row["outcome"] == "answered":
        return Ended(max(1, round(row["talk_ms"] / 1000)), _TALKED, _each(row["answered_by"], *row["agents"]))
    status = _UNANSWERED.get(row["missed_why"], _NO_ANSWER) if row["direction"] == "out" else _NO_ANSWER
    return Ended(0, status, _each(*row["agents"], *row["rang"]))


class Facts(Protocol):
    """What is noted of a call."""

    @property
    def phone(self) -> str: ...
    @property
    def line(self) -> str: ...
    @property
    def outgoing(self) -> bool: ...
    @property
    def started_at(self) -> datetime: ...


def note_of(call: UUID, facts: Facts, told: Ended, entity: int, user: int | None) -> dict[str, Any]:
    """A note of the entity's; `uniq` is what it is known by when the answer was lost (crm.md §6.4)."""
    params = {
        "uniq": str(call),
        "duration": told.seconds,
        "source": facts.line or _SERVICE,
        "phone": facts.phone,
        "call_status": told.status,
    }
    note: dict[str, Any] = {
        "entity_id": entity,
        "note_type": note_type(facts),
        "created_at": int(facts.started_at.timestamp()),
        "params": params,
    }
    if user is not None:
        note |= {"responsible_user_id": user, "created_by": user}
        params["call_responsible"] = user
    return note


def note_type(facts: Facts) -> str:
    """Which of the two notes of calls it is."""
    return "call_out" if facts.outgoing else "call_in"


def unsorted_of(call: UUID, facts: Facts, told: Ended, host: str, user: int | None) -> dict[str, Any]:
    """A lead and a contact of the number, to be taken or declined by a person there; the call is noted with it."""
    at = int(facts.started_at.timestamp())
    name = next((words for domain, words in _NAMES.items() if host.endswith(domain)), _NAME).format(facts.phone)
    metadata: dict[str, Any] = {
        "is_call_event_needed": True,
        "uniq": str(call),
        "duration": told.seconds,
        "service_code": _SERVICE,
        "link": "",
        "phone": facts.line.removeprefix("+") or _SERVICE,
        "called_at": at,
        "from": facts.phone,
    }
    if user is not None:
        metadata["call_responsible"] = user
    number = {"field_code": "PHONE", "values": [{"value": facts.phone, "enum_code": "WORK"}]}
    return {
        "source_name": facts.line or _SERVICE,
        "source_uid": str(call),
        "created_at": at,
        "metadata": metadata,
        "_embedded": {
            "leads": [{"name": name}],
            "contacts": [{"name": facts.phone, "custom_fields_values": [number]}],
        },
    }


def entity_url(portal: str, entity: str) -> str:
    """The page there of `leads 12`; empty for what has none."""
    kind, _, number = entity.partition(" ")
    if kind not in {LEADS, CONTACTS, COMPANIES, CUSTOMERS} or not (number.isascii() and number.isdecimal()):
        return ""
    return f"{portal}/{kind}/detail/{number}"


def _each(*extensions: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for one in extensions if one))
