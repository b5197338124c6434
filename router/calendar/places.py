"""The company, its branches and its queues as they are now: open or closed, and until when. No I/O here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from router.clocks import branch_clock, company_clock, next_change, queue_clock
from router.hours import Clock, Moment
from router.plan import Plan
from trunkline.directory.intervals import shown
from trunkline.directory.values import Head


@dataclass(frozen=True, slots=True)
class PlaceNow:
    """One place: `kind` is company, branch or queue; `goes_by` whose hours a queue keeps (empty: the company's), None
    where they are its own.
    """

    kind: str
    name: str
    title: str
    goes_by: str | None
    zone: str
    today: date
    moment: Moment
    hours: str
    """Today's; empty: closed all day."""
    change: datetime | None


def places_now(plan: Plan, head: Head, queues: Mapping[str, str], now: float) -> list[PlaceNow]:
    """All of them; `queues` are titles by name."""
    return list(_places(plan, head, queues, now))


def _places(plan: Plan, head: Head, queues: Mapping[str, str], now: float) -> Iterator[PlaceNow]:
    common = company_clock(plan, head)
    yield _place("company", "", "", None, common, now)
    for name in plan.branches:
        yield _place("branch", name, title_of(plan, name), None, branch_clock(plan, name, head), now)
    for name, title in queues.items():
        own = plan.queues.get(name)
        clock = queue_clock(plan, own, head) if own else common
        has_hours = own is not None and own.hours is not None and any(own.hours.week)
        goes_by = "" if own is None else None if has_hours else own.branch
        yield _place("queue", name, title, goes_by, clock, now)


def title_of(plan: Plan, branch: str) -> str:
    """What people call a branch; one that is no more has its short name left."""
    known = plan.branches.get(branch)
    return (known.name if known else "") or branch


def _place(kind: str, name: str, title: str, goes_by: str | None, clock: Clock, now: float) -> PlaceNow:
    today = datetime.fromtimestamp(now, clock.zone).date()
    hours = shown(clock.on(today)[1])
    return PlaceNow(kind, name, title, goes_by, clock.zone.key, today, clock.at(now), hours, next_change(clock, now))
