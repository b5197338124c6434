"""Who sees a part is told from rows that are kept what the calls themselves say: by every kind of row, every model.

Days of another zone with the same clock are not rolled up, so that they are read as they are.
"""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from calltracking.models.model import BY_NAME, MODELS, WHOLE
from calltracking.proof.store import read_deals, read_proof, sites_seen
from calltracking.results.asking import Question
from calltracking.results.calls import Cursor, calls_of
from calltracking.results.facts import Kept, calls_in, kept_traffic_to
from calltracking.results.result import By
from calltracking.results.rolling import roll_up
from calltracking.results.shares import kept_sums_to
from calltracking.results.statements import Back, Seen, Statement, numbered
from calltracking.results.store import read_results
from tests.calltracking.conftest import OWN, Rows, number_of
from tests.calltracking.results.crowd import DEPARTMENTS, MOSCOW, PEOPLE, Crowd
from tests.fakes.waiting import eventually
from trunkline.db.types import Connection, Pool
from trunkline.ids import uuid7
from trunkline.people.identity import Reach
from trunkline.reports.days import Days, latest

AS_THEY_ARE: Final = ZoneInfo("Europe/Minsk")
NOBODY: Final = UUID(int=9)
QUESTIONS: Final = [
    *(Question(by, MODELS[-place % len(MODELS)], ["", "likely", "sure"][place % 3]) for place, by in enumerate(By)),
    *(Question(By.CHANNEL, model) for model in MODELS),
]
"""By everything, each by some model and some of it only sure; by channel, by each model."""


MANY: Final = """
with places as (select n, md5(n::text)::uuid as id from generate_series(1, 20000) n),
visited as (
    insert into report_visits select $2::date + n % 9, id, id, id, $2::date + n % 9, 'Email', '', '', '', '', '', ''
    from places
)
insert into report_facts (day, kind, id, at, amount, heard_at, dialled, departments, people, visit_site, visitor,
    told_by, site, channel, source, campaign, term, landing, confidence, back, outcome, talk_ms, is_cut, lease, target,
    is_unique, is_unique_target)
select $2::date + n % 9, 'call', id, $2::date, 0, $2::date, '', '{}', '{}', id, id, 'visit', '', '', '', '', '', '', 1,
    '90 days', 'answered', 0, false, '', false, false, false from places where id <> $1;
"""
"""Of other sites."""

SUMS: Final = 'select "by", key, sum(calls) as calls from report_credits group by 1, 2 order by 1, 2'
VISITED: Final = """
insert into visits (id, visitor, site_id, started_at, seen_at, landing, referrer, agent, consent, channel, source,
    campaign, term, country, region)
values ($1, $2, $3, $4, $4, '', '', '', 'full', $5, '', '', '', '', '')
"""
TOLD: Final = """
insert into attributions (call_id, number, client, told_by, visitor, site, channel, source, campaign, term,
    landing, confidence)
values ($1, $2, '+79165550000', 'number', $3, $4, 'Display', '', '', '', '', 1)
on conflict (call_id) do update set visitor = $3, site = $4, channel = 'Display', confidence = 1
"""


@dataclass
class Company:
    """A week by chance, and who reads of it."""

    crowd: Crowd
    reaches: list[Reach]

    @property
    def days(self) -> Days:
        return latest(10, self.crowd.now, MOSCOW)

    @property
    def site(self) -> UUID:
        """The first of its sites."""
        return self.crowd.rows.site

    async def results(self, zone: ZoneInfo) -> dict[str, Any]:
        """What each is told, by each question."""
        days = Days(self.days.first, self.days.after, zone)
        told: dict[str, Any] = {}
        async with self.crowd.pool.acquire() as connection, connection.transaction():
            for reach in self.reaches:
                for question in QUESTIONS:
                    found = await read_results(connection, days, question, reach, costs=False)
                    told[f"{reach} {question}"] = found
        return told

    async def proofs(self, zone: ZoneInfo) -> dict[str, Any]:
        """What the proof of each site says to each, and of its deals."""
        days = Days(self.days.first, self.days.after, zone)
        told: dict[str, Any] = {}
        async with self.crowd.pool.acquire() as connection, connection.transaction():
            for site in await sites_seen(connection, Reach(NOBODY, None, None)):
                told[site.name] = await read_deals(connection, site, days)
                for reach in self.reaches:
                    told[f"{site.name} {reach}"] = await read_proof(connection, site, days, reach)
        return told

    async def rolled_up(self) -> bool:
        """Of a server that others use too some changes wait for their transactions."""
        await roll_up(self.crowd.pool, MOSCOW.key)
        return not await self.crowd.pool.fetchval("select exists (select from tracking_changes)")


