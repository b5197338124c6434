"""`/settings/departments`: a tree of four levels, each department with its head, and what that head sees."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from tests.people.company import AddPerson
from tests.people.web import Browser
from trunkline.db.types import Pool
from trunkline.errors import InvalidInput
from trunkline.people.department import in_order, misplaced, read_department
from trunkline.people.roles import Role

HERE = "/settings/departments"
COMPANY, NORTH, SALES, GROUP, SOUTH, OTHER = (UUID(int=number) for number in range(1, 7))
ABOVE = {COMPANY: None, NORTH: COMPANY, SOUTH: COMPANY, SALES: NORTH, GROUP: SALES, OTHER: None}
LOOP, FIFTH = "it stands above that one itself", "more than 4 levels"


@pytest.mark.parametrize(
    ("one", "parent", "why"),
    [
        (OTHER, None, ""),
        (OTHER, SALES, ""),
        (OTHER, GROUP, FIFTH),
        (OTHER, UUID(int=99), "there is no such department"),
        (NORTH, SOUTH, FIFTH),  # with two below it
        (SALES, SOUTH, ""),
        (COMPANY, OTHER, FIFTH),
        (COMPANY, GROUP, LOOP),
        (NORTH, NORTH, LOOP),
        (UUID(int=50), SALES, ""),  # a new one
        (UUID(int=50), GROUP, FIFTH),
    ],
)
def test_where_one_may_stand(one: UUID, parent: UUID | None, why: str) -> None:
    told = misplaced(one, parent, ABOVE)
    assert why in told
    assert bool(why) == bool(told)


def test_in_order() -> None:
    assert in_order(ABOVE) == [(COMPANY, 0), (NORTH, 1), (SALES, 2), (GROUP, 3), (SOUTH, 1), (OTHER, 0)]


@pytest.mark.parametrize(
    ("field", "text"), [("name", " "), ("slug", "Отдел"), ("slug", ""), ("parent", "x"), ("head", "1")]
)
def test_mistakes_of_a_form(field: str, text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_department({"name": "Sales", "slug": "sales"} | {field: text})
    assert [mistake.path for mistake in caught.value.mistakes] == [field]


async def test_the_tree_is_built_and_a_loop_refused(administrator: Browser, pool: Pool, add_person: AddPerson) -> None:
    head = await add_person("head", Role.SUPERVISOR, name="Vera")
    levels: list[UUID] = []
    for slug in ("one", "two", "three", "four"):
        form = {"name": slug.title(), "slug": slug, "parent": str(levels[-1]) if levels else "", "head": str(head)}
        assert (await administrator.send(HERE, form, page=HERE)).status == 303
        levels.append(await pool.fetchval("select id from departments where slug = $1", slug))

    fifth = await administrator.send(HERE, {"name": "F", "slug": "five", "parent": str(levels[3])}, page=HERE)
    one = f"{HERE}/{levels[0]}"
    loop = await administrator.send(one, {"name": "One", "parent": str(levels[2])}, page=one)
    taken = await administrator.send(HERE, {"name": "F", "slug": "two"}, page=HERE)
    renamed = await administrator.send(one, {"name": "Company", "parent": "", "head": ""}, page=one)

    assert (fifth.status, FIFTH in await fifth.text()) == (422, True)
    assert (loop.status, LOOP in await loop.text()) == (422, True)
    assert (taken.status, "another department" in await taken.text()) == (422, True)
    assert renamed.status == 303
    text = await (await administrator.look(HERE)).text()
    places = [text.index(f">{name}</a>") for name in ("Company", "Two", "Three", "Four")]
    assert places == sorted(places)
    actions = await pool.fetch("select action from audit where object_kind = 'department'")
    assert sorted(row["action"] for row in actions) == ["department.added"] * 4 + ["department.changed"]


async def test_what_a_head_sees(pool: Pool, add_person: AddPerson) -> None:
    """What is of his department and below; others what they are given, and who stands in for him no more by that."""
    rows = [(one, str(one.int)) for one in ABOVE]
    await pool.executemany("insert into departments (id, slug, name) values ($1, $2, $2)", rows)
    await pool.executemany("update departments set parent_id = $2 where id = $1", list(ABOVE.items()))
    head, deputy = await add_person("head"), await add_person("deputy")
    wide = await add_person("wide", departments=frozenset({SALES}), departments_below=True)
    narrow = await add_person("narrow", departments=frozenset({SALES}))
    await pool.execute("update departments set head_id = $2 where id = $1", NORTH, head)

    async def seen() -> list[set[UUID]]:
        query = "select departments from person_identities where person_id = $1"
        return [set(await pool.fetchval(query, one)) for one in (head, deputy, wide, narrow)]

    assert await seen() == [{NORTH, SALES, GROUP}, set(), {SALES, GROUP}, {SALES}]
    now = datetime.now(UTC)
    hour = timedelta(hours=1)
    absence = "insert into absences (id, person_id, starts_at, ends_at, deputy_id) values ($1, $2, $3, $4, $5)"
    await pool.execute(absence, uuid4(), head, now - hour, now + hour, deputy)
    assert (await seen())[:2] == [{NORTH, SALES, GROUP}, set()]
