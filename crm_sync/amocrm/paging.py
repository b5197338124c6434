"""Lists of an account in the order of changes, page by page. No I/O here.

Each page is asked for from the last change that was read: what is changed or deleted meanwhile shifts nothing past us,
as it would with pages alone. Several that changed in one second are told apart by pages. 250 a page (crm.md §3.1).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from crm_sync.amocrm.wire import Query
from crm_sync.answer import Strange

PAGE: Final = 250
MOST_SECONDS: Final = 2**33
"""In the year 2242: a second beyond is no change that pages could go on from."""
_PAGES: Final = 1000


def page_of(start: int, cursor: int) -> Query:
    """From the second `start` on behind `cursor`: 0, or what `next_page` gave last."""
    at, page = _place(start, cursor)
    first: Query = [("filter[updated_at][from]", at)] if at > 0 else []
    return [*first, ("order[updated_at]", "asc"), ("limit", PAGE), ("page", page)]


def next_page(result: Any, rows: Sequence[Mapping[str, Any]], start: int, cursor: int) -> tuple[int | None, int]:
    """The cursor of the page behind this one, None for the last, and the second of its last change.

    Raises Strange where the rows are not in the order of their changes, which pages go on by.
    """
    at, page = _place(start, cursor)
    last = at
    for row in rows:
        moment = row.get("updated_at")
        if isinstance(moment, int) and moment <= MOST_SECONDS:
            if moment < last:
                raise Strange("the account's records are not in the order of their changes")
            last = moment
    if not rows or (len(rows) < PAGE and not _has_next(result)):
        return None, last
    at, page = (last, 1) if last > at else (at, page + 1)
    if page >= _PAGES:
        raise Strange("the account shows too many records that changed in one second")
    return at * _PAGES + page, last


def _place(start: int, cursor: int) -> tuple[int, int]:
    """From which second, and which page of those from there on."""
    return divmod(cursor, _PAGES) if cursor else (max(0, start), 1)


def _has_next(result: Any) -> bool:
    links = result.get("_links") if isinstance(result, dict) else None
    return isinstance(links, dict) and bool(links.get("next"))
