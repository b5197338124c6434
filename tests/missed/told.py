"""Calls with a client, put into the database and told as the story tells them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from tests.reports.calls import NOON, SALES
from trunkline.calls.announce import Announcement, News
from trunkline.calls.follow import follow_calls
from trunkline.db.partitions import ensure_partition
from trunkline.db.types import Connection, Pool
from trunkline.ids import uuid7
from trunkline.missed.promise import Rules

CLIENT = "+79161234567"


@dataclass(frozen=True, slots=True)
class Heard:
    """A call `minute` minutes past noon; a talk begins ten seconds later."""

    minute: float
    direction: str = "in"
    answered: bool = False
    client: str = CLIENT
    why: str = "no_answer"
    wait: float = 20.0
    line: str = SALES
    queues: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    number: int = 0
    outcome: str = ""
    ended: bool = True

    @property
    def at(self) -> datetime:
        return NOON + timedelta(minutes=self.minute)

    @property
    def id(self) -> UUID:
        return uuid7(self.at.timestamp(), (self.number or round(self.minute * 60) + 7_000).to_bytes(10, "big"))

    @property
    def result(self) -> str:
        return self.outcome or ("answered" if self.answered else "missed")


async def put(connection: Connection, heard: Heard) -> None:
    """The call's row, as it now is."""
    answered_at = heard.at + timedelta(seconds=10) if heard.answered else None
    await connection.execute(
        "insert into calls (id, pbx, linkedid, direction, caller, caller_name, client, dialled, line_id, started_at,"
        " answered_at, ended_at, outcome, missed_why, answered_by, agents, rang, queues, people, departments, wait_ms,"
        " talk_ms, is_partial, has_gap, story) values ($1, 'office', $2, $3, $4, '', $4, $5,"
        " (select id from lines where number = $5), $6, $7, $8, $9, $10, '', $11, '{}', $12,"
        " array(select id from people where extension = any ($11)),"
        " array(select department_id from queues where target = any ($12)), $13, $14, false, false, '{}')"
        " on conflict (id) do update set outcome = excluded.outcome, answered_at = excluded.answered_at,"
        " client = excluded.client, missed_why = excluded.missed_why, ended_at = excluded.ended_at",
        heard.id, str(heard.id), heard.direction, heard.client, heard.line if heard.direction == "in" else heard.client,
        heard.at, answered_at, heard.at + timedelta(seconds=heard.wait) if heard.ended else None, heard.result,
        heard.why if heard.result == "missed" else None, list(heard.agents), list(heard.queues),
        round(heard.wait * 1000), 60_000 if heard.answered else 0,
    )  # fmt: skip


def news_of(heard: Heard, news: News = News.ENDED, before: str = "") -> Announcement:
    """What is announced of it."""
    payload = {
        "client": heard.client, "direction": heard.direction, "outcome": heard.result, "agents": [], "talk_seconds": 0,
        "started_at": heard.at.isoformat(), "ended_at": heard.at.isoformat(), "pbx": "office",
    }  # fmt: skip
    return Announcement(heard.id, news, f"{news}:{heard.id}", 0, payload, (), before)


async def tell(
    pool: Pool, *calls: Heard, news: News = News.ENDED, before: str = "", rules: Rules | None = None
) -> None:
    """Calls and their news, in one transaction."""
    async with pool.acquire() as connection, connection.transaction():
        for heard in calls:
            await ensure_partition(connection, "calls", heard.at.year, heard.at.month)
            await put(connection, heard)
        told = [news_of(heard, news, before) for heard in calls]
        await follow_calls(connection, told, partial(_said, rules or Rules()))


async def _said(rules: Rules, _connection: Connection) -> Rules:
    return rules
