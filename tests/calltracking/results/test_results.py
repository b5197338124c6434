"""What each channel brought: visits, and the calls they explain."""

import io
import time
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from calltracking.models.model import BY_NAME
from calltracking.results.result import By
from calltracking.results.rolling import roll_up
from tests.calltracking.conftest import OWN, Rows, number_of
from tests.fakes.waiting import eventually
from tests.people.company import AddPerson
from tests.people.web import Browser, another, session_of
from tests.reports.calls import ANNA, BORIS, VERA, add_call
from tests.web.composed import text_of, token_of
from trunkline.calls.attribution import Attribution, Other, ToldBy
from trunkline.calls.attribution_store import keep_attributions
from trunkline.db.partitions import ensure_partitions
from trunkline.db.types import Pool
from trunkline.ids import uuid7
from trunkline.people.roles import Role

NOW = datetime.now(UTC) - timedelta(minutes=1)
GALYA = "+79161230099"


async def add_visit(rows: Rows, channel: str, source: str, *, visitor: UUID | None = None, at: datetime = NOW) -> UUID:
    visit = uuid7(at.timestamp())
    await rows.pool.execute(
        "insert into visits (id, visitor, site_id, started_at, seen_at, landing, referrer, agent, consent, channel,"
        " source, medium) values ($1, $2, $3, $4, $4, $5, '', '', 'full', $6, $7, 'cpc')",
        *(visit, visitor or uuid7(time.time()), rows.site, at, "https://www.example.ru/окна?utm_source=x"),
        *(channel, source),
    )
    return visit


async def add_attributed(
    rows: Rows, channel: str, *, client: str, talk: float = 0.0, sure: float = 0.99, at: datetime = NOW
) -> UUID:
    outcome = "answered" if talk else "missed"
    call_id = await add_call(rows.pool, client, outcome, line=number_of(0), at=at, talk=talk)
    visit, other = uuid7(at.timestamp()), Other(uuid7(at.timestamp()), "Direct", "(direct)", "", 0.2)
    async with rows.pool.acquire() as connection:
        known = Attribution(call_id, number_of(0), client, ToldBy.VISIT, sure, visit, visit, "Окна", channel, "yandex")
        await keep_attributions(connection, [known])
        await keep_attributions(connection, [Attribution(**_fields(known) | {"others": (other,)})])
    return call_id


def _fields(one: Attribution) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__struct_fields__}


@pytest.fixture
async def rows(pool: Pool) -> Rows:
    rows = await Rows(pool).make()
    async with pool.acquire() as connection:
        await ensure_partitions(connection, NOW.date())
    for _ in range(4):
        await add_visit(rows, "Paid Search", "yandex")
    visitor = uuid7(time.time())
    for _ in range(2):
        await add_visit(rows, "Organic Social", "vk", visitor=visitor)
    await add_attributed(rows, "Paid Search", client=ANNA, talk=95)
    await add_attributed(rows, "Paid Search", client=ANNA, talk=12)
    await add_attributed(rows, "Paid Search", client=BORIS)
    await add_attributed(rows, "Organic Social", client=ANNA, talk=40, sure=0.6)
    await add_call(pool, VERA, "answered", line=number_of(1), at=NOW, talk=50)
    await add_call(pool, VERA, "answered", line=OWN, at=NOW, talk=50)
    return rows


async def figures(browser: Browser, query: str = "") -> Any:
    answer = await browser.look(f"/api/v1/reports/channels?days=7{query}")
    assert answer.status == 200, await answer.text()
    return await answer.json()


async def test_visits_and_calls_meet_in_a_channel(browser: Browser, rows: Rows) -> None:
    told = await figures(browser)

    by_key = {row["key"]: row for row in told["rows"]}
    unique = [
        by_key[key].pop(name) for key in ("Paid Search", "Organic Social") for name in ("unique", "unique_target")
    ]
    assert sum(unique) == 2  # one number called thrice in a minute: whichever call is the first
    assert by_key["Paid Search"] == {
        "key": "Paid Search", "visits": 4, "visitors": 4, "calls": 3, "answered": 2, "missed": 1,
        "missed_share": pytest.approx(1 / 3), "target": 1, "leads": 0, "deals": 0,
        "calls_per_visit": 0.75, "revenue": "0", "cost": None, "romi": None, "cost_per_lead": None,
        "cost_per_call": None,
    }  # fmt: skip
    assert (by_key["Organic Social"]["visits"], by_key["Organic Social"]["visitors"]) == (2, 1)
    total = told["total"]
    assert (total["visits"], total["visitors"], total["calls"], total["unique"]) == (6, 5, 4, 1)
    assert (told["unexplained_calls"], told["unexplained_share"]) == (1, pytest.approx(0.2))


