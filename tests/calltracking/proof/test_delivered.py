"""What our delivery log says of Metrica: by line and day, and why calls were left out."""

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from calltracking.proof.delivered import Joined, read_delivered
from tests.calltracking.conftest import KEY, OWN, Rows, number_of
from tests.calltracking.proof.defined import undefined_figures
from tests.people.web import Browser
from tests.reports.calls import ANNA, BORIS, add_call
from tests.web.composed import text_of
from trunkline.calls.attribution import Attribution, ToldBy
from trunkline.calls.attribution_store import keep_attributions
from trunkline.db.types import Pool
from trunkline.ids import uuid7
from trunkline.people.identity import Reach
from trunkline.reports.days import latest

NOW = datetime.now(UTC) - timedelta(minutes=1)


async def add_told(rows: Rows, destination: UUID, number: str, client: str, state: str, batch: UUID | None) -> None:
    """A call of a visit, and what became of it on its way to the destination."""
    visit = uuid7(NOW.timestamp())
    await rows.pool.execute(
        "insert into visits (id, visitor, site_id, started_at, seen_at, landing, referrer, agent, consent)"
        " values ($1, $1, $2, $3, $3, 'https://www.example.ru/', '', '', 'full')",
        *(visit, rows.site, NOW),
    )
    call = await add_call(rows.pool, client, "answered", line=number, at=NOW, talk=40)
    async with rows.pool.acquire() as connection:
        await keep_attributions(
            connection, [Attribution(call, number, client, ToldBy.VISIT, 0.9, visit, visit, "Окна")]
        )
    await rows.pool.execute(
        "insert into exports (id, destination_id, subject, at, payload, state, why, batch_id)"
        " values ($1, $2, $3, $4, '{}', $5, $6, $7)",
        *(uuid7(NOW.timestamp()), destination, f"call:{call}", NOW, state, "unsure" if state == "unfit" else "", batch),
    )


async def test_calls_are_told_by_line_and_day_and_joined_by_upload(browser: Browser, pool: Pool) -> None:
    rows = await Rows(pool).make(2)
    metrica, google, batch = (uuid7(NOW.timestamp()) for _ in range(3))
    for identifier, kind in ((metrica, "metrica_calls"), (google, "vk")):
        await pool.execute(
            "insert into export_destinations (id, kind, name, account, goal, active)"
            " values ($1, $2, $2, '1', 'call', true)",
            *(identifier, kind),
        )
    await pool.execute(
        "insert into export_batches (id, destination_id, at, rows, sent_at, joined) values ($1, $2, $3, 5, $3, 4)",
        *(batch, metrica, NOW),
    )
    await pool.execute("update export_destinations set counted_at = now() where id = $1", metrica)
    await pool.execute(
        "insert into export_counts (destination_id, day, number, calls) values ($1, $2, $3, 3), ($1, $2 - 30, $3, 9)",
        *(metrica, NOW.date(), number_of(0)),
    )
    await add_told(rows, metrica, number_of(0), ANNA, "sent", batch)
    await add_told(rows, metrica, number_of(0), BORIS, "unfit", None)
    await add_told(rows, metrica, number_of(1), BORIS, "waiting", None)
    await add_told(rows, google, number_of(1), ANNA, "waiting", None)
    days = latest(2, datetime.now(UTC), ZoneInfo("Europe/Moscow"))

    async with pool.acquire() as connection:
        told = await read_delivered(connection, rows.site, days, Reach(UUID(int=0), None, None))
        none = await read_delivered(connection, rows.site, days, Reach(UUID(int=0), None, []))

    rows_told = {number: (row.delivered, row.waiting, row.left_out) for (_, number), row in told.lines.items()}
    assert rows_told == {number_of(0): (1, 0, 1), number_of(1): (0, 1, 0)}
    assert [(row.delivered, row.waiting, row.left_out) for row in told.days.values()] == [(1, 1, 1)]
    assert (told.whys, told.of_line(number_of(0)), told.of_line(OWN)) == ({"unsure": 1}, 3, None)
    assert {number: row.counted for (_, number), row in told.lines.items()} == {number_of(0): 3, number_of(1): 0}
    assert told.joined == (Joined("metrica_calls", 4, 5, 1),)
    assert (dict(none.lines), none.joined) == ({}, ())

    page = await text_of(browser, f"/reports/proof?site={KEY}&days=7")
    assert undefined_figures(page) == []
    assert "Metrica joined 4 rows of 5." in page
    assert "less sure than asked for" in page
