"""Free times by hours, calendar and days off; visits booked, moved and cancelled; two at once never the same person."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec
import pytest
from icalendar import Calendar

from tests.people.company import AddPerson
from tests.visits.conftest import ACTOR, MORNING, booker
from trunkline.db.types import Pool
from trunkline.errors import InvalidInput, NotFound
from trunkline.experts.question import AskBody
from trunkline.notices.notice import VISITS
from trunkline.notices.store import count_open
from trunkline.visits.own_calendar import calendar_of, make_link, owner_of, remove_link
from trunkline.visits.rules import VisitRules, read_form, read_rules, save_rules
from trunkline.visits.store import book, cancel, find_visit, list_visits, move, visits_of_number
from trunkline.visits.visit import BookBody, Visit
from trunkline.visits.working import free_time

CLIENT = "+79161234567"
NINE = MORNING
"""Nine in Moscow on a Thursday."""


async def plan(pool: Pool, **body: Any) -> None:
    await pool.execute("insert into plans (body) values ($1)", {"timezone": "Europe/Moscow", **body})


async def free(pool: Pool, person: UUID, at: datetime = MORNING, **rules: int) -> list[str]:
    """In Moscow, as `05 09:00`."""
    known = VisitRules(**({"minutes": 60, "step_minutes": 60, "notice_minutes": 0, "days": 1} | rules))
    async with pool.acquire() as connection:
        found = await free_time(connection, person, known, at)
    return [f"{slot.starts + timedelta(hours=3):%d %H:%M}" for slot in found.slots]


async def test_hours_are_ones_own_else_the_plan_s_else_usual(pool: Pool, anna: UUID) -> None:
    assert await free(pool, anna) == [f"05 {hour:02}:00" for hour in range(9, 18)]
    await plan(pool, hours={"thu": ["10:00-12:00", "14:00-15:30"], "fri": ["10:00-11:00"]})
    assert await free(pool, anna) == ["05 10:00", "05 11:00", "05 14:00"]
    assert await free(pool, anna, days=2) == ["05 10:00", "05 11:00", "05 14:00", "06 10:00"]
    await pool.execute("insert into person_hours values ($1, 3, 600, 720), ($1, 3, 780, 840)", anna)
    assert await free(pool, anna, days=6) == ["05 10:00", "05 11:00", "05 13:00"]


async def test_a_week_of_ones_own_goes_before_every_other(pool: Pool, anna: UUID) -> None:
    """The week of 2 November is told from its Monday, that of 9 November has no hours at all."""
    await plan(pool, hours={day: ["10:00-11:00"] for day in ("thu", "fri", "mon")})
    weeks = "insert into person_weeks values ($1, '2026-11-02', $2), ($1, '2026-11-09', '[]')"
    await pool.execute(weeks, anna, [[3, 780, 840], [6, 600, 660]])
    assert await free(pool, anna, days=10) == ["05 13:00", "08 10:00"]
    assert await free(pool, anna, days=12) == ["05 13:00", "08 10:00", "16 10:00"], "then the plan's again"
    await pool.execute("insert into person_hours values ($1, 0, 720, 780)", anna)
    assert await free(pool, anna, days=12) == ["05 13:00", "08 10:00", "16 12:00"]


async def test_days_off_absences_and_the_calendar_are_not_free(pool: Pool, anna: UUID) -> None:
    await plan(
        pool, hours={"wed": ["09:00-12:00"], "thu": ["09:00-12:00"], "fri": ["09:00-12:00"]}, days={"2026-11-06": "off"}
    )
    assert await free(pool, anna, MORNING - timedelta(days=1), days=4) == [
        *("05 09:00", "05 10:00", "05 11:00"),
    ], "the fourth is Russia's holiday, the sixth the plan's"
    await pool.execute(
        "insert into absences values ($1, $2, $3, $4, null)",
        uuid4(), anna, NINE + timedelta(minutes=30), NINE + timedelta(hours=1),
    )  # fmt: skip
    await pool.execute(
        "insert into calendar_feeds (person_id, kind, access, host, version, due_at) "
        "values ($1, 'ical', '', 'x', $1, now())",
        anna,
    )
    await pool.execute(
        "insert into busy_spans values ($1, $2, $3)", anna, NINE + timedelta(hours=2), NINE + timedelta(days=9)
    )
    assert await free(pool, anna) == ["05 10:00"]
    assert await free(pool, anna, notice_minutes=120) == []


async def test_who_left_is_sent_nowhere(pool: Pool, anna: UUID) -> None:
    await pool.execute("update people set active = false where id = $1", anna)
    for person in (anna, uuid4()):
        with pytest.raises(InvalidInput, match="somebody who works here"):
            await free(pool, person)


async def put(pool: Pool, who: UUID, body: BookBody, at: datetime = MORNING) -> Visit:
    async with pool.acquire() as connection, connection.transaction():
        return (await book(connection, booker(who, at), body))[0]


def body(person: UUID, hours: float = 3, **more: Any) -> BookBody:
    return BookBody(person, NINE + timedelta(hours=hours), more.pop("number", CLIENT), **more)


async def test_two_at_once_never_book_the_same_person_twice(pool: Pool, anna: UUID, add_person: AddPerson) -> None:
    boris = await add_person("boris")
    asked = [put(pool, boris, body(anna, 3 + place % 2 / 2)) for place in range(8)]

    came = await asyncio.gather(*asked, return_exceptions=True)

    booked = [one for one in came if isinstance(one, Visit)]
    assert len(booked) == 1, "half an hour apart they share half an hour"
    assert all("no free time" in str(one) for one in came if isinstance(one, InvalidInput))
    assert sum(isinstance(one, InvalidInput) for one in came) == 7
    with pytest.raises(asyncpg.ExclusionViolationError):
        await pool.execute(
            "insert into booked_visits (id, person_id, number, starts_at, ends_at, booked_by, booked_at, changed_at) "
            "select $1, person_id, number, starts_at + interval '59 minutes', ends_at + interval '1 hour', '', now(), "
            "now() from booked_visits",
            uuid4(),
        )
    assert isinstance(await put(pool, boris, body(boris, 3)), Visit), "another person is another's time"


async def test_moving_at_once_keeps_them_apart(pool: Pool, anna: UUID) -> None:
    visits = [await put(pool, anna, body(anna, 3 + place)) for place in range(4)]

    async def to_the_evening(visit: Visit) -> None:
        async with pool.acquire() as connection, connection.transaction():
            await move(connection, booker(anna), visit.id, NINE + timedelta(hours=8))

    came = await asyncio.gather(*map(to_the_evening, visits), return_exceptions=True)

    assert [one for one in came if one is None] == [None]
    assert (
        await pool.fetchval("select count(*) from booked_visits where starts_at = $1", NINE + timedelta(hours=8)) == 1
    )


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"starts_at": NINE + timedelta(hours=3, minutes=1)}, "starts_at"),
        ({"starts_at": NINE}, "starts_at"),
        ({"starts_at": NINE + timedelta(hours=12)}, "starts_at"),
        ({"starts_at": datetime(2026, 11, 5, 9)}, "starts_at"),  # noqa: DTZ001  (a time without a zone is the point)
        ({"starts_at": datetime(2027, 11, 5, 9, tzinfo=UTC)}, "starts_at"),
        ({"number": "101"}, "number"),
        ({"number": "hidden"}, "number"),
        ({"contact": uuid4()}, "contact"),
        ({"person": uuid4()}, "person"),
    ],
)
async def test_what_cannot_be_booked(pool: Pool, anna: UUID, change: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        await put(pool, anna, msgspec.structs.replace(body(anna), **change))

    assert [one.path for one in caught.value.mistakes] == [field]
    assert await pool.fetchval("select count(*) from booked_visits") == 0


async def test_a_hundred_to_come_are_enough(pool: Pool, anna: UUID, add_person: AddPerson) -> None:
    boris = await add_person("boris")
    await pool.execute(
        "insert into booked_visits (id, person_id, number, starts_at, ends_at, booked_by_id, booked_by, booked_at, "
        "changed_at) select gen_random_uuid(), $1, $3, $4::timestamptz + n * interval '1 day', "
        "$4::timestamptz + n * interval '1 day' + interval '1 hour', $2, 'Борис', now(), now() "
        "from generate_series(-3, 100) n where n <> 0",
        anna, boris, CLIENT, NINE,
    )  # fmt: skip
    with pytest.raises(InvalidInput, match="100 visits that you booked are still to come"):
        await put(pool, boris, body(anna))
    assert isinstance(await put(pool, anna, body(anna)), Visit), "those that others booked do not count"
    await pool.execute(
        "update booked_visits set cancelled_at = now(), cancelled_by = '' where starts_at = $1",
        NINE + timedelta(days=7),
    )
    assert isinstance(await put(pool, boris, body(boris)), Visit)


async def test_a_hundred_are_enough_for_those_that_are_booked_at_once_too(
    pool: Pool, anna: UUID, add_person: AddPerson
) -> None:
    boris = await add_person("boris")
    await pool.execute(
        "insert into booked_visits (id, person_id, number, starts_at, ends_at, booked_by_id, booked_by, booked_at, "
        "changed_at) select gen_random_uuid(), $1, $3, $4::timestamptz + n * interval '1 day', "
        "$4::timestamptz + n * interval '1 day' + interval '1 hour', $2, 'Борис', now(), now() "
        "from generate_series(1, 98) n",
        anna, boris, CLIENT, NINE,
    )  # fmt: skip

    came = await asyncio.gather(
        *(put(pool, boris, body(anna, 3 + place)) for place in range(5)), return_exceptions=True
    )

    assert sum(isinstance(one, Visit) for one in came) == 2
    assert sum(isinstance(one, InvalidInput) for one in came) == 3
    assert await pool.fetchval("select count(*) from booked_visits") == 100


@pytest.mark.parametrize("kind", [BookBody, AskBody])
def test_a_number_has_an_end(kind: type[BookBody | AskBody]) -> None:
    known = {"person": str(UUID(int=1)), "starts_at": "2026-11-05T09:00:00Z", "text": "?"}
    fields = {name: value for name, value in known.items() if name in kind.__struct_fields__}
    msgspec.convert(fields | {"number": "8" * 128}, kind)
    with pytest.raises(msgspec.ValidationError, match=r"length <= 128 - at `\$.number`"):
        msgspec.convert(fields | {"number": "8" * 129}, kind)


async def test_who_goes_is_told_of_what_others_do(pool: Pool, anna: UUID, add_person: AddPerson) -> None:
    boris = await add_person("boris")
    visit = await put(pool, boris, body(anna, place="  Ленина,\n 1 ", words="насос"))
    assert visit.place == "Ленина, 1"
    async with pool.acquire() as connection, connection.transaction():
        assert await count_open(connection, VISITS, anna) == 1
        moved, [notice] = await move(connection, booker(boris), visit.id, NINE + timedelta(hours=3, minutes=30))
        assert (notice.kind, notice.person, notice.href) == ("visit.moved", anna, f"/bookings/{visit.id}")
        assert (moved.starts_at, moved.ends_at) == (NINE + timedelta(hours=3.5), NINE + timedelta(hours=4.5))
        assert await count_open(connection, VISITS, anna) == 1, "of a visit the last counts"
        gone, told = await cancel(connection, booker(anna), visit.id)
        assert (gone.cancelled_by, told) == ("Борис", []), "nobody is told what he did himself"
        assert await count_open(connection, VISITS, anna) == 0
        with pytest.raises(InvalidInput, match="cancelled already"):
            await cancel(connection, booker(anna), visit.id)
    assert isinstance(await put(pool, boris, body(anna)), Visit), "its time is free again"
    assert await pool.fetchval("select array_agg(action order by id) from audit where object_kind = 'visit'") == [
        *("visit.booked", "visit.moved", "visit.cancelled", "visit.booked")
    ]


async def test_a_visit_is_for_who_goes_who_booked_and_who_looks_after_the_department(
    pool: Pool, anna: UUID, add_person: AddPerson
) -> None:
    boris, vera = await add_person("boris"), await add_person("vera")
    sales, other = uuid4(), uuid4()
    await pool.execute("insert into departments values ($1, 'sales', 'Sales'), ($2, 'other', 'Other')", sales, other)
    await pool.execute("update people set department_id = $1 where id = $2", sales, anna)
    visit = await put(pool, boris, body(anna, place="Ленина, 1", words="насос"))
    reach = {
        (anna, ()): True, (boris, ()): True, (vera, ()): False, (vera, (other,)): False, (vera, (sales,)): True,
        (vera, None): True,
    }  # fmt: skip
    async with pool.acquire() as connection:
        for (person, departments), expected in reach.items():
            asker = booker(person, departments=None if departments is None else list(departments)).asker
            listed = (await list_visits(connection, asker, MORNING)).rows
            past = (await list_visits(connection, asker, MORNING + timedelta(days=3), past=True)).rows
            on_card = await visits_of_number(connection, asker, CLIENT, MORNING)
            assert [bool(listed), bool(past), on_card[0][1]] == [expected] * 3
            shown = on_card[0][0]
            assert (shown.id, shown.starts_at) == (visit.id, visit.starts_at)
            told = (shown.person, shown.place, shown.words, shown.booked_by)
            assert told == (("Анна", "Ленина, 1", "насос", "Борис") if expected else ("", "", "", ""))
            if not expected:
                with pytest.raises(NotFound):
                    await find_visit(connection, asker, visit.id)
        mine = await list_visits(connection, booker(vera, departments=None).asker, MORNING, mine=True)
        assert mine.rows == []


async def test_the_list_goes_on_where_it_ended(pool: Pool, anna: UUID) -> None:
    for place in range(3):
        await put(pool, anna, body(anna, 3 + place))
    async with pool.acquire() as connection:
        asker = booker(anna).asker
        first = await list_visits(connection, asker, MORNING, size=2)
        after = (first.rows[-1].starts_at, first.rows[-1].id)
        rest = await list_visits(connection, asker, MORNING, after=after, size=2)
        over = await list_visits(connection, asker, MORNING + timedelta(days=2), past=True, size=2)
        before = await list_visits(
            connection, asker, MORNING + timedelta(days=2), past=True, after=(over.rows[-1].starts_at, over.rows[-1].id)
        )

    starts = [
        (one.starts_at - NINE) / timedelta(hours=1) for one in (*first.rows, *rest.rows, *over.rows, *before.rows)
    ]
    assert starts == [3, 4, 5, 5, 4, 3]


async def test_the_rules(pool: Pool) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_form({"minutes": "4", "step_minutes": "", "notice_minutes": "-1", "days": "61"})
    assert len(caught.value.mistakes) == 4
    rules = read_form({"minutes": "45", "step_minutes": "15", "notice_minutes": "0", "days": "7"})
    async with pool.acquire() as connection, connection.transaction():
        await save_rules(connection, rules, ACTOR, MORNING)
        assert await read_rules(connection) == VisitRules(45, 15, 0, 7)
    assert await pool.fetchval("select before ->> 'minutes' from audit") == "60"


async def test_a_person_s_calendar_has_his_visits(pool: Pool, anna: UUID, add_person: AddPerson) -> None:
    boris = await add_person("boris")
    visit = await put(pool, boris, body(anna, place="Ленина, 1; вход, слева", words="строка\nвторая\r\nBEGIN:VEVENT"))
    await put(pool, boris, body(boris))
    async with pool.acquire() as connection, connection.transaction():
        text = await calendar_of(connection, anna, "Анна", "https://calls.example.com", MORNING)
        [event] = Calendar.from_ical(text).walk("VEVENT")
        assert f"DTSTART:{visit.starts_at:%Y%m%dT%H%M%SZ}\r\nDTEND:{visit.ends_at:%Y%m%dT%H%M%SZ}".encode() in text
        assert str(event["LOCATION"]) == "Ленина, 1; вход, слева"
        assert str(event["UID"]) == f"{visit.id}@booked.trunkline"
        assert f"https://calls.example.com/bookings/{visit.id}" in str(event["DESCRIPTION"])
        await cancel(connection, booker(anna), visit.id)
        text = await calendar_of(connection, anna, "Анна", "https://calls.example.com", MORNING)
        assert Calendar.from_ical(text).walk("VEVENT") == []


async def test_an_address_opens_until_it_is_ended(pool: Pool, anna: UUID) -> None:
    async with pool.acquire() as connection, connection.transaction():
        link = await make_link(connection, anna, "https://calls.example.com", ACTOR, MORNING)
        token = link.rpartition("/")[2].removesuffix(".ics")
        assert link == f"https://calls.example.com/bookings/calendar/{token}.ics"
        assert await owner_of(connection, token) == (anna, "Анна")
        for wrong in (
            "",
            token[:-1],
            token[:-1] + ("A" if token[-1] != "A" else "B"),
            "0" * 12 + token[12:],
            "x" * 9999,
        ):
            assert await owner_of(connection, wrong) is None
        assert token[13:] not in str(await connection.fetch("select * from visit_links"))
        assert token[13:] not in str(await connection.fetch("select * from audit"))
        await make_link(connection, anna, "", ACTOR, MORNING)
        assert await owner_of(connection, token) is None, "a new one ends the one before"
        newest = (await make_link(connection, anna, "", ACTOR, MORNING)).rpartition("/")[2].removesuffix(".ics")
        await connection.execute("update people set active = false where id = $1", anna)
        assert await owner_of(connection, newest) is None
        await connection.execute("update people set active = true where id = $1", anna)
        assert await owner_of(connection, newest) == (anna, "Анна")
        role = await connection.fetchval("select role from accounts where person_id = $1", anna)
        await connection.execute("update accounts set role = 'marketer' where person_id = $1", anna)
        assert await owner_of(connection, newest) is None, "without the card"
        await connection.execute("update accounts set role = $2 where person_id = $1", anna, role)
        assert await remove_link(connection, anna, ACTOR, MORNING)
        assert await owner_of(connection, newest) is None