@pytest.fixture
async def company(request: pytest.FixtureRequest, pool: Pool) -> Company:
    crowd = await Crowd(await Rows(pool).make(), random.Random(getattr(request, "param", 3))).make()
    lines = [
        await pool.fetchval("select id from lines where number = $1", number)
        for number in (OWN, *map(number_of, (0, 2)))
    ]
    first, second = DEPARTMENTS
    reaches = [
        Reach(NOBODY, None, None),
        Reach(NOBODY, None, lines[:1]),
        Reach(NOBODY, None, lines[1:]),
        Reach(NOBODY, None, lines),
        Reach(PEOPLE[0], [first], None),
        Reach(NOBODY, [first, second], None),
        Reach(PEOPLE[1], [second], lines[1:]),
        Reach(PEOPLE[0], [], []),
        Reach(NOBODY, [], []),
    ]
    return Company(crowd, reaches)


async def changed(company: Company) -> None:
    """Calls pass to other departments, others get another source; some come; a deal is made; payments are undone."""
    crowd, chance = company.crowd, company.crowd.chance
    pool = crowd.pool
    calls = [row["id"] for row in await pool.fetch("select id from calls order by id")]
    for call in chance.sample(calls, 8):
        await pool.execute("update calls set departments = $2, people = $3 where id = $1", call, [DEPARTMENTS[1]], [])
    for call in chance.sample(calls, 8):
        await pool.execute("update attributions set channel = 'Referral', campaign = 'x' where call_id = $1", call)
    for days in (1, 3):
        await crowd.add_call("+79160009999", crowd.now - timedelta(days=days))
    await crowd.add_deal("+79160000003", crowd.now - timedelta(days=3))
    await pool.execute("update payments set cancelled_at = now() where amount < 2000")


def assert_alike(told: dict[str, Any], raw: dict[str, Any]) -> None:
    """Each the same; of the first that is not, both."""
    assert told.keys() == raw.keys()
    for asked, one in raw.items():
        assert (asked, told[asked]) == (asked, one)


async def test_a_call_of_just_after_midnight_led_to_what_was_paid_the_day_before(pool: Pool) -> None:
    """Of this week, by chance: paid on the 24th, and he called seven minutes after it."""
    week = datetime(2026, 11, 28, 11, 27, 16, tzinfo=UTC)
    company = Company(await Crowd(await Rows(pool).make(), random.Random(2), week).make(), [Reach(NOBODY, None, None)])
    await eventually(company.rolled_up)

    kept, raw = await company.results(MOSCOW), await company.results(AS_THEY_ARE)

    assert_alike(kept, raw)


@pytest.mark.parametrize("company", [1, 2], indirect=True)
@pytest.mark.parametrize("read", [Company.results, Company.proofs])
async def test_kept_rows_say_what_the_calls_say(
    company: Company, read: Callable[[Company, ZoneInfo], Awaitable[dict[str, Any]]]
) -> None:
    await eventually(company.rolled_up)
    assert_alike(await read(company, MOSCOW), await read(company, AS_THEY_ARE))

    await changed(company)
    await eventually(company.rolled_up)
    assert_alike(await read(company, MOSCOW), await read(company, AS_THEY_ARE))


async def test_days_that_changed_are_told_before_they_are_counted(company: Company) -> None:
    """What is kept of the other days is read beside them."""
    pool = company.crowd.pool
    await eventually(company.rolled_up)
    for day in (1, 4):
        await company.crowd.add_call("+79160008888", company.crowd.now - timedelta(days=day))
    await pool.execute("update calls set departments = $1 where client = '+79160008888'", [DEPARTMENTS[0]])

    assert_alike(await company.results(MOSCOW), await company.results(AS_THEY_ARE))
    assert_alike(await company.proofs(MOSCOW), await company.proofs(AS_THEY_ARE))