async def test_a_call_that_is_not_sure_enough_is_unexplained(browser: Browser, rows: Rows) -> None:
    told = await figures(browser, "&sure=sure")
    assert (told["total"]["calls"], told["unexplained_calls"]) == (3, 2)


@pytest.mark.parametrize(
    ("by", "key"),
    [
        ("source", "yandex"),
        ("landing", "https://www.example.ru/окна"),
        ("site", "Окна"),
        ("campaign", ""),
        ("keyword", ""),
        ("line", number_of(0)),
    ],
)
async def test_the_same_in_other_rows(browser: Browser, rows: Rows, by: str, key: str) -> None:
    told = await figures(browser, f"&by={by}")
    assert key in {row["key"] for row in told["rows"]}
    assert told["total"]["calls"] == 4


@pytest.mark.parametrize(
    ("query", "field"),
    [("&by=horoscope", "by"), ("&sure=maybe", "sure"), ("&model=best", "model"), ("&beside=luck", "beside")],
)
async def test_a_mistake_names_its_field(browser: Browser, rows: Rows, query: str, field: str) -> None:
    answer = await browser.look(f"/api/v1/reports/channels?days=7{query}")
    assert (answer.status, [one["field"] for one in (await answer.json())["mistakes"]]) == (400, [field])


async def test_the_page_and_the_calls_page_tell_it(browser: Browser, rows: Rows) -> None:
    text = await text_of(browser, "/reports/channels?days=7")
    assert "Paid search" in text
    assert "Source unknown" in text
    call_id = await rows.pool.fetchval("select call_id from attributions where confidence < 0.9")
    page = await text_of(browser, f"/calls/{call_id}")
    assert "Where it came from" in page
    assert "Organic social" in page
    assert "Direct, (direct)" in page


async def test_days_by_date_win_over_the_number_of_days_before(browser: Browser, rows: Rows) -> None:
    """What the form sends: the days it was opened with, and those that were filled in."""
    text = await text_of(browser, "/reports/channels?days=7&since=2026-03-04&until=2026-03-05&by=site")
    assert ('value="2026-03-04"' in text, 'name="days"' in text) == (True, False)
    text = await text_of(browser, "/reports/channels?days=30&since=&until=")
    assert ('name="days" value="30"' in text, "Last 30 days" in text or "30 days" in text) == (True, True)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("since=2026-13-40", "since"),
        ("since=2026-03-04&until=tomorrow", "until"),
        ("since=2026-03-04&until=2026-03-01", "until"),
        ("days=1000", "days"),
    ],
)
async def test_days_that_are_none_are_told_at_their_field(browser: Browser, rows: Rows, query: str, field: str) -> None:
    """Figures of other days than were asked for would be taken for right."""
    answer = await browser.look(f"/reports/channels?{query}")
    text = await answer.text()
    assert (answer.status, 'role="alert"' in text, f'href="#{field}"' in text) == (400, True, True)
    assert ("Source unknown" in text, "Kept views" in text, ".csv" in text) == (False, True, False)
    if field != "days":
        assert f'id="{field}-error"' in text
    behind = await browser.look(f"/reports/channels/calls?{query}&key=Direct")
    assert (behind.status, field in await behind.text()) == (400, True)


async def test_who_sees_some_departments_counts_their_calls_alone(
    browser: Browser, rows: Rows, pool: Pool, add_person: AddPerson
) -> None:
    narrow = await add_person("vera", Role.SUPERVISOR)
    async with another(browser, await session_of(pool, browser.app, narrow)) as other:
        told = await figures(other)
    assert (told["total"]["visits"], told["total"]["calls"], told["unexplained_calls"]) == (0, 0, 0)


async def test_who_sees_some_lines_sees_visits_of_their_sites_alone(
    browser: Browser, rows: Rows, pool: Pool, add_person: AddPerson
) -> None:
    """The site's own number is OWN; a pool's number is nobody's site."""
    seen = {}
    for login, line in (("own", OWN), ("pool", number_of(0))):
        line_id = await pool.fetchval("select id from lines where number = $1", line)
        person = await add_person(
            login, Role.SUPERVISOR, every_department=True, every_line=False, lines=frozenset({line_id})
        )
        async with another(browser, await session_of(pool, browser.app, person)) as other:
            seen[login] = [(await figures(other, f"&by={by}"))["total"]["visits"] for by in ("channel", "landing")]
            assert (await other.look("/reports/costs")).status == 403
    assert seen == {"own": [6, 6], "pool": [0, 0]}


