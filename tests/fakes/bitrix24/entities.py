"""What the CRM holds: leads, deals, contacts, companies and items of other types. No I/O here.

Rows have the names of crm.lead.fields.json and its neighbours in capitals; single values are strings, as the older
methods answer them (`resultExample` of crm.contact.get.json). A change tells `ONCRM…` with `FIELDS[ID]` alone (crm.md
§2.5).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from tests.fakes.bitrix24 import numbers
from tests.fakes.bitrix24.events import Events
from tests.fakes.bitrix24.limits import Clock
from tests.fakes.bitrix24.listing import Row
from tests.fakes.bitrix24.wire import iso

LEAD, DEAL, CONTACT, COMPANY = 1, 2, 3, 4
TYPES: Final = {"LEAD": LEAD, "DEAL": DEAL, "CONTACT": CONTACT, "COMPANY": COMPANY}
NAMES: Final = {number: name for name, number in TYPES.items()}
MULTIPLE: Final = ("PHONE", "EMAIL", "WEB", "IM", "LINK")
_COMMON: Final = (
    *("SOURCE_ID", "SOURCE_DESCRIPTION", "COMMENTS", "ORIGINATOR_ID", "ORIGIN_ID", "UTM_SOURCE", "UTM_MEDIUM"),
    *("UTM_CAMPAIGN", "UTM_CONTENT", "UTM_TERM", "COMPANY_ID", "OPPORTUNITY", "CURRENCY_ID"),
)
_OWN: Final[dict[int, Row]] = {
    LEAD: {"TITLE": "", "NAME": "", "LAST_NAME": "", "SECOND_NAME": "", "STATUS_ID": "NEW", "CONTACT_ID": None},
    DEAL: {"TITLE": "", "STAGE_ID": "NEW", "CATEGORY_ID": "0", "CLOSED": "N", "CONTACT_ID": None},
    CONTACT: {"NAME": "", "LAST_NAME": "", "SECOND_NAME": "", "POST": None, "TYPE_ID": "CLIENT"},
    COMPANY: {"TITLE": "", "COMPANY_TYPE": "CUSTOMER"},
}


@dataclass
class Entities:
    """`rows` by type and id."""

    now: Clock
    events: Events
    rows: dict[int, dict[int, Row]] = field(default_factory=dict)
    _given: int = 0

    def of(self, kind: int) -> dict[int, Row]:
        """All of a type."""
        return self.rows.setdefault(kind, {})

    def add(self, kind: int, fields: Row, *, user: int = 1, connector: str = "") -> int:
        """A new one's id; ids of one type only grow, so `ID > n` reads all of them."""
        number = max(self.of(kind), default=0) + 1
        at = iso(self.now())
        row: Row = dict.fromkeys(_COMMON) | _OWN.get(kind, {"TITLE": ""})
        row |= {"ID": str(number), "DATE_CREATE": at, "DATE_MODIFY": at, "CREATED_BY_ID": str(user), "OPENED": "Y"}
        row |= {"ASSIGNED_BY_ID": str(user), "MODIFY_BY_ID": str(user)} | {name: [] for name in MULTIPLE}
        self.of(kind)[number] = row
        self._set(row, fields)
        if kind in {LEAD, DEAL} and not row["TITLE"]:
            row["TITLE"] = f"{NAMES[kind].title()} #{number}"
        self._tell(kind, "ADD", number, user, connector)
        return number

    def update(self, kind: int, number: int, fields: Row, *, user: int = 1, connector: str = "") -> None:
        """Raises KeyError."""
        row = self.of(kind)[number]
        was = row.get("STATUS_ID"), row.get("STAGE_ID")
        self._set(row, fields)
        if was != (row.get("STATUS_ID"), row.get("STAGE_ID")):
            row["MOVED_TIME"] = iso(self.now())
        row |= {"DATE_MODIFY": iso(self.now()), "MODIFY_BY_ID": str(user)}
        self._tell(kind, "UPDATE", number, user, connector)

    def delete(self, kind: int, number: int, *, user: int = 1, connector: str = "") -> None:
        """Raises KeyError."""
        del self.of(kind)[number]
        self._tell(kind, "DELETE", number, user, connector)

    def _tell(self, kind: int, what: str, number: int, user: int, connector: str) -> None:
        said: dict[str, Any] = {"ID": str(number)}
        if kind not in NAMES:
            said["ENTITY_TYPE_ID"] = str(kind)
        event = f"ONCRM{NAMES.get(kind, 'DYNAMICITEM')}{what}"
        self.events.emit(event, {"FIELDS": said}, user=user, connector=connector)

    def _set(self, row: Row, fields: Row) -> None:
        for name, value in fields.items():
            if name in MULTIPLE:
                row[name] = self._several(name, row[name], value)
            elif value is None or isinstance(value, list | dict):
                row[name] = value
            else:
                row[name] = ("Y" if value else "N") if isinstance(value, bool) else str(value)

    def _several(self, name: str, held: list[Row], said: Any) -> list[Row]:
        """Values with a known ID are changed, or removed when they are empty; the others are new."""
        found = {one["ID"]: one for one in held}
        for one in said.values() if isinstance(said, dict) else said:
            known = str(one.get("ID", ""))
            if known in found and not one.get("VALUE"):
                del found[known]
            elif known in found:
                found[known] = found[known] | one | {"ID": known}
            elif one.get("VALUE"):
                self._given += 1
                new = {"ID": str(self._given), "VALUE_TYPE": one.get("VALUE_TYPE", "WORK"), "VALUE": str(one["VALUE"])}
                found[new["ID"]] = new | {"TYPE_ID": name}
        return list(found.values())

    def with_phone(self, phone: str, last: int) -> Iterator[tuple[int, Row]]:
        """Who has it, contacts first, then companies, then leads (telephony.externalCall.searchCrmEntities.json)."""
        for kind in (CONTACT, COMPANY, LEAD):
            for row in self.of(kind).values():
                if any(numbers.same(one["VALUE"], phone, last) for one in row["PHONE"]):
                    yield kind, row
