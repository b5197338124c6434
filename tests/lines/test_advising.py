"""From a question on a line in advise to its page: what the PBX did beside what it would have been told."""

from datetime import UTC, datetime

import msgspec
import pytest

from tests.lines.test_lines import OFFICE, token
from tests.people.web import Browser
from tests.web.composed import text_of
from trunkline.calls.decisions import DecisionApplier
from trunkline.db.partitions import ensure_partition
from trunkline.db.types import Pool
from trunkline.ids import call_uuid
from trunkline.pbx.port import Action, Decision, DecisionRecord, Question, TraceRow
from trunkline.spool import Kind, Position, Record

__all__ = ["token"]

LINE = "+74951234567"
CALL = """
insert into calls (id, pbx, linkedid, direction, caller, caller_name, client, dialled, started_at, ended_at, outcome,
    answered_by, agents, rang, queues, people, departments, wait_ms, talk_ms, is_partial, has_gap)
values ($1, 'office', $2, 'in', '+79160000001', '', '+79160000001', '+74951234567', $3, $3, 'answered',
    '101', '{101}', '{101}', $4, '{}', '{}', 0, 0, false, false)
"""


async def advise(pool: Pool, linkedid: str, queue: str, *, heard_in: str | None) -> None:
    """A question about the line, advised to `queue`, and the call that waited in the queue `heard_in`."""
    at = float(linkedid)
    advised = Decision(Action.QUEUE, "class", queue, trace=(TraceRow("class", True, {}),))
    decision = Decision(Action.DEFAULT, "mode", advised=advised)
    told = DecisionRecord(at, 1, "+79160000001", LINE, Question("office", linkedid), decision)
    async with pool.acquire() as connection:
        await DecisionApplier().apply(
            connection, [Record(Kind.DECISION, at, msgspec.msgpack.encode(told), Position(1, 0))]
        )
        moment = datetime.fromtimestamp(at, UTC)
        await ensure_partition(connection, "calls", moment.year, moment.month)
        if heard_in is not None:
            await connection.execute(CALL, call_uuid("office", linkedid, at), linkedid, moment, [heard_in])


@pytest.mark.parametrize(
    ("elsewhere", "same", "said"),
    [
        (0, 1, "ушло бы 0 звонков из 1"),
        (1, 2, "ушёл бы 1 звонок из 3"),
        (2, 0, "ушли бы 2 звонка из 2"),
        (5, 1, "ушло бы 5 звонков из 6"),
    ],
)
async def test_the_share_in_russian(
    browser: Browser, pool: Pool, token: dict[str, str], elsewhere: int, same: int, said: str
) -> None:
    await browser.post("/api/v1/lines", json=OFFICE | {"mode": "advise"}, headers=token)
    for place in range(elsewhere + same):
        queue = "service" if place < elsewhere else "sales"
        await advise(pool, f"{1786006800 + place}.1", queue, heard_in="sales")
    assert f"В другое место {said}" in await text_of(browser, f"/lines/{LINE}", language="ru")


async def test_the_share_and_the_list(browser: Browser, pool: Pool, token: dict[str, str]) -> None:
    await browser.post("/api/v1/lines", json=OFFICE | {"mode": "advise"}, headers=token)
    assert "Nothing to compare yet" in await text_of(browser, f"/lines/{LINE}")
    await advise(pool, "1786006800.1", "sales", heard_in="sales")
    await advise(pool, "1786006801.1", "service", heard_in="sales")
    await advise(pool, "1786006802.1", "service", heard_in=None)

    text = await text_of(browser, f"/lines/{LINE}")

    assert "1 of 2 calls would have gone elsewhere (50%)" in text.replace("\xa0", "").replace(" %", "%")
    assert "1 more cannot be compared yet" in text
    assert f"/calls/{call_uuid('office', '1786006801.1', 0.0)}" in text
    assert f"/calls/{call_uuid('office', '1786006800.1', 0.0)}" not in text
    assert "Wait in the queue service" in text
