"""The company's rules of visits: one row that people change."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake
from trunkline.people.audit import Actor, Deed, difference, record
from trunkline.web.i18n import gettext as _

SQL: Final = load_queries("trunkline.visits")
LIMITS: Final[Mapping[str, tuple[int, int]]] = {
    "minutes": (5, 720),
    "step_minutes": (5, 240),
    "notice_minutes": (0, 20_160),
    "days": (1, 60),
}


class VisitRules(msgspec.Struct, frozen=True):
    """How long a visit is, how often one may begin, how soon at the earliest, how many days ahead."""

    minutes: int = 60
    step_minutes: int = 30
    notice_minutes: int = 120
    days: int = 14


async def read_rules(connection: Connection) -> VisitRules:
    """The rules in force."""
    row = await connection.fetchrow(SQL["read_rules"])
    return VisitRules(**dict(row)) if row else VisitRules()


def read_form(sent: Mapping[str, str]) -> VisitRules:
    """What the fields of the form say; raises InvalidInput with every mistake."""
    numbers: dict[str, int] = {}
    mistakes = []
    for field, (least, most) in LIMITS.items():
        text = sent.get(field, "")
        if text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most:
            numbers[field] = int(text)
        else:
            told = _("must be a whole number from %(least)s to %(most)s")
            mistakes.append(Mistake(field, told % {"least": least, "most": most}))
    if mistakes:
        raise InvalidInput(*mistakes)
    return VisitRules(**numbers)


async def save_rules(connection: Connection, rules: VisitRules, actor: Actor, now: datetime) -> None:
    """Put checked rules in force, told to the audit log; call it in a transaction."""
    await connection.execute(SQL["hold_rules"])
    was, became = (msgspec.to_builtins(one) for one in (await read_rules(connection), rules))
    before, after = difference(was, became)
    if after:
        await connection.execute(SQL["save_rules"], *msgspec.structs.astuple(rules))
        await record(connection, actor, Deed("visits.rules_changed", "visits", "rules", before, after), now)