@pytest.mark.parametrize("by", [By.CHANNEL, By.HOUR, By.LINE])
async def test_calls_behind_each_row_come_to_it(company: Company, by: By) -> None:
    question = Question(by, BY_NAME["40-20-40"])
    await eventually(company.rolled_up)
    async with company.crowd.pool.acquire() as connection, connection.transaction():
        for reach in company.reaches[:5]:
            found = await read_results(connection, company.days, question, reach, costs=False)
            for row, key in [*((row, row.key) for row in found.rows if row.calls), (found.total, None)]:
                shares: list[int] = []
                cursor: Cursor | None = None
                while True:
                    calls, cursor = await calls_of(connection, company.days, question, key, cursor, 50, reach)
                    shares += [round(one.share * WHOLE) for one in calls]
                    if cursor is None:
                        break
                assert (reach, key, sum(shares)) == (reach, key, row.calls)


async def test_days_rolled_up_before_rows_were_kept_are_whole(company: Company) -> None:
    pool = company.crowd.pool
    await eventually(company.rolled_up)
    raw = await company.results(AS_THEY_ARE)
    sums = await pool.fetch(SUMS)
    await pool.execute("truncate report_facts, report_visits, report_site_visits, report_shares")
    await pool.execute("update report_traffic set has_shares = false")
    assert_alike(await company.results(MOSCOW), raw)
    await pool.execute("update report_credits set key = key || ' of before' where \"by\" = 'channel'")

    assert await roll_up(pool, MOSCOW.key) > 0
    assert await pool.fetchval("select count(*) from report_traffic where has_shares") > 5
    assert_alike(await company.results(MOSCOW), raw)
    assert await pool.fetch(SUMS) == sums


@pytest.mark.parametrize("by", [By.CHANNEL, By.KEYWORD, By.SITE])
async def test_months_that_are_over_are_read_by_site_and_row(company: Company, by: By) -> None:
    """Who sees some sites is told of them, who sees most what all come to less the others."""
    crowd, pool = company.crowd, company.crowd.pool
    month = (crowd.now.astimezone(MOSCOW).replace(day=1) - timedelta(days=1)).replace(day=1).date()
    begin = datetime(month.year, month.month, 2, 9, tzinfo=MOSCOW)

    async def visited() -> None:
        for place in range(60):
            at = begin + timedelta(days=crowd.chance.randrange(20), minutes=place)
            visitor, site = UUID(int=100 + crowd.chance.randrange(9)), crowd.chance.choice(crowd.sites)[0]
            channel = crowd.chance.choice(["Email", "Referral"])
            await pool.execute(VISITED, uuid7(at.timestamp()), visitor, site, at, channel)

    async def assert_right() -> None:
        for reach in company.reaches[:5]:
            async with pool.acquire() as connection, connection.transaction():
                told, raw = [
                    await read_results(
                        connection, Days(month, company.days.after, zone), Question(by), reach, costs=False
                    )
                    for zone in (MOSCOW, AS_THEY_ARE)
                ]
            assert (reach, told) == (reach, raw)

    await visited()
    await eventually(company.rolled_up)
    assert await pool.fetchval("select array_agg(distinct month) from report_months") == [month]
    older = "where day < date_trunc('month', $1::date)"
    await pool.execute(f"update report_visits set channel = channel || '!' {older}", crowd.now.date())
    await assert_right()  # from the sums of the month

    await pool.execute(f"update report_visits set channel = rtrim(channel, '!') {older}", crowd.now.date())
    await visited()
    await assert_right()
    await eventually(company.rolled_up)
    await assert_right()


async def test_nothing_is_kept_of_the_days_of_another_zone(company: Company) -> None:
    """A call of Moscow's evening is one of Vladivostok's next morning: of its day of before nothing may be left."""
    pool, far = company.crowd.pool, ZoneInfo("Asia/Vladivostok")
    await eventually(company.rolled_up)
    await pool.execute("update report_facts set day = day - 20")

    async def rolled_up_there() -> bool:
        await roll_up(pool, far.key)
        return not await pool.fetchval("select exists (select from tracking_changes)")

    await eventually(rolled_up_there)
    assert_alike(await company.results(far), await company.results(ZoneInfo("Australia/Brisbane")))
    kept = await pool.fetch("select distinct (at at time zone $1)::date = day as same from report_facts", far.key)
    assert [row["same"] for row in kept] == [True]


