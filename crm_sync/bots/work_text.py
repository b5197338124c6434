"""A work (delivery, installation) as the text of a message, and what may become of it. No I/O here."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final, NamedTuple

from crm_sync.bots.buttons import Action
from trunkline.web.human import day, phone
from trunkline.web.i18n import Reader, mark
from trunkline.web.i18n import gettext as _

_LONGEST_LINE: Final = 200

KINDS: Final[Mapping[str, str]] = {"delivery": mark("Delivery"), "installation": mark("Installation")}
STATUSES: Final[Mapping[str, str]] = {
    "planned": mark("planned"),
    "begun": mark("under way"),
    "done": mark("work done"),
    "failed": mark("did not come off"),
}
NEXT: Final[Mapping[str, tuple[Action, ...]]] = {
    "planned": (Action.BEGUN, Action.DONE, Action.FAILED),
    "begun": (Action.DONE, Action.FAILED),
    "done": (),
    "failed": (Action.BEGUN, Action.DONE),
}
"""What a foreman may make of each status."""
LABELS: Final[Mapping[Action, str]] = {
    Action.BEGUN: mark("On my way"),
    Action.DONE: mark("It is done"),
    Action.FAILED: mark("It did not come off"),
}


class WorkNow(NamedTuple):
    """A row of a work (posts.sql), for its foreman or for who was it; who may not read contacts sees none."""

    row: Any
    is_his: bool
    sees_contacts: bool
    today: date
    reader: Reader


def text_of(one: WorkNow) -> str:
    """The whole message."""
    if not one.is_his:
        return head_of(one.row) + "\n" + _("It is somebody else's now.")
    row = one.row
    due = day(row["due_on"], one.today, one.reader) if row["due_on"] else ""
    client = (row["contact"], phone(row["phone"]) if row["phone"] else "") if one.sees_contacts else ()
    lines = (f"{head_of(row)} · {standing_of(row)}", due, row["title"], row["address"], *client)
    return "\n".join(_cut(line) for line in lines if line)


def head_of(row: Any) -> str:
    """What it is, of which order."""
    kind, number = KINDS[row["kind"]], row["order_number"]
    order = _("order %(number)s") % {"number": number} if number else ""
    return " · ".join(part for part in (_(kind), order) if part)


def standing_of(row: Any) -> str:
    """Its status in words."""
    word = STATUSES[row["status"]]
    return _(word)


def _cut(line: str) -> str:
    line = " ".join(line.split())
    return line if len(line) <= _LONGEST_LINE else f"{line[: _LONGEST_LINE - 1]}…"
