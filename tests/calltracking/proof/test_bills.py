"""A bill laid beside ours: read as operators write it, matched call by call, thrown away."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from aiohttp import ClientResponse, FormData

from calltracking.proof.bill import BILL_FIELDS, BillCall, call_of
from calltracking.proof.bill_store import merged
from calltracking.proof.matching import OurCall, matched
from tests.calltracking.conftest import KEY, OWN, Rows, number_of
from tests.calltracking.proof.defined import undefined_figures
from tests.people.company import AddPerson
from tests.people.web import HTML, Browser, another, session_of
from tests.reports.calls import ANNA, BORIS, VERA, add_call
from tests.web.composed import text_of
from trunkline.contacts.columns import recognise
from trunkline.db.types import Pool
from trunkline.errors import InvalidInput
from trunkline.people.roles import Role
from trunkline.reports.days import Days

MOSCOW = ZoneInfo("Europe/Moscow")
NOON = datetime(2026, 11, 20, 9, tzinfo=UTC)
BILLS = "/reports/proof/bills"


@pytest.mark.parametrize(
    ("heading", "row", "told"),
    [
        ("Дата и время;Набранный номер;Кто звонил;Длительность", "20.11.2026 12:00:05;84952000000;9160000001;1:35",
         (number_of(0), 5, ANNA, 95)),
        ("Date;Time;Called;Duration", "2026-11-20;12:00;74952000000;00:01:35", (number_of(0), 0, "", 95)),
        ("Начало;Номер Б;Номер А;Сек", "2026-11-20T12:00:00;+7 495 200-00-00;аноним;", (number_of(0), 0, "", 0)),
        ("Date;Number;Type;Duration", "20/11/2026 12:00;84952000000;Исходящий;5", None),
        ("Date;Number", "20.11.2026 12:00;0890", None),
    ],
)  # fmt: skip
def test_rows_as_operators_write_them(heading: str, row: str, told: tuple[str, int, str, int] | None) -> None:
    found = call_of(recognise(heading.split(";"), BILL_FIELDS), row.split(";"), MOSCOW)
    assert found == (told and BillCall(told[0], NOON + timedelta(seconds=told[1]), *told[2:]))


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("вчера 12:00;84952000000;5", "date"),
        ("20.11.2026;84952000000;5", "time"),
        ("20.11.2026 25:00;84952000000;5", "time"),
        ("20.11.2026 12:00;8,4952E+10;5", "number"),
        ("20.11.2026 12:00;84952000000;долго", "seconds"),
    ],
)
def test_what_is_wrong_with_a_row_is_told_by_its_column(row: str, field: str) -> None:
    with pytest.raises(InvalidInput) as error:
        call_of(recognise(["Дата", "Номер", "Длительность"], BILL_FIELDS), row.split(";"), MOSCOW)
    assert [mistake.path for mistake in error.value.mistakes] == [field]


def ours(place: int, client: str, at: int, outcome: str = "answered") -> OurCall:
    return OurCall(UUID(int=place), OWN, NOON + timedelta(seconds=at), client, outcome, 30.0)


def theirs(client: str, at: int, seconds: int = 30) -> BillCall:
    return BillCall(OWN, NOON + timedelta(seconds=at), client, seconds)


@pytest.mark.parametrize(
    ("us", "them", "both", "only_theirs", "only_ours"),
    [
        ([ours(1, ANNA, 0)], [theirs(ANNA, 20)], 1, 0, 0),
        ([ours(1, ANNA, 0)], [theirs(BORIS, 20)], 0, 1, 1),
        ([ours(1, ANNA, 0)], [theirs(ANNA, 200)], 0, 1, 1),
        ([ours(1, "", 0)], [theirs(ANNA, 50)], 1, 0, 0),
        ([ours(1, "", 0)], [theirs(ANNA, 90)], 0, 1, 1),
        ([ours(1, ANNA, 0), ours(2, ANNA, 100)], [theirs(ANNA, 95), theirs(ANNA, 110)], 2, 0, 0),
        ([ours(1, ANNA, 0, "missed")], [theirs(BORIS, 0)], 0, 1, 0),
        ([ours(1, ANNA, 0, "missed")], [theirs(BORIS, 0, 0)], 0, 1, 1),
        ([ours(1, ANNA, 0, "missed")], [theirs(ANNA, 0, 12)], 1, 0, 0),
    ],
)
def test_each_call_is_matched_once(
    us: list[OurCall], them: list[BillCall], both: int, only_theirs: int, only_ours: int
) -> None:
    (line,) = matched(us, them)
    assert (line.both, len(line.only_theirs), len(line.only_ours)) == (both, only_theirs, only_ours)
    assert (line.theirs, line.ours) == (both + only_theirs, both + only_ours)


def test_days_that_meet_are_one_stretch() -> None:
    def days(first: int, after: int) -> Days:
        return Days(datetime(2026, 11, first, tzinfo=UTC).date(), datetime(2026, 11, after, tzinfo=UTC).date(), MOSCOW)

    assert merged([days(5, 9), days(1, 3), days(3, 4), days(6, 7)]) == [days(1, 4), days(5, 9)]


async def send(browser: Browser, text: str) -> ClientResponse:
    form = FormData()
    form.add_field("file", BytesIO(text.encode()), filename="bill.csv", content_type="text/csv")
    headers = HTML | {"X-CSRF-Token": await browser.token(BILLS), "HX-Request": "true", "HX-Target": "bill-form"}
    return await browser.post(BILLS, data=form, headers=headers, allow_redirects=False)


async def test_a_bill_is_read_compared_and_thrown_away(browser: Browser, pool: Pool) -> None:
    rows = await Rows(pool).make(1)
    await add_call(pool, ANNA, "answered", line=OWN, at=NOON, talk=60)
    await add_call(pool, VERA, "answered", line=OWN, at=NOON + timedelta(hours=1), talk=60)
    text = (
        "A;B;C;D\n20.11.2026 12:00:20;84951000000;89160000001;61\n20.11.2026 15:00;84951000000;89160000002;5\n"
        "20.11.2026 15:00;84950000000;89160000002;5\nкогда-то;84951000000;89160000002;5\n"
    )
    path = (await send(browser, text)).headers["HX-Redirect"]
    assert "has no column with the day of a call" in await text_of(browser, path)

    columns = {"column-0": "date", "column-1": "number", "column-2": "client", "column-3": "seconds"}
    assert (await browser.send(f"{path}/columns", columns, page=path)).status == 303
    page = await text_of(browser, path)
    assert "is no day" in page
    assert await pool.fetchval("select array[refused, left_out] from tracking_bills") == [1, 1]

    where = f"site={KEY}&since=2026-11-19&until=2026-11-21"
    page = await text_of(browser, f"/reports/proof?{where}")
    assert undefined_figures(page) == []
    assert "the calls of one side" in page
    assert "Days compared: Nov 20" in page or "Days compared: 20 Nov" in page
    page = await text_of(browser, f"/reports/proof/differences?{where}&number=%2B74951000000")
    assert "916 000-00-02" in page
    assert "916 000-00-03" in page
    assert "916 000-00-01" not in page

    assert (await browser.send(f"{path}/remove", {}, page=path)).status == 303
    assert await pool.fetchval("select count(*) from tracking_bill_calls") == 0
    assert await pool.fetchval("select array_agg(action order by id) from audit where action like 'bill.%'") == [
        "bill.sent", "bill.removed",
    ]  # fmt: skip
    assert "No bill of these days." in await text_of(browser, f"/reports/proof?{where}")
    assert rows.site


async def test_a_file_that_is_none_is_told_in_the_form(browser: Browser) -> None:
    answer = await send(browser, "")
    assert (answer.status, "choose a file" in await answer.text()) == (422, True)


async def test_who_sees_a_part_of_the_company_sees_no_bill(browser: Browser, pool: Pool, add_person: AddPerson) -> None:
    narrow = await add_person("vera", Role.MARKETER, every_line=False)
    async with another(browser, await session_of(pool, browser.app, narrow)) as other:
        for path in (BILLS, f"{BILLS}/{UUID(int=1)}", "/reports/proof/differences"):
            assert (await other.look(path)).status == 403
