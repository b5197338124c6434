"""`/api/v1/reports/agents` and `/callbacks`, for programs."""

from datetime import UTC, date, datetime
from functools import partial
from uuid import UUID

import msgspec
from aiohttp import web

from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake
from trunkline.missed.rules import read_rules
from trunkline.people.roles import Right
from trunkline.reports.agents import MOST_DAYS, Work
from trunkline.reports.callbacks import Callbacks
from trunkline.reports.days import asked_days
from trunkline.reports.people_store import agent_sheets, callbacks
from trunkline.reports.reading import read
from trunkline.reports.selling import Sales, WideSheet, sales_days, widened
from trunkline.web.auth import signed_in
from trunkline.web.body import json_answer
from trunkline.web.render import reader_of


class WorkFigures(msgspec.Struct, frozen=True):
    """Calls with clients; `in_time_share` is of all that rang for the agent and was not taken by another."""

    answered: int
    answered_in_time: int
    in_time_share: float | None
    missed: int
    placed: int
    reached: int
    talks: int
    talk_seconds: float
    average_talk_seconds: float | None


class SalesFigures(msgspec.Struct, frozen=True):
    """Leads taken; deals won and sums paid of leads he took (`_led`), and of deals he is responsible for.

    Sums are null without `money.read`.
    """

    leads_taken: int
    deals_won_led: int
    deals_won: int
    paid_led: float | None
    paid: float | None


class DayFigures(msgspec.Struct, frozen=True):
    """One day's work."""

    day: date
    work: WorkFigures
    sales: SalesFigures


class AgentFigures(msgspec.Struct, frozen=True):
    """One agent; `person_id` is null where the extension is nobody's."""

    person_id: UUID | None
    name: str
    extension: str
    work: WorkFigures
    sales: SalesFigures
    days: list[DayFigures]


class AgentsReport(msgspec.Struct, frozen=True):
    """Agents from one day to another, both included."""

    since: date
    until: date
    answer_seconds: int
    agents: list[AgentFigures]


class CallbackFigures(msgspec.Struct, frozen=True):
    """Clients missed on one line, in one queue, on one day, or all; times in seconds."""

    key: str
    clients: int
    called_back: int
    got_through: int
    closed_by_hand: int
    aged: int
    waiting: int
    median_seconds: float | None
    p90_seconds: float | None
    promises_due: int
    promises_kept: int
    kept_share: float | None


class CallbacksReport(msgspec.Struct, frozen=True):
    """How soon clients first missed from one day to another, both included, were called back."""

    since: date
    until: date
    total: CallbackFigures
    lines: list[CallbackFigures]
    queues: list[CallbackFigures]
    days: list[CallbackFigures]


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.get("/api/v1/reports/agents", show_agents), web.get("/api/v1/reports/callbacks", show_callbacks)]


async def show_agents(request: web.Request) -> web.Response:
    """`GET ?days= | ?since=&until=`: sheets within the reach; without reports.read the token's owner's alone."""
    days = asked_days(request.query, datetime.now(UTC), reader_of(request).timezone)
    if (days.after - days.first).days > MOST_DAYS:
        raise InvalidInput(Mistake("days", f"at most {MOST_DAYS} days at once"))
    identity = signed_in(request)

    async def told(connection: Connection) -> tuple[list[WideSheet], int]:
        seconds = (await read_rules(connection)).answer_seconds
        sheets = await agent_sheets(connection, days, identity, seconds)
        return widened(sheets, await sales_days(connection, days, identity)), seconds

    sheets, seconds = await read(request, told)
    money = identity.holds(Right.MONEY_READ)
    agents = [_agent(one, money=money) for one in sheets]
    return json_answer(AgentsReport(days.first, days.last, seconds, agents))


async def show_callbacks(request: web.Request) -> web.Response:
    """`GET ?days= | ?since=&until=`: by line, queue and day."""
    now = datetime.now(UTC)
    days = asked_days(request.query, now, reader_of(request).timezone)
    told = await read(request, partial(callbacks, days=days, reach=signed_in(request).reach(), now=now))
    return json_answer(
        CallbacksReport(
            since=days.first,
            until=days.last,
            total=_callbacks(told.total),
            lines=[_callbacks(one) for one in told.lines],
            queues=[_callbacks(one) for one in told.queues],
            days=[_callbacks(one) for one in told.days],
        )
    )


def _agent(one: WideSheet, *, money: bool) -> AgentFigures:
    sheet = one.sheet
    nobody = sheet.agent == sheet.extension
    return AgentFigures(
        None if nobody else UUID(sheet.agent),
        sheet.name,
        sheet.extension,
        _work(sheet.work),
        _sales(one.sales, money=money),
        [DayFigures(day, _work(work), _sales(sales, money=money)) for day, work, sales in one.days],
    )


def _sales(sales: Sales, *, money: bool) -> SalesFigures:
    sums = (round(sales.paid_led, 2), round(sales.paid, 2)) if money else (None, None)
    return SalesFigures(sales.taken, sales.won_led, sales.won, *sums)


def _work(work: Work) -> WorkFigures:
    return WorkFigures(
        work.answered,
        work.in_time,
        work.in_time_share,
        work.missed,
        work.placed,
        work.reached,
        work.talks,
        round(work.talk_seconds, 1),
        work.average_talk,
    )


def _callbacks(one: Callbacks) -> CallbackFigures:
    return CallbackFigures(
        one.key,
        one.clients,
        one.called_back,
        one.got_through,
        one.by_hand,
        one.aged,
        one.waiting,
        one.median,
        one.p90,
        one.due,
        one.kept,
        one.share,
    )
