"""Reads the small tables of the directory from PostgreSQL."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from trunkline.calls.names import NameStyle
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
    LineMode,
    OutgoingBrief,
    OverrideBrief,
    OverrideKind,
    PbxBrief,
    PresenceBrief,
    QueueBrief,
    QueueMember,
    SpamBrief,
    TrunkBrief,
)
from trunkline.pbx.hooks.providers import PROVIDERS
from trunkline.pbx.notice import Notice, NoticeWhen, Way
from trunkline.presence.state import Absence, Manual, ManualState, Shift

_SQL = load_queries("trunkline.directory")
_STYLES = {style.value: style for style in NameStyle}


async def read_head(connection: Connection) -> Head:
    """All of them as the transaction this runs in sees them."""
    pbxs = await _pbxs(connection)
    agents = [
        AgentBrief(**{**row, "names": _STYLES.get(row["names"])}) for row in await connection.fetch(_SQL["head_agents"])
    ]
    queues = [
        QueueBrief(i, name, target, strategy, department, tuple(map(QueueMember, members, penalties)))
        for i, name, target, strategy, department, members, penalties in await connection.fetch(_SQL["head_queues"])
    ]
    departments = [DepartmentBrief(*row) for row in await connection.fetch(_SQL["head_departments"])]
    notices = await _notices(connection)
    lines = [_line(row, notices) for row in await connection.fetch(_SQL["head_lines"])]
    aliases = {row["alias"]: row["number"] for row in await connection.fetch(_SQL["head_aliases"])}
    plan = await connection.fetchrow(_SQL["head_plan"])
    body = plan["body"].encode() if plan else b""
    year = dt.datetime.now(dt.UTC).year
    return Head(
        pbxs={pbx.id: pbx for pbx in pbxs},
        agents={agent.id: agent for agent in agents},
        queues={queue.id: queue for queue in queues},
        departments={department.slug: department for department in departments},
        lines={line.number: line for line in lines},
        calendar=completed(await _calendar(connection), _countries(body), (year - 1, year, year + 1)),
        plan=body,
        plan_version=plan["version"] if plan else 0,
        aliases=aliases,
        spam=await _spam(connection),
        presence=await _presence(connection),
        outgoing=await _outgoing(connection),
        overrides=await _overrides(connection),
    )


async def _pbxs(connection: Connection) -> list[PbxBrief]:
    return [
        PbxBrief(
            i,
            k,
            d,
            tuple(t),
            tuple(a),
            _STYLES.get(n, NameStyle.UTF8),
            (settings or "{}").encode(),
            secrets or b"",
        )
        for i, k, d, t, a, n, settings, secrets in await connection.fetch(_SQL["head_pbxs"], [*PROVIDERS])
    ]


async def _outgoing(connection: Connection) -> OutgoingBrief:
    rules = await connection.fetchrow(_SQL["head_outgoing_rules"])
    return OutgoingBrief(
        tuple(TrunkBrief(*row) for row in await connection.fetch(_SQL["head_trunks"])),
        tuple(CarriedBrief(*row) for row in await connection.fetch(_SQL["head_carried"])),
        tuple(LabelBrief(*row) for row in await connection.fetch(_SQL["head_labels"])),
        *(rules or ()),
    )


async def _spam(connection: Connection) -> SpamBrief:
    personal = await connection.fetch(_SQL["head_spam_personal"])
    ranges = await connection.fetch(_SQL["head_spam_ranges"])

    def blocks(kind: str) -> dict[str, int]:
        return {row["prefix"]: row["votes"] for row in ranges if row["kind"] == kind}

    return SpamBrief(
        allowed={row["number"]: row["until"] for row in await connection.fetch(_SQL["head_spam_allow"])},
        spoken={row["number"]: row["until"] for row in await connection.fetch(_SQL["head_spam_spoken"])},
        personal={row["prefix"]: row["treatment"] for row in personal if row["whole"]},
        patterns={row["prefix"]: row["treatment"] for row in personal if not row["whole"]},
        tens=blocks("ten"),
        hundreds=blocks("hundred"),
        prefixes=blocks("prefix"),
    )


def _line(row: Any, notices: Mapping[str, tuple[Notice, ...]]) -> LineBrief:
    return LineBrief(**{**row, "mode": LineMode(row["mode"])}, notices=notices.get(row["number"], ()))


async def _notices(connection: Connection) -> dict[str, tuple[Notice, ...]]:
    """What each line plays now."""
    found: defaultdict[str, tuple[Notice, ...]] = defaultdict(tuple)
    for number, way, version, when, *rest in await connection.fetch(_SQL["head_notices"]):
        found[number] += (Notice(Way(way), version, NoticeWhen(when), *rest),)
    return found


async def _presence(connection: Connection) -> dict[UUID, PresenceBrief]:
    absences: defaultdict[UUID, list[Absence]] = defaultdict(list)
    for person, *absence in await connection.fetch(_SQL["head_absences"]):
        absences[person].append(Absence(*absence))
    weeks: defaultdict[UUID, dict[int, tuple[Shift, ...]]] = defaultdict(dict)
    for person, monday, hours in await connection.fetch(_SQL["head_weeks"]):
        weeks[person][monday.toordinal()] = msgspec.json.decode(hours, type=tuple[Shift, ...])
    return {
        person: PresenceBrief(
            Manual(ManualState(state), reason, return_at),
            tuple(absences[person]),
            tuple(map(Shift, weekdays, opens, closes)),
            weeks.get(person, {}),
        )
        for person, state, reason, return_at, weekdays, opens, closes in await connection.fetch(_SQL["head_presence"])
    }


async def _calendar(connection: Connection) -> dict[str, dict[dt.date, DayKind]]:
    days: defaultdict[str, dict[dt.date, DayKind]] = defaultdict(dict)
    for country, day, kind in await connection.fetch(_SQL["head_calendar"]):
        days[country][day] = DayKind(kind)
    return dict(days)


async def _overrides(connection: Connection) -> tuple[OverrideBrief, ...]:
    return tuple(
        OverrideBrief(branch, first, last, OverrideKind(kind), until, tuple(hours))
        for branch, first, last, kind, until, hours in await connection.fetch(_SQL["head_overrides"])
    )


class _BranchCountry(msgspec.Struct):
    country: str = ""


class _PlanCountries(msgspec.Struct):
    country: str = "RU"
    branches: dict[str, _BranchCountry] = {}


def _countries(plan: bytes) -> set[str]:
    """Whose calendars the plan asks for; router/plan.py has the same default."""
    try:
        asked = msgspec.json.decode(plan, type=_PlanCountries)
    except msgspec.DecodeError:
        asked = _PlanCountries()
    return {asked.country, *(branch.country for branch in asked.branches.values())} - {""}