async def add_faithful(rows: Rows) -> None:
    """A visitor who came three times before he called: first by an advertisement, in the end by himself."""
    visitor = uuid7(time.time())
    for ago, channel in ((3, "Paid Search"), (2, "Email"), (1, "Direct")):
        await add_visit(rows, channel, "x", visitor=visitor, at=NOW - timedelta(minutes=10 * ago))
    call_id = await add_call(rows.pool, VERA, "answered", line=number_of(0), at=NOW, talk=90)
    async with rows.pool.acquire() as connection:
        known = Attribution(call_id, number_of(0), VERA, ToldBy.VISIT, 0.9, visitor, visitor, "Окна", "Direct", "x")
        await keep_attributions(connection, [known])


async def test_every_model_shares_the_calls_and_no_sum_changes(browser: Browser, rows: Rows) -> None:
    await add_faithful(rows)
    usual = {row["key"]: row["calls"] for row in (await figures(browser))["rows"]}
    assert (usual["Email"], usual["Direct"]) == (1, 0)

    for name, (first, middle, last) in {
        "first": (1, 0, 0), "last": (0, 0, 1), "linear": (0.333333, 0.333333, 0.333334), "40-20-40": (0.4, 0.2, 0.4),
    }.items():  # fmt: skip
        told = await figures(browser, f"&model={name}")
        by_key = {row["key"]: row["calls"] for row in told["rows"]}
        assert (by_key["Paid Search"] - 3, by_key["Email"], by_key["Direct"]) == pytest.approx((first, middle, last))
        assert told["total"]["calls"] == 5
        assert sum(row["calls"] for row in told["rows"]) == pytest.approx(5)


async def add_deal(rows: Rows, client: str, rubles: int) -> None:
    """A lead of the client, its deal, and what was paid for it."""
    lead, deal, order, payment = (uuid7(time.time()) for _ in range(4))
    await rows.pool.execute(
        "with lead as (insert into leads (id, source, external_id, phone, opened_at) values ($1, 'crm', $2, $2, $3)),"
        " deal as (insert into deals (id, source, external_id, lead_id, opened_at) values ($4, 'crm', $2, $1, $3))"
        " insert into orders (id, source, external_id, deal_id) values ($5, 'crm', $2, $4)",
        *(lead, client, NOW, deal, order),
    )
    await rows.pool.execute(
        "insert into payments (id, source, external_id, order_id, amount, paid_on) values ($1, 'crm', $2, $3, $4, $5)",
        *(payment, client, order, rubles, NOW.astimezone(ZoneInfo("Europe/Moscow")).date()),
    )


async def test_leads_deals_and_payments_are_their_callers(
    browser: Browser, rows: Rows, pool: Pool, add_person: AddPerson
) -> None:
    await add_deal(rows, BORIS, 9_000)
    day = NOW.astimezone(ZoneInfo("Europe/Moscow")).date().isoformat()
    answer = await browser.post(
        "/api/v1/costs",
        json={"items": [{"day": day, "channel": "Paid Search", "source": "yandex", "net": "1000", "vat": 20}]},
        headers=await token_of(pool, await add_person("bot", Role.ADMINISTRATOR, every_department=True)),
    )
    assert answer.status == 200, await answer.text()

    told = await figures(browser)

    row = next(row for row in told["rows"] if row["key"] == "Paid Search")
    money = ("leads", "deals", "revenue", "cost", "romi", "cost_per_lead", "cost_per_call")
    assert [row[name] for name in money] == [1, 1, "9000", "1200", 6.5, 1200, 400]
    assert told["total"]["cost"] == "1200"
    assert (await figures(browser, "&vat=without"))["total"]["cost"] == "1000"
    marketer = await add_person("mark", Role.MARKETER, every_department=True)
    async with another(browser, await session_of(pool, browser.app, marketer)) as other:
        hidden = (await figures(other))["total"]
        assert (hidden["leads"], hidden["revenue"], hidden["cost"], hidden["romi"]) == (1, None, None, None)
        page = await text_of(other, "/reports/channels")
    assert "ROMI" not in page
    assert "Revenue" not in page


