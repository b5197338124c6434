"""Reads the small tables of the directory from PostgreSQL."""

import datetime as dt
from collections import defaultdict

import msgspec

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.directory.calendar import completed
from trunkline.directory.values import (
    AgentBrief,
    CarriedBrief,
    DayKind,
    DepartmentBrief,
    Head,
    LabelBrief,
    LineBrief,
    OutgoingBrief,
    PbxBrief,
    QueueBrief,
    QueueMember,
    TrunkBrief,
)

_SQL = load_queries("trunkline.directory")


async def read_head(connection: Connection) -> Head:
    """All of them as the transaction this runs in sees them."""
    pbxs = [PbxBrief(i, k, d, tuple(t), tuple(a)) for i, k, d, t, a in await connection.fetch(_SQL["head_pbxs"])]
    agents = [AgentBrief(*row) for row in await connection.fetch(_SQL["head_agents"])]
    queues = [
        QueueBrief(i, name, target, strategy, department, tuple(map(QueueMember, members, penalties)))
        for i, name, target, strategy, department, members, penalties in await connection.fetch(_SQL["head_queues"])
    ]
    departments = [DepartmentBrief(*row) for row in await connection.fetch(_SQL["head_departments"])]
    lines = [LineBrief(*row) for row in await connection.fetch(_SQL["head_lines"])]
    plan = await connection.fetchrow(_SQL["head_plan"])
    body = plan["body"].encode() if plan else b""
    year = dt.datetime.now(dt.UTC).year
    return Head(
        pbxs={pbx.id: pbx for pbx in pbxs},
        agents={agent.id: agent for agent in agents},
        queues={queue.id: queue for queue in queues},
        departments={department.slug: department for department in departments},
        lines={line.number: line for line in lines},
        calendar=completed(await _calendar(connection), {_country(body)}, (year, year + 1)),
        plan=body,
        plan_version=plan["version"] if plan else 0,
        outgoing=await _outgoing(connection),
    )


async def _outgoing(connection: Connection) -> OutgoingBrief:
    rules = await connection.fetchrow(_SQL["head_outgoing_rules"])
    return OutgoingBrief(
        tuple(TrunkBrief(*row) for row in await connection.fetch(_SQL["head_trunks"])),
        tuple(CarriedBrief(*row) for row in await connection.fetch(_SQL["head_carried"])),
        tuple(LabelBrief(*row) for row in await connection.fetch(_SQL["head_labels"])),
        *(rules or ()),
    )


async def _calendar(connection: Connection) -> dict[str, dict[dt.date, DayKind]]:
    days: defaultdict[str, dict[dt.date, DayKind]] = defaultdict(dict)
    for country, day, kind in await connection.fetch(_SQL["head_calendar"]):
        days[country][day] = DayKind(kind)
    return dict(days)


class _PlanCountry(msgspec.Struct):
    country: str = "RU"


def _country(plan: bytes) -> str:
    """Whose calendar the plan asks for; router/plan.py has the same default."""
    try:
        return msgspec.json.decode(plan, type=_PlanCountry).country
    except msgspec.DecodeError:
        return _PlanCountry().country
