"""Calls, their legs and the choices of their lines, put into the database as the story leaves them."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from trunkline.db.partitions import ensure_partition
from trunkline.db.types import Pool
from trunkline.ids import uuid7

NOBODY = UUID(int=0)
NOON = datetime(2026, 3, 4, 9, tzinfo=UTC)  # 12:00 in Moscow
SALES, SERVICE = "+74951112233", "+74954445566"
ANNA, BORIS, VERA = "+79160000001", "+79160000002", "+79160000003"
_PARTS = ("legs", "talks", "transfers", "pickups", "queues", "offers", "recordings", "gaps")


async def add_call(
    pool: Pool,
    client: str,
    outcome: str,
    *,
    line: str = SALES,
    at: datetime = NOON,
    wait: float = 20.0,
    talk: float = 0.0,
    why: str | None = None,
    queues: tuple[str, ...] = (),
    direction: str = "in",
    legs: Sequence[dict[str, Any]] = (),
) -> UUID:
    """A call that is over; a call out dialled its client, and `line` says nothing of it."""
    call_id = uuid7(at.timestamp())
    story: dict[str, list[dict[str, Any]]] = {part: [] for part in _PARTS} | {"legs": list(legs)}
    async with pool.acquire() as connection:
        await ensure_partition(connection, "calls", at.year, at.month)
        await connection.execute(
            "insert into calls (id, pbx, linkedid, direction, caller, caller_name, client, dialled, line_id,"
            " started_at, ended_at, outcome, missed_why, answered_by, agents, rang, queues, people, departments,"
            " wait_ms, talk_ms, is_partial, has_gap, story) values ($1, 'office', $2, $9, $3, '', $3, $4,"
            " (select id from lines where number = $4), $5, $5, $6, $7, '', '{}', '{}', $8,"
            " '{}', '{}', $10, $11, false, false, $12::text::jsonb)",
            call_id, str(call_id), client, client if direction == "out" else line, at, outcome, why, list(queues),
            direction, int(wait * 1000), int(talk * 1000), json.dumps(story),
        )  # fmt: skip
    return call_id


def outside(
    trunk: str = "mango", *, cause: int = 16, delay: float | None = 3.0, talk: float = 0.0, answered: bool = False
) -> dict[str, Any]:
    """The leg to the called party of a call out."""
    return _leg("outside", trunk, cause) | {
        "dialled_by": "1772614800.1",
        "dial_status": "ANSWER" if answered else "CONGESTION",
        "post_dial_seconds": delay,
        "answered_at": NOON.isoformat() if answered else None,
        "talk_seconds": talk,
    }


def caller(trunk: str = "mango", *, cause: int = 16) -> dict[str, Any]:
    """The leg of whoever calls us."""
    return _leg("caller", trunk, cause)


async def add_choice(
    pool: Pool, call_id: UUID, line: str, trunk: str = "mango", *, at: datetime = NOON, turn: int = 1
) -> None:
    """What the called party was shown."""
    async with pool.acquire() as connection:
        await ensure_partition(connection, "outgoing_choices", at.year, at.month)
        await connection.execute(
            "insert into outgoing_choices (call_id, turn, at, pbx, linkedid, agent, client, action, caller_id, trunk,"
            " rule, labelled, status, reason, degraded, micros, fallbacks, trace, facts) values ($1, $2, $3,"
            " 'office', $4, '101', '', 'dial', $5, $6, 'fixed', true, '', '', '{}', 0, '[]', '[]', '{}')",
            call_id, turn, at + timedelta(seconds=turn), str(call_id), line, trunk,
        )  # fmt: skip


async def add_line(pool: Pool, number: str, operator: str = "") -> UUID:
    """One of our lines."""
    line_id = uuid7(NOON.timestamp())
    await pool.execute("insert into lines (id, number, operator) values ($1, $2, $3)", line_id, number, operator)
    return line_id


def _leg(role: str, trunk: str, cause: int) -> dict[str, Any]:
    moment = NOON.isoformat()
    return {
        "id": "1772614800.2", "channel": f"PJSIP/{trunk}-0000002a", "role": role, "party": "", "number": "", "name": "",
        "started_at": moment, "ringing_at": None, "rang": False, "elsewhere": False, "talk_seconds": 0.0,
        "answered_at": None, "ended_at": moment, "dialled_by": "", "dial_status": "", "forwarded_to": "",
        "cause": cause, "vanished": False, "bridged": [], "held": [], "post_dial_seconds": None,
    }  # fmt: skip