async def test_what_a_form_led_to_counts_without_a_call(browser: Browser, rows: Rows) -> None:
    """A lead a visitor wrote himself, its deal and its money; a call of his after it is the later word."""
    visitor = uuid7(NOW.timestamp())
    visit = await add_visit(rows, "Organic Social", "vk", visitor=visitor)
    for client, at in ((GALYA, NOW - timedelta(seconds=1)), (BORIS, NOW - timedelta(hours=1))):
        await rows.pool.execute(
            "insert into site_forms (id, said_id, site_id, at, said_at, visit_id, visitor, phone, page, agreed,"
            " channel, source) values ($1, $2, $3, $4, $4, $5, $6, $7, '', 'policy-1', 'Organic Social', 'vk')",
            *(uuid7(at.timestamp()), uuid7(time.time()), rows.site, at, visit, visitor, client),
        )
        await add_deal(rows, client, 700)

    told = await figures(browser)

    by_key = {row["key"]: row for row in told["rows"]}
    measures = [
        (by_key[key]["leads"], by_key[key]["deals"], by_key[key]["revenue"])
        for key in ("Organic Social", "Paid Search")
    ]
    assert measures == [(1, 1, "700"), (1, 1, "700")]
    assert told["total"]["calls"] == 4
    by_line = {row["key"]: row["leads"] for row in (await figures(browser, "&by=line"))["rows"]}
    assert by_line == {"": 1, number_of(0): 1}
    await roll_up(rows.pool, "Europe/Moscow")
    assert (await figures(browser))["rows"] == told["rows"]


async def test_the_roll_up_says_the_same_and_later_changes_are_read_afresh(browser: Browser, rows: Rows) -> None:
    async def told() -> list[Any]:
        asked = [f"&by={by.value}&model={model}&sure={sure}" for by, model, sure in cases]
        return [await figures(browser, f"{one}&beside=before") for one in asked]

    async def all_rolled_up() -> bool:
        """Of a server that others use too some changes wait for their transactions."""
        await roll_up(rows.pool, "Europe/Moscow")
        return not await rows.pool.fetchval("select exists (select from tracking_changes)")

    cases = [(By.CHANNEL, model, "") for model in BY_NAME] + [(by, "linear", "sure") for by in By]
    await add_faithful(rows)
    await add_deal(rows, ANNA, 500)
    before = await told()

    await eventually(all_rolled_up)
    assert await rows.pool.fetchval("select count(*) from report_credits where \"by\" = 'hour'") > 0
    for one, other in zip(await told(), before, strict=True):
        assert one == other

    await add_attributed(rows, "Paid Search", client=VERA, talk=40)
    assert (await figures(browser))["total"]["calls"] == 6
    await rows.pool.execute("update leads set opened_at = opened_at - interval '40 days'")
    assert (await figures(browser))["total"]["leads"] == 0
    await eventually(all_rolled_up)
    assert (await figures(browser))["total"]["calls"] == 6


async def test_by_the_region_of_the_visitor(browser: Browser, rows: Rows) -> None:
    vera = await add_visit(rows, "Direct", "(direct)", visitor=(visitor := uuid7(time.time())))
    abroad = await add_visit(rows, "Direct", "(direct)")
    await rows.pool.execute("update visits set country = 'RU', region = '16', city = 'Казань' where id = $1", vera)
    await rows.pool.execute("update visits set country = 'DE', region = 'DE-BY' where id = $1", abroad)
    await rows.pool.execute("update visits set country = 'KZ' where channel = 'Organic Social'")
    call_id = await add_call(rows.pool, VERA, "answered", line=number_of(0), at=NOW, talk=95)
    async with rows.pool.acquire() as connection:
        known = Attribution(call_id, number_of(0), VERA, ToldBy.VISIT, 0.9, vera, visitor, "Окна", "Direct", "x")
        await keep_attributions(connection, [known])

    told = {one["key"]: (one["visits"], one["calls"]) for one in (await figures(browser, "&by=region"))["rows"]}
    assert told == {"16": (1, 1), "DE-BY": (1, 0), "KZ": (2, 0), "": (4, 4)}
    page = await text_of(browser, "/reports/channels?days=7&by=region")
    assert [name in page for name in ("Visitor&#39;s region", "Tatarstan", "Germany, BY", "Kazakhstan")] == [True] * 4
    assert VERA[2:5] in await text_of(browser, "/reports/channels/calls?days=7&by=region&key=16")


