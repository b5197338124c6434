"""Nobody sees a lead outside his reach, by any list, count, export or chain; heads are told what is late below them."""

import io
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from aiohttp import ClientResponse

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
    "/leads/chain.xlsx?days=2": (frozenset({"late", "left", "closed"}), Right.CALLS_EXPORT),
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
            assert shown(leads, await text_of(answer)) == expected, (place, role, position)
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


async def text_of(answer: ClientResponse) -> str:
    """A page, or what stands in the cells of a workbook."""
    if not answer.content_type.startswith("application/vnd.openxmlformats"):
        return await answer.text()
    book = openpyxl.load_workbook(io.BytesIO(await answer.read()), read_only=True)
    return "\n".join(str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row)


#: What is posted of a lead; {id} is a lead, {near} one of his own, {person} a colleague.
FORMS: Mapping[str, Mapping[str, str]] = {
    "/leads/{id}/take": {},
    "/leads/{id}/pass": {"person": "{person}"},
    "/leads/{id}/change": {"title": "Mine", "stage": "mine", "next_call_at": ""},
    "/leads/{id}/close": {"reason": "won"},
    "/leads/{id}/stage": {"stage": "mine", "seen": "new"},
    "/leads/proposals#one": {"one": "{id}", "other": "{near}", "merge": "yes"},
    "/leads/proposals#other": {"one": "{near}", "other": "{id}", "merge": "yes"},
    "/leads/proposals#apart": {"one": "{near}", "other": "{id}", "merge": "no"},
    "/leads/orphans/give": {"kind": "lead", "subject": "{id}", "person": "{person}"},
}
BODIES: Mapping[str, Mapping[str, str]] = {
    "{id}/take": {},
    "{id}/pass": {"person": "{person}"},
    "{id}/change": {"title": "Mine"},
    "{id}/close": {"reason": "won"},
    "{id}/merge": {"other": "{near}"},
    "{near}/merge": {"other": "{id}"},
    "{id}/keep-apart": {"other": "{near}"},
    "{near}/keep-apart": {"other": "{id}"},
    "orphans/{id}/give": {"kind": "lead", "person": "{person}"},
}
ROWS = """select jsonb_agg(to_jsonb(lead) || to_jsonb(clock) order by lead.id)::text
    || (select count(*) from lead_pairs)::text || (select count(*) from orphans)::text
    from leads as lead join lead_clocks as clock on clock.lead_id = lead.id"""


async def test_nobody_acts_beyond_his_reach_or_learns_that_something_is_there(
    browser: Browser, pool: Pool, add_person: AddPerson, leads: list[Made]
) -> None:
    """A lead that is not in reach is answered as one that there is not."""
    person = await add_person("who", Role.SUPERVISOR, departments=frozenset({NORTH}))
    colleague = await add_person("colleague", departments=frozenset({SOUTH}))
    bearer = await token_of(pool, person)
    near = next(str(one.id) for one in leads if one.department == NORTH and one.kind == "late")
    far = [one for one in leads if one.department != NORTH]
    before = await pool.fetchval(ROWS)

    async with another(browser, await session_of(pool, browser.app, person)) as his:
        csrf = await his.token("/leads")

        async def answers(lead: UUID) -> list[object]:
            named = {"id": str(lead), "near": near, "person": str(colleague)}
            said: list[object] = []
            for path, form in FORMS.items():
                data = {name: text.format(**named) for name, text in form.items()} | {"csrf": csrf}
                answer = await his.post(path.partition("#")[0].format(**named), data=data, allow_redirects=False)
                toast = answer.cookies["toast"].value if "toast" in answer.cookies else ""
                text = (await answer.json())["message"] if answer.status == 404 else ""
                where = answer.headers.get("Location", "").replace(str(lead), "")
                said.append((path, answer.status, where, toast, text))
                assert answer.status in {303, 404}, path
            for path, body in BODIES.items():
                json = {name: text.format(**named) for name, text in body.items()}
                answer = await browser.post(f"/api/v1/leads/{path}".format(**named), json=json, headers=bearer)
                said.append((path, answer.status, (await answer.json())["message"]))
                assert answer.status == 404, path
            return said

        nothing = await answers(uuid4())
        for one in (next(lead for lead in far if lead.kind == kind) for kind in ("late", "left", "closed")):
            assert await answers(one.id) == nothing
    assert await pool.fetchval(ROWS) == before


async def test_an_orphan_is_whose_it_is_now(
    browser: Browser, pool: Pool, add_person: AddPerson, leads: list[Made]
) -> None:
    """It was passed on since the last look."""
    left = next(one for one in leads if one.department == NORTH and one.kind == "left")
    await pool.execute("update lead_clocks set departments = $2 where lead_id = $1", left.id, [SOUTH])
    give = {"kind": "lead", "person": str(await add_person("colleague"))}
    for department, status in ((NORTH, 404), (SOUTH, 204)):
        person = await add_person(str(status), Role.SUPERVISOR, departments=frozenset({department}))
        bearer = await token_of(pool, person)
        listed = await (await browser.get("/api/v1/leads/orphans", headers=bearer)).text()
        assert (str(left.id) in listed) is (status == 204)
        if status == 404:
            await pool.execute(ORPHANS["look"], datetime.now(UTC), 7)
            told = await pool.fetchval("select departments from orphans where subject = $1", left.id)
            assert told == [SOUTH], "whose heads are told"
        answer = await browser.post(f"/api/v1/leads/orphans/{left.id}/give", json=give, headers=bearer)
        assert answer.status == status, await answer.text()


async def test_who_merges_may_see_the_lead_no_more(
    browser: Browser, pool: Pool, add_person: AddPerson, leads: list[Made]
) -> None:
    """Everybody's lead of a colleague becomes that of a department which he sees his own lead of alone."""
    person = await add_person("who", Role.SUPERVISOR, departments=frozenset({NORTH}))
    colleague = await add_person("colleague")
    stays, goes = (
        next(one for one in leads if (one.department, one.kind) == (SOUTH, kind)) for kind in ("left", "late")
    )
    hers = "update lead_clocks set departments = '{}', taken_by = $2 where lead_id = $1"
    await pool.execute(hers, stays.id, colleague)
    earlier = "update leads set responsible_id = $2, opened_at = opened_at - interval '1 day' where id = $1"
    await pool.execute(earlier, stays.id, colleague)
    await pool.execute("update leads set responsible_id = $2 where id = $1", goes.id, person)
    bearer = await token_of(pool, person)

    answer = await browser.post(f"/api/v1/leads/{goes.id}/merge", json={"other": str(stays.id)}, headers=bearer)

    assert (answer.status, (await answer.json()).get("id")) == (200, str(stays.id))
    assert await pool.fetchval("select merged_into from lead_clocks where lead_id = $1", goes.id) == stays.id
    assert (await browser.get(f"/api/v1/leads/{stays.id}", headers=bearer)).status == 404


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
