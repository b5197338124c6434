"""Leads of a tag or a category, and every list with its tags."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from trunkline.db.types import Connection
from trunkline.leads.reading import PAGE, Asker, LeadRow, Show, lead_row, list_leads, reach_of, worded
from trunkline.leads.tag_rules import SQL
from trunkline.web.i18n import gettext as _
from trunkline.web.paging import Page, page_of


@dataclass(frozen=True, slots=True)
class Marked:
    """Leads of a tag, of a category; empty for any."""

    tag: str = ""
    category: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Marked":
        """What a query asks for."""
        return cls(*(query.get(name, "").replace("\0", "").strip()[:100] for name in ("tag", "category")))


async def list_marked(
    connection: Connection,
    asker: Asker,
    show: Show,
    marked: Marked,
    after: tuple[datetime, UUID] | None = None,
    size: int = PAGE,
) -> Page[LeadRow]:
    """As list_leads, of those that are so marked."""
    if marked == Marked():
        found = await list_leads(connection, asker, show, after, size)
        return Page(await worded(connection, found.rows), found.next_cursor)
    behind = after or (None, None)
    asked_of = ([marked.tag] if marked.tag else [], marked.category)
    sorted_by = "closed_at" if show is Show.CLOSED else "due_at"
    if show is Show.CLOSED:
        rows = await connection.fetch(SQL["list_marked_closed"], *reach_of(asker), *behind, size + 1, *asked_of)
    else:
        asked = (show is Show.MINE, show is Show.UNTAKEN, asker.now if show is Show.OVERDUE else None)
        rows = await connection.fetch(SQL["list_marked"], *reach_of(asker), *asked, *behind, size + 1, *asked_of)
    page = page_of(rows, size, lambda row: (row[sorted_by], row["id"]))
    return Page(await worded(connection, [lead_row(row, asker) for row in page.rows]), page.next_cursor)


def choices(given: Sequence[str], chosen: str) -> list[tuple[str, str]]:
    """What may be chosen, with what is, though no rule gives it any more."""
    return [("", _("any")), *((one, one) for one in dict.fromkeys([*given, chosen]) if one)]