async def test_behind_a_row_are_its_calls_a_page_at_a_time(browser: Browser, rows: Rows) -> None:
    seen, cursor = [], ""
    for _ in range(4):
        answer = await browser.look(f"/api/v1/reports/channels/calls?days=7&key=Paid+Search&limit=2{cursor}")
        page = await answer.json()
        seen += [(one["client"], one["share"]) for one in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert sorted(seen) == [(ANNA, 1), (ANNA, 1), (BORIS, 1)]
    text = await text_of(browser, "/reports/channels/calls?days=7&key=Paid+Search")
    assert text.count('href="/calls/') == 3
    assert (await browser.look("/reports/channels/calls?cursor=nonsense")).status == 400


async def test_calls_far_apart_are_all_found_the_latest_first(browser: Browser, rows: Rows) -> None:
    """A page is looked for a day back, then further: none is missed or told twice where two stretches meet."""
    days = [0.99, 1.0, 1.01, 3, 6.99, 7.01, 12]
    told = [str(await add_attributed(rows, "Email", client=VERA, at=NOW - timedelta(days=back))) for back in days]
    for size in (1, 3, 50):
        seen, cursor = [], ""
        for _ in range(20):
            answer = await browser.look(f"/api/v1/reports/channels/calls?days=30&key=Email&limit={size}{cursor}")
            page = await answer.json()
            seen += [one["id"] for one in page["items"]]
            if page["next"] is None:
                break
            cursor = f"&cursor={page['next']}"
        assert seen == told


async def test_the_report_as_a_file_reckons_nothing(browser: Browser, rows: Rows) -> None:
    await rows.pool.execute("update attributions set campaign = '=1+1'")
    await rows.pool.execute("update visits set campaign = '=1+1'")
    answer = await browser.look("/reports/channels.csv?days=7&by=campaign")
    lines = (await answer.read()).decode("utf-8-sig").splitlines()
    assert lines[0].startswith("Campaign;Visits;Calls")
    assert lines[1].startswith("'=1+1;6;4;3;1;1;2;")
    assert lines[-1].startswith("All rows;6;4")
    packed = await (await browser.look("/reports/channels.xlsx?days=7&by=campaign")).read()
    sheet = openpyxl.load_workbook(io.BytesIO(packed)).worksheets[0]
    assert [sheet.cell(2, column).value for column in (1, 2, 3)] == ["'=1+1", 6, 4]


@pytest.mark.parametrize("query", ["since=x", "since=2026-02-30", "since=2026-03-02&until=2026-03-01", "by=horoscope"])
async def test_a_file_of_other_days_than_asked_for_is_none(browser: Browser, rows: Rows, query: str) -> None:
    assert (await browser.look(f"/reports/channels.csv?{query}")).status == 400


async def test_views_are_kept_and_shared(browser: Browser, rows: Rows, pool: Pool, add_person: AddPerson) -> None:
    fields = {"days": "30", "by": "campaign", "model": "linear"}
    sent = {"name": "Кампании", "shared": "on", **fields}
    assert (await browser.send("/reports/views", sent, page="/reports/channels")).status == 303
    own = (await (await browser.look("/api/v1/reports/views")).json())["items"]
    assert [(one["name"], one["fields"], one["own"]) for one in own] == [("Кампании", fields, True)]
    stranger = await add_person("vera", Role.SUPERVISOR)
    async with another(browser, await session_of(pool, browser.app, stranger)) as other:
        assert "by=campaign" in await text_of(other, "/reports/channels")
        removal = f"/reports/views/{own[0]['id']}/remove"
        assert (await other.send(removal, {}, page="/reports/channels")).status == 404
    assert (await browser.send(f"/reports/views/{own[0]['id']}/remove", {}, page="/reports/channels")).status == 303
    assert (await (await browser.look("/api/v1/reports/views")).json())["items"] == []


async def test_days_rolled_up_before_regions_were_known_are_whole_by_region(browser: Browser, rows: Rows) -> None:
    async def all_rolled_up() -> bool:
        await roll_up(rows.pool, "Europe/Moscow")
        return not await rows.pool.fetchval("select exists (select from tracking_changes)")

    await eventually(all_rolled_up)
    fresh = await figures(browser, "&by=region&model=linear")
    for table in ("report_traffic", "report_credits"):
        await rows.pool.execute(f"delete from {table} where \"by\" = 'region'")
    script = files("trunkline.db").joinpath("migrations", "0286_pre_visit_places.sql").read_text()
    await rows.pool.execute(script[script.index("insert into report_traffic") :])

    assert fresh["rows"][0]["calls"] == 4
    assert await figures(browser, "&by=region&model=linear") == fresh
