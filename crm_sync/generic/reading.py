"""`[in.…]` of a mapping: which names of a home-made CRM fill which fields of the mirror, and where they are fetched.

No I/O here.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from crm_sync.generic.mistakes import SCALARS, Mistakes, Scalar
from trunkline.mirror.entities import ENTITIES, Kind
from trunkline.web.i18n import gettext as _

CONTACTS: Final = "contacts"
_CONTACT: Final[Mapping[str, Kind]] = {
    "external_id": Kind.TEXT,
    "version": Kind.WHOLE,
    "name": Kind.TEXT,
    "phones": Kind.TEXT,
    "email": Kind.TEXT,
    "class": Kind.TEXT,
    "company": Kind.REFERENCE,
    "responsible": Kind.PERSON,
    "deleted": Kind.TEXT,
}
READABLE: Final[Mapping[str, Mapping[str, Kind]]] = {
    "companies": {one.name: one.kind for one in ENTITIES["companies"].fields},
    CONTACTS: _CONTACT,
    **{
        name: {one.name: one.kind for one in ENTITIES[name].fields}
        for name in ("leads", "deals", "orders", "invoices", "payments", "debts")
    },
}
"""The fields of each entity that can be read, in the order in which they refer to each other."""
_NEEDED: Final = {CONTACTS: ("external_id", "phones")}
_DATED: Final = frozenset({Kind.MOMENT, Kind.DAY, Kind.WHOLE})
_SAYS: Final = ("constant", "format", "from", "otherwise", "table")
_SAMPLE: Final = datetime(2026, 11, 28, 23, 59, 58, tzinfo=UTC)
_PULL: Final = ("next", "page", "since", "sweep", "url")


class InRule(msgspec.Struct, frozen=True):
    """What fills one of our fields: the value at `path` there, or a constant. `format` is how a moment is written."""

    field: str
    path: tuple[str, ...] = ()
    constant: Scalar = ""
    table: Mapping[str, Scalar] = {}
    otherwise: Scalar | None = None
    format: str = ""


class Pull(msgspec.Struct, frozen=True):
    """Where an entity is fetched: of `url` what changed since `{since}`, of `sweep` everything.

    Pages go on at the address that stands at `next`, or with the parameter `page` from 1 until one is empty.
    """

    url: str
    since: str = "iso"
    next: tuple[str, ...] = ()
    page: str = ""
    sweep: str = ""


class Entity(msgspec.Struct, frozen=True):
    """How one entity is read; its rows are the list at `rows`, empty where they are all of the answer."""

    rules: tuple[InRule, ...]
    rows: tuple[str, ...] = ()
    pull: Pull | None = None


def read_entities(told: Any, mistakes: Mistakes) -> dict[str, Entity]:
    """Of the tables `[in.contacts]` and the like."""
    told = mistakes.table(("in",), told)
    mistakes.unknown(("in",), told, tuple(READABLE))
    return {name: _entity(name, told[name], mistakes) for name in READABLE if name in told}


def _entity(name: str, told: Any, mistakes: Mistakes) -> Entity:
    path = ("in", name)
    told = mistakes.table(path, told)
    mistakes.unknown(path, told, ("fields", "pull", "rows"))
    fields = mistakes.table((*path, "fields"), told.get("fields", {}))
    kinds = READABLE[name]
    mistakes.unknown((*path, "fields"), fields, tuple(kinds))
    needed = _NEEDED.get(name) or tuple(one.name for one in ENTITIES[name].fields if one.required)
    for missing in [one for one in needed if one not in fields]:
        mistakes.note((*path, "fields"), _("%(field)s is needed") % {"field": missing})
    rules = [
        _rule((*path, "fields", field), kinds[field], fields[field], mistakes) for field in kinds if field in fields
    ]
    rows = _dotted((*path, "rows"), told.get("rows", ""), mistakes)
    pull = _pull((*path, "pull"), told["pull"], mistakes) if "pull" in told else None
    return Entity(tuple(one for one in rules if one), rows, pull)


def _rule(path: tuple[str, ...], kind: Kind, said: Any, mistakes: Mistakes) -> InRule | None:
    before, field = len(mistakes.found), path[-1]
    said = {"from": said} if isinstance(said, str) else said
    if not isinstance(said, dict) or ("from" in said) == ("constant" in said):
        mistakes.note(path, _("must be a name of theirs in quotes, or a table with either from or constant"))
        return None
    mistakes.unknown(path, said, _SAYS)
    if "constant" in said:
        if not isinstance(said["constant"], SCALARS) or len(said) > 1:
            mistakes.note(path, _("a constant stands alone"))
        return None if len(mistakes.found) > before else InRule(field, constant=said["constant"])
    table = said.get("table", {})
    if not isinstance(table, dict) or not all(isinstance(one, SCALARS) for one in table.values()):
        mistakes.note((*path, "table"), _("must be a table of values, as { answered = 1, missed = 0 }"))
    if "otherwise" in said and (not table or not isinstance(said["otherwise"], SCALARS)):
        mistakes.note((*path, "otherwise"), _("is text or a number, for what a table does not name"))
    written = mistakes.words((*path, "format"), said.get("format", ""), 60)
    if written and (kind not in _DATED or not (written == "unix" or "%" in written)):
        mistakes.note((*path, "format"), _("is of moments and versions: unix, or a pattern such as %d.%m.%Y %H:%M"))
    elif "%" in written and not _is_readable(written):
        mistakes.note((*path, "format"), _("is no pattern that moments can be read by"))
    there = _dotted((*path, "from"), said["from"], mistakes)
    if len(mistakes.found) > before:
        return None
    return InRule(field, there, "", table, said.get("otherwise"), written)


def _is_readable(pattern: str) -> bool:
    """Whether what is written by it can be read: not with directives that nobody reads, or one twice."""
    try:
        datetime.strptime(_SAMPLE.strftime(pattern), pattern)  # noqa: DTZ007 - it is only tried
    except (ValueError, re.error):
        return False
    return True


def _pull(path: tuple[str, ...], told: Any, mistakes: Mistakes) -> Pull | None:
    told = mistakes.table(path, told)
    before = len(mistakes.found)
    mistakes.unknown(path, told, _PULL)
    url, sweep = (mistakes.words((*path, name), told.get(name, "")) for name in ("url", "sweep"))
    for name, address in (("url", url), ("sweep", sweep)):
        if (address or name == "url") and not (address.startswith("/") and not address.startswith("//")):
            mistakes.note((*path, name), _("must be an address on the CRM's own host, beginning with /"))
    since = mistakes.words((*path, "since"), told.get("since", "iso"), 60)
    if since not in {"iso", "unix"} and "%" not in since:
        mistakes.note((*path, "since"), _("is iso, unix or a pattern such as %d.%m.%Y %H:%M"))
    page = mistakes.words((*path, "page"), told.get("page", ""), 60)
    onward = _dotted((*path, "next"), told.get("next", ""), mistakes)
    if page and onward:
        mistakes.note((*path, "page"), _("pages go on either by next or by page"))
    return None if len(mistakes.found) > before else Pull(url, since, onward, page, sweep)


def _dotted(path: tuple[str, ...], told: Any, mistakes: Mistakes) -> tuple[str, ...]:
    words = mistakes.words(path, told, 200)
    return tuple(words.split(".")) if words else ()


def at(told: Any, path: tuple[str, ...]) -> Any:
    """What stands at a path of an answer; None where nothing does. A name that holds dots itself is found whole."""
    if path and isinstance(told, dict) and ".".join(path) in told:
        return told[".".join(path)]
    for name in path:
        if isinstance(told, list) and name.isdecimal() and int(name) < len(told):
            told = told[int(name)]
        elif isinstance(told, dict) and name in told:
            told = told[name]
        else:
            return None
    return told


def record_of(row: Any, entity: Entity, zone: ZoneInfo) -> dict[str, str]:
    """One row of theirs as the text of our fields; raises ValueError with words for what cannot be read."""
    return {rule.field: _value(row, rule, zone) for rule in entity.rules}


def _value(row: Any, rule: InRule, zone: ZoneInfo) -> str:
    if not rule.path:
        return _text(rule.constant)
    text = _text(at(row, rule.path))
    if rule.table:
        return _text(rule.table.get(text, text if rule.otherwise is None else rule.otherwise))
    if not rule.format or not text:
        return text
    try:
        moment = _moment(text, rule.format, zone)
    except (ValueError, OverflowError, OSError):
        raise ValueError(f"{'.'.join(rule.path)}: {text[:40]!r} is not written as {rule.format}") from None
    return str(round(moment.timestamp() * 1000)) if rule.field == "version" else moment.isoformat()


def _moment(text: str, written: str, zone: ZoneInfo) -> datetime:
    if written == "unix":
        return datetime.fromtimestamp(float(text), zone)
    moment = datetime.strptime(text, written)  # noqa: DTZ007 - the zone of the company is given in the next line
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case list():
            return "; ".join(filter(None, map(_text, value)))
        case dict():  # {"value": "+7…", "type": "work"}, as many APIs give numbers
            return _text(value.get("value"))
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return str(value).replace("\0", "")  # JSON may hold it, no text of PostgreSQL does
