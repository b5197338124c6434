"""From accepted to stored: position and effects commit together, faults delay and never lose."""

from collections.abc import Sequence
from pathlib import Path

import asyncpg
import pytest

from trunkline.db.types import Connection, Pool
from trunkline.spool import Kind, Record, SpoolWriter
from trunkline.writer import _GATHERING_SECONDS, Applied, Post, Reject, SpoolApplier

CAP = 1 << 24


class Ledger:
    """Writes each payload as a row; `poison` raises, `odd` is rejected politely, `break` ends the connection."""

    kinds = frozenset({int(Kind.DECISION)})

    def __init__(self) -> None:
        self.forgotten = 0
        self.fail_next: Exception | None = None

    async def apply(self, connection: Connection, records: Sequence[Record]) -> Applied:
        if self.fail_next:
            error, self.fail_next = self.fail_next, None
            raise error
        good = [record for record in records if record.payload != b"odd"]
        for record in good:
            if record.payload == b"poison":
                raise ValueError("poison")
            await connection.execute("insert into ledger values ($1)", record.payload.decode())
        odd = [Reject(record, "odd") for record in records if record.payload == b"odd"]
        return Applied(odd, frozenset({"woken"}), [Post("ledger", record.payload) for record in good])

    def rounds(self, records: Sequence[Record]) -> int:
        return 1

    def forget(self) -> None:
        self.forgotten += 1


@pytest.fixture
async def ledger_pool(pool: Pool) -> Pool:
    await pool.execute("create table ledger (word text)")
    return pool


def accept(root: Path, *payloads: bytes, kind: Kind = Kind.DECISION, process: str = "question") -> None:
    with SpoolWriter(root / process, cap_bytes=CAP) as writer:
        for payload in payloads:
            writer.append(kind, payload)


async def words(pool: Pool) -> list[str]:
    return [row["word"] for row in await pool.fetch("select word from ledger order by word")]


def applier(
    pool: Pool, root: Path, ledger: Ledger, posts: list[Post] | None = None
) -> tuple[SpoolApplier, list[frozenset[str]]]:
    woken: list[frozenset[str]] = []

    async def wake(topics: frozenset[str], told: Sequence[Post]) -> None:
        woken.append(topics)
        if posts is not None:
            posts.extend(told)

    return SpoolApplier(pool, "node-a", root, [ledger], wake), woken


async def test_applies_once_over_restarts(ledger_pool: Pool, tmp_path: Path) -> None:
    accept(tmp_path, b"a", b"b")
    first, woken = applier(ledger_pool, tmp_path, Ledger())
    await first.drain()
    accept(tmp_path, b"c")
    second, _ = applier(ledger_pool, tmp_path, Ledger())
    await second.drain()

    assert await words(ledger_pool) == ["a", "b", "c"]
    assert woken == [frozenset({"woken"})]


async def test_visits_are_gathered_and_nothing_else_waits_for_them(
    ledger_pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(_GATHERING_SECONDS, "web", 3600.0)
    writer, _ = applier(ledger_pool, tmp_path, Ledger())
    accept(tmp_path, b"visit", process="web")
    assert await writer.step(gathers=True) == 1
    accept(tmp_path, b"visit", b"visit", process="web")
    accept(tmp_path, b"call")
    assert await writer.step(gathers=True) == 1
    assert await words(ledger_pool) == ["call", "visit"]

    await writer.drain()

    assert await words(ledger_pool) == ["call", "visit", "visit", "visit"]


async def test_database_trouble_is_retried_without_loss(ledger_pool: Pool, tmp_path: Path) -> None:
    accept(tmp_path, b"a", b"b")
    ledger = Ledger()
    ledger.fail_next = asyncpg.ConnectionDoesNotExistError("gone")
    writer, _ = applier(ledger_pool, tmp_path, ledger)

    with pytest.raises(asyncpg.ConnectionDoesNotExistError):
        await writer.step()
    await writer.drain()

    assert await words(ledger_pool) == ["a", "b"]
    assert ledger.forgotten == 1


async def test_one_bad_record_is_kept_aside_and_the_rest_goes_on(ledger_pool: Pool, tmp_path: Path) -> None:
    accept(tmp_path, b"a", b"poison", b"odd", b"b")
    accept(tmp_path, b"nobody's", kind=Kind.BEAT)
    writer, _ = applier(ledger_pool, tmp_path, Ledger())
    await writer.drain()

    rejects = await ledger_pool.fetch("select payload, reason from spool_rejects order by payload")

    assert await words(ledger_pool) == ["a", "b"]
    assert [(row["payload"], row["reason"]) for row in rejects] == [
        (b"nobody's", "nobody applies records of kind 5"),
        (b"odd", "odd"),
        (b"poison", "ValueError: poison"),
    ]


async def test_replaced_spool_folder_is_read_from_its_beginning(ledger_pool: Pool, tmp_path: Path) -> None:
    for word in (b"a", b"b", b"c"):
        accept(tmp_path / "old", word)
    writer, _ = applier(ledger_pool, tmp_path / "old", Ledger())
    await writer.drain()
    accept(tmp_path / "new", b"d")
    writer, _ = applier(ledger_pool, tmp_path / "new", Ledger())
    await writer.drain()

    assert await words(ledger_pool) == ["a", "b", "c", "d"]


async def test_second_writer_of_a_node_applies_nothing_twice(ledger_pool: Pool, tmp_path: Path) -> None:
    accept(tmp_path, *(str(number).encode() for number in range(50)))
    one, _ = applier(ledger_pool, tmp_path, Ledger())
    two, _ = applier(ledger_pool, tmp_path, Ledger())
    await one.drain()
    await two.drain()

    assert len(await words(ledger_pool)) == 50


async def test_news_is_told_after_the_commit_and_only_what_was_committed(ledger_pool: Pool, tmp_path: Path) -> None:
    accept(tmp_path, b"a", b"poison", b"odd", b"b")
    posts: list[Post] = []
    writer, _ = applier(ledger_pool, tmp_path, Ledger(), posts)
    await writer.drain()
    assert posts == [Post("ledger", b"a"), Post("ledger", b"b")]
