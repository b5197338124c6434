"""Nobody sees a lead outside his reach, by any list, count, export or chain; heads are told what is late below them."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from tests.people.company import AddPerson
from tests.people.web import Browser, another, session_of
from tests.web.composed import token_of
from trunkline.db.types import Pool
from trunkline.leads.orphans import ORPHANS
from trunkline.leads.touching import SQL
from trunkline.people.roles import ROLE_RIGHTS, Right, Role
from trunkline.web.human import phone as human

COMPANY, NORTH, SALES, GROUP, SOUTH = (UUID(int=number) for number in range(1, 6))
TREE = {COMPANY: None, NORTH: COMPANY, SALES: NORTH, GROUP: SALES, SOUTH: COMPANY}
LINE, VIP = uuid4(), ["vip"]
BELOW_NORTH, EVERYWHERE = frozenset({NORTH, SALES, GROUP}), frozenset(TREE)


class Position(NamedTuple):
    """Where somebody stands, and of which departments he sees leads. He has a lead of his own in the south."""

    sees: frozenset[UUID]
    scope: Mapping[str, Any]
    heads: UUID | None = None
    line: bool = True


POSITIONS = {
    "own": Position(frozenset(), {}),
    "department": Position(frozenset({NORTH}), {"departments": frozenset({NORTH})}),
    "below": Position(BELOW_NORTH, {"departments": frozenset({NORTH}), "departments_below": True}),
    "all": Position(EVERYWHERE, {"every_department": True}),
    "head": Position(BELOW_NORTH, {}, NORTH),
    "head of all": Position(EVERYWHERE, {}, COMPANY),
    "head without the line": Position(BELOW_NORTH, {"every_line": False}, NORTH, line=False),
}


class Made(NamedTuple):
    """A lead of the table."""

    id: UUID
    title: str
    phone: str
    kind: str
    department: UUID
    line: UUID | None


async def add_lead(pool: Pool, number: int, kind: str, department: UUID, line: UUID | None = None) -> Made:
    """Untaken and late, taken by nobody who works here, or closed."""
    made = Made(uuid4(), f"Wish-{number:02}", f"+7916100{number:04}", kind, department, line)
    now = datetime.now(UTC)
    await pool.execute(
        "insert into leads (id, source, external_id, phone, title, opened_at, closed_at, direction, email)"
        " values ($1::uuid, 'call', $1::text, $2, $3, $4, $5, 'Windows', $6)",
        made.id, made.phone, made.title, now - timedelta(hours=2), now if kind == "closed" else None,
        "one@example.com" if kind == "late" else None,
    )  # fmt: skip
    taken = None if kind == "late" else now
    await pool.execute(
        "insert into lead_clocks"
        " (lead_id, phone, departments, line_id, take_by, call_by, taken_at, called_at, closed_at, tags)"
        " values ($1, $2, $3, $4, $5, $5, $6, $6, $7, $8)",
        made.id, made.phone, [department], line, now, taken, now if kind == "closed" else None, VIP,
    )  # fmt: skip
    return made


@pytest.fixture
async def leads(pool: Pool) -> list[Made]:
    await tree(pool)
    await pool.execute("insert into lines (id, number, name) values ($1, '+74951234567', 'Main')", LINE)
    kinds = [(kind, department) for department in TREE for kind in ("late", "left", "closed")]
    made = [await add_lead(pool, number, *of) for number, of in enumerate(kinds, 1)]
    made.append(await add_lead(pool, 30, "late", NORTH, LINE))
    await pool.execute(ORPHANS["look"], datetime.now(UTC), 7)
    return made


async def tree(pool: Pool) -> None:
    await pool.executemany("insert into departments (id, slug, name) values ($1, $2, $2)", [(d, str(d)) for d in TREE])
    await pool.executemany("update departments set parent_id = $2 where id = $1", list(TREE.items()))


#: What each place shows: kinds of leads, and the right it needs.
PLACES: Mapping[str, tuple[frozenset[str], Right]] = {
    "/leads": (frozenset({"late", "left"}), Right.LEADS_READ),
    "/leads?show=untaken": (frozenset({"late"}), Right.LEADS_READ),
    "/leads?show=overdue": (frozenset({"late"}), Right.LEADS_READ),
    "/leads?show=closed": (frozenset({"closed"}), Right.LEADS_READ),
    "/leads?tag=vip": (frozenset({"late", "left"}), Right.LEADS_READ),
    "/leads?tag=vip&show=closed": (frozenset({"closed"}), Right.LEADS_READ),
    "/leads?view=board": (frozenset({"late", "left"}), Right.LEADS_READ),
    "/leads?view=calendar&span=week&day={day}": (frozenset({"late"}), Right.LEADS_READ),
    "/leads/proposals": (frozenset({"late"}), Right.LEADS_READ),
    "/leads/orphans": (frozenset({"left"}), Right.PRESENCE_OTHERS),
    "/leads/chain?days=2": (frozenset({"late", "left", "closed"}), Right.REPORTS_READ),
    "/leads/chain.csv?days=2": (frozenset({"late", "left", "closed"}), Right.CALLS_EXPORT),
}


@pytest.mark.parametrize("position", POSITIONS)
@pytest.mark.parametrize("role", Role)
async def test_nobody_sees_beyond_his_reach(
    browser: Browser, pool: Pool, add_person: AddPerson, leads: list[Made], role: Role, position: str
) -> None:
    at = POSITIONS[position]
    person = await add_person("who", role, **at.scope)
    await pool.execute("update departments set head_id = $2 where id = $1", at.heads, person)
    own = await add_lead(pool, 40, "late", SOUTH)
    await pool.execute("update leads set responsible_id = $2 where id = $1", own.id, person)
    leads = [*leads, own]
    reach = {one.title for one in leads if one == own or (one.department in at.sees and (at.line or one.line is None))}
    today = datetime.now(ZoneInfo("Europe/Moscow")).date().isoformat()

    async with another(browser, await session_of(pool, browser.app, person)) as his:
        for place, (kinds, right) in PLACES.items():
            answer = await his.look(place.format(day=today))
            if right not in ROLE_RIGHTS[role]:
                assert answer.status == 403, place
                continue
            expected = {one.title for one in leads if one.kind in kinds and one.title in reach}
            if place == "/leads/proposals" and len(expected) < 2:
                expected = set()
            assert shown(leads, await answer.text()) == expected, (place, role, position)
        waiting = sum(one.kind == "late" and one.title in reach for one in leads)
        count = await (await his.look("/leads/count")).text()
        assert re.findall(r">(\d+)<", count) == [str(waiting)], count


@pytest.mark.parametrize("position", POSITIONS)
async def test_no_program_reads_beyond_its_owners_reach(
    browser: Browser, pool: Pool, add_person: AddPerson, leads: list[Made], position: str
) -> None:
    at = POSITIONS[position]
    person = await add_person("who", Role.SUPERVISOR, **at.scope)
    await pool.execute("update departments set head_id = $2 where id = $1", at.heads, person)
    bearer = await token_of(pool, person)

    async with another(browser, await session_of(pool, browser.app, person)) as his:
        for one in leads:
            seen = one.department in at.sees and (at.line or one.line is None)
            answers = (await his.look(f"/leads/{one.id}"), await browser.get(f"/api/v1/leads/{one.id}", headers=bearer))
            assert [answer.status for answer in answers] == [200 if seen else 404] * 2, (one, position)
    listed = await (await browser.get("/api/v1/leads?limit=100", headers=bearer)).text()
    assert shown(leads, listed) == {
        one.title
        for one in leads
        if one.kind != "closed" and one.department in at.sees and (at.line or one.line is None)
    }


def shown(leads: list[Made], text: str) -> set[str]:
    return {one.title for one in leads if one.title in text or human(one.phone) in text or one.phone in text}


@pytest.mark.parametrize(
    ("heads", "told"),
    [
        ({"group": GROUP, "north": NORTH, "company": COMPANY}, {"group"}),
        ({"north": NORTH, "company": COMPANY}, {"north"}),  # upwards, where there is none
        ({"company": COMPANY}, {"company"}),
        ({"south": SOUTH}, {"supervisor"}),  # nobody heads it or what is above it: who has it in reach
        ({"left": GROUP, "north": NORTH}, {"north"}),
        ({"elsewhere": GROUP, "north": NORTH}, {"north"}),  # its line is none of his
        ({}, {"supervisor"}),
    ],
)
async def test_the_nearest_head_is_told(
    pool: Pool, add_person: AddPerson, heads: Mapping[str, UUID], told: set[str]
) -> None:
    await tree(pool)
    await pool.execute("insert into lines (id, number, name) values ($1, '+74951234567', 'Main')", LINE)
    await add_person("supervisor", Role.SUPERVISOR, departments=frozenset({GROUP}))
    await add_person("root", Role.ADMINISTRATOR, every_department=True)
    for login, department in heads.items():
        person = await add_person(login, every_line=login != "elsewhere")
        await pool.execute("update departments set head_id = $2 where id = $1", department, person)
    await pool.execute("update people set active = false where login = 'left'")
    lead = await add_lead(pool, 1, "late", GROUP, LINE)

    rows = await pool.fetch(SQL["heads_of"], lead.id, [Role.SUPERVISOR, Role.ADMINISTRATOR])

    names = await pool.fetch("select login from people where id = any ($1)", [row["person_id"] for row in rows])
    assert {row["login"] for row in names} == told


@pytest.mark.parametrize(("sees", "told"), [(frozenset({GROUP}), "deputy"), (frozenset({SOUTH}), "chief")])
async def test_who_stands_in_is_told_where_he_sees_it(
    pool: Pool, add_person: AddPerson, sees: frozenset[UUID], told: str
) -> None:
    """Else a supervisor could widen what he sees: he says for others who stands in for them."""
    await tree(pool)
    chief, head, deputy = (
        await add_person("chief"),
        await add_person("head"),
        await add_person("deputy", departments=sees),
    )
    heads = "update departments set head_id = case when id = $1 then $2::uuid else $4 end where id in ($1, $3)"
    await pool.execute(heads, GROUP, head, COMPANY, chief)
    now, hour = datetime.now(UTC), timedelta(hours=1)
    absence = "insert into absences (id, person_id, starts_at, ends_at, deputy_id) values ($1, $2, $3, $4, $5)"
    await pool.execute(absence, uuid4(), head, now - hour, now + hour, deputy)
    lead = await add_lead(pool, 1, "late", GROUP)

    rows = await pool.fetch(SQL["heads_of"], lead.id, [Role.SUPERVISOR])

    assert [row["person_id"] for row in rows] == [{"deputy": deputy, "chief": chief}[told]]