async def test_a_year_of_others_is_not_read(company: Company) -> None:
    """A part is found in what is kept, a site's own rows by an index; calls and visits as they are, nowhere."""
    pool, days = company.crowd.pool, company.days
    await eventually(company.rolled_up)
    await pool.execute(MANY, company.site, days.first)
    await pool.execute("analyze report_facts, report_visits, report_shares")
    kept = Kept(days)
    seen = Seen(company.reaches[1], Back(), [company.site])
    calls, given = calls_in(kept, "visit_site = {site}")
    own = numbered(f"select * from {calls[0]} as c", {**given, "site": company.site})

    async with pool.acquire() as connection:
        for statement, indexed, is_small in (
            (kept_sums_to(BY_NAME["last"], kept, seen, By.CHANNEL), ["report_shares"], True),
            (kept_traffic_to(kept, seen, By.CHANNEL)[1], ["report_visits"], False),
            (own, ["report_facts"], False),
        ):
            # Of a week's shares alone the server reads all, once it has looked at how few they are.
            await connection.execute(f"set enable_seqscan = {'off' if is_small else 'on'}")
            read = await tables_read(connection, statement)
            assert {table for table, _ in read} <= {
                "report_facts",
                "report_months",
                "report_shares",
                "report_visits",
                "tracking_sites",
                "lines",
            }
            assert [node for table, node in read if table in indexed and node == "Seq Scan"] == []
        await connection.execute("reset enable_seqscan")


async def tables_read(connection: Connection, statement: Statement) -> list[tuple[str, str]]:
    """Each table the plan reads, and by which kind of scan."""
    explained = await connection.fetchval(f"explain (format json) {statement.text}", *statement.arguments)

    def scans(node: dict[str, Any]) -> list[tuple[str, str]]:
        own = [(node["Relation Name"], node["Node Type"])] if "Relation Name" in node else []
        return own + [one for child in node.get("Plans", ()) for one in scans(child)]

    return scans(explained[0]["Plan"])


async def test_what_a_call_is_and_led_to_is_the_same_to_everybody(company: Company) -> None:
    """Departments that share no call come to what the company comes to: unique calls, leads, deals and revenue too."""
    pool, question = company.crowd.pool, Question(By.CHANNEL)
    await pool.execute("delete from site_forms")
    await pool.execute(
        "update calls set people = '{}', departments = array[case when dialled = $1 then $2::uuid else $3 end]",
        *(OWN, *DEPARTMENTS),
    )
    async with pool.acquire() as connection, connection.transaction():
        whole, *parts = [
            (
                await read_results(connection, company.days, question, Reach(NOBODY, departments, None), costs=False)
            ).total
            for departments in (None, [DEPARTMENTS[0]], [DEPARTMENTS[1]])
        ]
    measures = ("calls", "uniques", "unique_target", "leads", "deals", "revenue")
    told = [tuple(getattr(one, name) for name in measures) for one in (whole, parts[0].plus(parts[1]))]
    assert told[0] == told[1]
    assert min(told[0]) > 0


@pytest.mark.parametrize("zone", [MOSCOW, AS_THEY_ARE])
async def test_a_visit_that_is_not_seen_gives_its_share_to_what_the_call_is_known_by(
    company: Company, zone: ZoneInfo
) -> None:
    """Of two visits he sees the second, to the site of the line; the other half he is told by what the call says."""
    crowd, pool, visitor = company.crowd, company.crowd.pool, UUID(int=77)
    moment, (hidden, _), (shown, name) = crowd.now - timedelta(days=2), *crowd.sites[:2]
    for site, channel, before in ((hidden, "Email", 3), (shown, "Referral", 2)):
        at = moment - timedelta(hours=before)
        await pool.execute(VISITED, uuid7(at.timestamp()), visitor, site, at, channel)
    line = await pool.fetchval("select id from lines where number = $1", number_of(2))
    await pool.execute("truncate site_forms, leads, deals, orders, payments cascade")
    await pool.execute("delete from attributions")
    await pool.execute("delete from visits where visitor <> $1", visitor)
    call = await crowd.add_call("+79165550000", moment)
    await pool.execute(
        "update calls set outcome = 'answered', line_id = $2, dialled = $3 where id = $1", call, line, number_of(2)
    )
    await pool.execute(TOLD, call, number_of(2), visitor, name)
    await eventually(company.rolled_up)

    days, reach = Days(company.days.first, company.days.after, zone), Reach(NOBODY, None, [line])
    async with pool.acquire() as connection, connection.transaction():
        found = await read_results(connection, days, Question(By.CHANNEL, BY_NAME["linear"]), reach, costs=False)
    told = {row.key: (row.calls, row.visits, row.visitors) for row in [*found.rows, found.total]}
    # That the visitor was on the other site before is told to nobody who does not see it.
    assert told == {"Referral": (WHOLE // 2, 1, 1), "Display": (WHOLE // 2, 0, 0), "": (WHOLE, 1, 1)}
