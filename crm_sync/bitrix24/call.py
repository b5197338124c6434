"""What Bitrix24 is told of a call: the parameters of its methods (crm.md §2.2, §2.3). No I/O here."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

import msgspec

from crm_sync.bitrix24.owner import Entity

REGISTER: Final = "telephony.externalCall.register"
FINISH: Final = "telephony.externalCall.finish"
SHOW: Final = "telephony.externalCall.show"
HIDE: Final = "telephony.externalCall.hide"
STATISTIC: Final = "voximplant.statistic.get"

_OUT, _IN = 1, 2
_GOOD, _MISSED = "200", "304"
_UNANSWERED: Final[Mapping[str | None, str]] = {
    "busy": "486",
    "rejected": "603",
    "unavailable": "480",
    "abandoned": "603-S",
    "abandoned_in_queue": "603-S",
}
"""What became of a call of ours that nobody answered: of one to us it is always 304, missed."""


class Ended(msgspec.Struct, frozen=True):
    """How a call ended: `extensions` are those whose call it was, the likeliest first; `reason` is for people."""

    seconds: int
    code: str
    extensions: tuple[str, ...]
    reason: str = ""


def ended(row: Mapping[str, Any]) -> Ended:
    """Of a row of `calls_to_tell`."""
    if row["outcome"] == "answered":
        # Whoever spoke at all spoke for a second: the portal takes 0 for missed.
        return Ended(max(1, round(row["talk_ms"] / 1000)), _GOOD, _first(row["answered_by"], *row["agents"]))
    code = _UNANSWERED.get(row["missed_why"], _MISSED) if row["direction"] == "out" else _MISSED
    return Ended(0, code, _first(*row["agents"], *row["rang"]))


def begun(row: Mapping[str, Any]) -> tuple[str, ...]:
    """The extensions whose call it is when it begins, the likeliest first: of one that is over, as it ended."""
    return tuple(row["seats"]) or ended(row).extensions


class Facts(Protocol):
    """What is registered of a call."""

    @property
    def phone(self) -> str: ...
    @property
    def line(self) -> str: ...
    @property
    def outgoing(self) -> bool: ...
    @property
    def started_at(self) -> datetime: ...


def register_params(
    call: UUID, facts: Facts, *, user: int, creates: bool, shows: bool, entity: Entity | None = None
) -> dict[str, Any]:
    """All but SHOW, what is of the CRM and the date is what the portal knows a repeat by, within 30 minutes."""
    params: dict[str, Any] = {
        "USER_ID": user,
        "PHONE_NUMBER": facts.phone,
        "TYPE": _OUT if facts.outgoing else _IN,
        "CALL_START_DATE": facts.started_at.isoformat(timespec="seconds"),
        "CRM_CREATE": int(creates),
        "SHOW": int(shows),
        "EXTERNAL_CALL_ID": str(call),
    }
    if entity is not None:
        params |= {"CRM_ENTITY_TYPE": entity.kind, "CRM_ENTITY_ID": entity.id}
    return params | ({"LINE_NUMBER": facts.line} if facts.line else {})


def finish_params(remote: str, user: int, told: Ended) -> dict[str, Any]:
    """The activity is made by this."""
    params = {"CALL_ID": remote, "USER_ID": user, "DURATION": told.seconds, "STATUS_CODE": told.code}
    return params | ({"FAILED_REASON": told.reason} if told.reason else {})


def entity_of(result: Any) -> str:
    """`LEAD 12`: what the call belongs to there; empty for nothing."""
    if not isinstance(result, dict) or not result.get("CRM_ENTITY_TYPE"):
        return ""
    return f"{result['CRM_ENTITY_TYPE']} {result.get('CRM_ENTITY_ID')}"[:100]


def entity_url(portal: str, entity: str) -> str:
    """The page in the portal of what `entity_of` told; empty for what has none."""
    kind, _, number = entity.partition(" ")
    if kind not in {"LEAD", "CONTACT", "COMPANY", "DEAL"} or not (number.isascii() and number.isdecimal()):
        return ""
    return f"{portal}/crm/{kind.lower()}/details/{number}/"


def complaints_of(result: Any) -> str:
    """What a good answer complains of: it is done, and somebody should know."""
    if not isinstance(result, dict):
        return ""
    told = [str(result["LEAD_CREATION_ERROR"])] if result.get("LEAD_CREATION_ERROR") else []
    errors = result.get("ERRORS")
    if isinstance(errors, dict):
        told += [f"{name}: {words}" for name, words in errors.items()]
    return "; ".join(told)[:500]


def _first(*extensions: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for one in extensions if one))


def names_of(result: Any) -> Sequence[tuple[str, int, str]]:
    """Extension, id and name of a page of `user.get`; who has no extension is left out."""
    found = []
    for row in result if isinstance(result, list) else ():
        inner, told = (str(row.get(name) or "").strip() for name in ("UF_PHONE_INNER", "ID"))
        if inner and told.isdecimal():
            name = f"{row.get('NAME') or ''} {row.get('LAST_NAME') or ''}".strip()
            found.append((inner[:20], int(told), name[:200]))
    return found
