"""Choices and last lines as rows, and the file the question reads them from."""

import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from trunkline.callerid.choices import OutgoingApplier
from trunkline.callerid.choose import Choice, OutgoingFacts, Outward
from trunkline.callerid.last import FILE_NAME, LastLines
from trunkline.callerid.last_file import write_last_lines
from trunkline.callerid.record import OutgoingQuestion, OutgoingRecord
from trunkline.calls import store
from trunkline.calls.call import Call
from trunkline.calls.outcome import Direction, Outcome
from trunkline.calls.summary import Summary
from trunkline.db.types import Connection, Pool
from trunkline.directory.head import read_head
from trunkline.spool import Kind, Position, Record

NOW = 1786006800.0
LINE, SECOND, CLIENT = "+74951234567", "+73431234567", "+79161234567"


async def add_lines(connection: Connection) -> None:
    await connection.executemany(
        "insert into lines (id, number, name) values ($1, $2, $2)", [(uuid.uuid4(), LINE), (uuid.uuid4(), SECOND)]
    )


def record(at: float, shown: str, action: Outward = Outward.DIAL, turn: int = 1) -> Record:
    question = OutgoingQuestion("office", "1786006800.9", "101", CLIENT, status="CONGESTION")
    choice = Choice(action, "region", shown, "provider", CLIENT, labelled=False)
    payload = msgspec.msgpack.encode(OutgoingRecord(at, turn, question, choice, OutgoingFacts(CLIENT), ("presence",)))
    return Record(Kind.OUTGOING, at, payload, Position(0, 0))


async def last_of(connection: Connection, number: str) -> str | None:
    found: str | None = await connection.fetchval(
        "select lines.number from last_lines join lines on lines.id = line_id where last_lines.number = $1", number
    )
    return found


async def test_a_choice_is_a_row_once(pool: Pool) -> None:
    applier = OutgoingApplier()
    broken = Record(Kind.OUTGOING, NOW, b"\x00", Position(0, 0))
    async with pool.acquire() as connection, connection.transaction():
        await add_lines(connection)
        for _ in range(2):
            applied = await applier.apply(connection, [record(NOW, LINE), record(NOW + 1, SECOND, turn=2), broken])
            assert len(applied.rejects) == 1
        rows = await connection.fetch("select * from outgoing_choices order by turn")

        assert [(row["turn"], row["caller_id"], row["labelled"]) for row in rows] == [
            (1, LINE, False),
            (2, SECOND, False),
        ]
        assert rows[0]["degraded"] == ["presence"]
        assert rows[0]["at"] == datetime.fromtimestamp(NOW, UTC)
        assert await last_of(connection, CLIENT) == SECOND
        await applier.apply(connection, [record(NOW - 9, LINE)])
        assert await last_of(connection, CLIENT) == SECOND, "what is older changes nothing"


@pytest.mark.parametrize(
    ("direction", "dialled", "known"),
    [("in", LINE, LINE), ("in", "Trunk-MSK", LINE), ("in", "+74950000000", None), ("internal", LINE, None)],
    ids=["its number", "an alias", "no line", "no call from outside"],
)
async def test_a_call_tells_its_line(pool: Pool, direction: str, dialled: str, known: str | None) -> None:
    call = Call("office", "1786006800.9")
    at = int(NOW * 1e6)
    summary = Summary(
        Direction(direction), "", CLIENT, "", CLIENT, dialled, at, None, None, Outcome.MISSED, None, "", None,
        (), (), (), 0, 0, (), is_partial=False, has_gap=False,
    )  # fmt: skip
    async with pool.acquire() as connection, connection.transaction():
        await add_lines(connection)
        await connection.execute(
            "insert into line_aliases (alias, line_id) select 'trunk-msk', id from lines where number = $1", LINE
        )
        ids = await store.ids_of(connection, {("office", "1786006800.9"): int(NOW * 1e6)})
        await store.ensure_months(connection, ids.values(), set())
        await store.save_calls(connection, [store.row_of(call_id, call, summary) for call_id in ids.values()])

        assert await last_of(connection, CLIENT) == known


async def test_the_file_tells_what_the_table_does(pool: Pool, tmp_path: Path) -> None:
    numbers = {f"+7916{number:07d}": (LINE, SECOND)[number % 2] for number in range(0, 3000, 3)}
    async with pool.acquire() as connection:
        await add_lines(connection)
        moment = datetime.now(UTC)
        await connection.executemany(
            "insert into last_lines select $1, id, $3 from lines where number = $2",
            [(number, line, moment - timedelta(seconds=int(number[5:]))) for number, line in numbers.items()],
        )
        last = LastLines(tmp_path)
        assert last.line_of("+79160000000") == ""
        assert await write_last_lines(connection, tmp_path) == 1000
    last.refresh()

    assert {number: last.line_of(number) for number in numbers} == numbers
    assert [last.line_of(number) for number in ("+79160000001", "+79", "", "anonymous")] == [""] * 4
    last.note("+79160000000", SECOND)
    assert last.line_of("+79160000000") == SECOND


@pytest.mark.parametrize("cut", [0, 10, 30, -1])
async def test_a_damaged_file_leaves_the_last(pool: Pool, tmp_path: Path, cut: int) -> None:
    async with pool.acquire() as connection:
        await add_lines(connection)
        await connection.execute(
            "insert into last_lines select $1, id, now() from lines where number = $2", CLIENT, LINE
        )
        await write_last_lines(connection, tmp_path)
    last, path = LastLines(tmp_path), tmp_path / FILE_NAME
    whole = path.read_bytes()
    path.unlink()
    path.write_bytes(whole[:cut])
    last.refresh()

    assert last.line_of(CLIENT) == LINE
    assert LastLines(tmp_path).line_of(CLIENT) == ""


async def test_the_head_carries_trunks_operators_and_labels(pool: Pool) -> None:
    today = datetime.now(UTC).date()
    async with pool.acquire() as connection:
        await add_lines(connection)
        await connection.execute("insert into pbxs (id, name, kind) values ('office', 'Office', 'asterisk')")
        await connection.execute(
            "insert into trunks (id, pbx_id, name, operator, format, prefix, active) values "
            "($1, 'office', 'provider', 'alpha', 'national', '9', true), "
            "($2, 'office', 'old', 'alpha', 'e164', '', false)",
            uuid.uuid4(),
            uuid.uuid4(),
        )
        for operator, since, until in (("gone", -20, -10), ("alpha", -10, 10), ("beta", 10, None)):
            await connection.execute(
                "insert into line_operators (line_id, operator, since, until) "
                "select id, $2, $3, $4 from lines where number = $1",
                LINE,
                operator,
                today + timedelta(days=since),
                until and today + timedelta(days=until),
            )
        await connection.execute(
            "insert into line_labels (line_id, operator, text, since) select id, 'alpha', 'Romashka', $2 from lines "
            "where number = $1",
            LINE,
            today,
        )
        await connection.execute("update outgoing_rules set rule = 'fixed', default_number = $1", LINE)

        outgoing = (await read_head(connection)).outgoing

    assert [(trunk.name, trunk.format, trunk.prefix) for trunk in outgoing.trunks] == [("provider", "national", "9")]
    assert [(row.line, row.operator, row.state) for row in outgoing.carried] == [
        (LINE, "alpha", "active"),
        (LINE, "beta", "active"),
    ]
    assert [(label.line, label.operator, label.since) for label in outgoing.labels] == [(LINE, "alpha", today)]
    assert (outgoing.rule, outgoing.default) == ("fixed", LINE)
