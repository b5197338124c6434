"""What calls tell: kept out is neither answered nor missed, the right digit counts for a number, so does a talk."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from tests.calls.dialogues import PBX, Dialogue, dialogue
from tests.calls.test_applier import Told, apply, run
from trunkline.calls.announce import News
from trunkline.calls.applier import CallApplier
from trunkline.calls.decisions import DecisionApplier
from trunkline.db.types import Pool
from trunkline.ids import call_uuid, time_of
from trunkline.pbx.port import Action, Decision, DecisionRecord, Next, Question, TraceRow
from trunkline.spool import Kind, Position, Record

CALLER, LINE = "+79161234567", "+74951234567"
CHALLENGE = Decision(Action.CHALLENGE, "spam", "7", next=Next.ASK)
NO_DIGIT = Decision(
    Action.VOICEMAIL,
    "challenge_failed",
    "spam",
    trace=(TraceRow("challenge_failed", matched=True, used={"asked": True, "pressed": ""}),),
)
RIGHT_DIGIT = Decision(
    Action.QUEUE,
    "class",
    "sales",
    next=Next.ASK,
    trace=(TraceRow("challenge_failed", matched=False, used={"asked": True, "pressed": "7"}),),
)


@pytest.fixture
def met() -> Dialogue:
    return dialogue("spam_challenge_passed")


def linkedid_of(told: Dialogue) -> str:
    found = re.search(rb"Linkedid: (\S+)", told.ami)
    assert found
    return found[1].decode()


def alone(told: Dialogue) -> list[bytes]:
    """The recording without its second leg: the caller is asked, and hangs up."""
    own = f"Uniqueid: {linkedid_of(told)}".encode()
    kinds = (b"Newchannel", b"Newstate", b"Newexten", b"VarSet", b"HangupRequest", b"SoftHangupRequest", b"Hangup")
    return [
        frame
        for frame in told.frames
        if own in frame.splitlines() and any(b"Event: " + kind in frame.splitlines() for kind in kinds)
    ]


def longer(told: Dialogue, seconds: int) -> list[bytes]:
    """The recording with a talk that lasts so many seconds more."""
    frames = told.frames
    last = max(place for place, frame in enumerate(frames) if frame.startswith(b"Event: BridgeEnter"))

    def later(found: re.Match[bytes]) -> bytes:
        return b"Timestamp: %.6f" % (float(found[1]) + seconds)

    return [*frames[: last + 1], *(re.sub(rb"Timestamp: ([0-9.]+)", later, frame) for frame in frames[last + 1 :])]


def decided(told: Dialogue, *decisions: Decision, facts: object = None) -> list[Record]:
    at = time_of(call_uuid(PBX, linkedid_of(told), 0.0))
    question = Question(PBX, linkedid_of(told), CALLER, LINE)
    return [
        Record(
            Kind.DECISION,
            at + turn,
            msgspec.msgpack.encode(
                DecisionRecord(
                    at + turn, turn, CALLER, LINE, question, msgspec.structs.replace(decision, facts=facts or {})
                )
            ),
            Position(1, 0),
        )
        for turn, decision in enumerate(decisions, start=1)
    ]


async def outcomes(pool: Pool) -> list[tuple[str, str | None]]:
    return [tuple(row) for row in await pool.fetch("select outcome, missed_why from calls")]


async def tell(pool: Pool, told: Told, order: str, calls: Record, decisions: Sequence[Record]) -> None:
    applier, decider = CallApplier(told), DecisionApplier()
    for who in order:
        if who == "c":
            await apply(pool, applier, calls)
        else:
            async with pool.acquire() as connection, connection.transaction():
                assert not (await decider.apply(connection, decisions)).rejects


@pytest.mark.parametrize("order", ["dc", "cd", "dcdc", "cdcd"])
@pytest.mark.parametrize("decisions", [(CHALLENGE,), (CHALLENGE, NO_DIGIT)])
async def test_a_caller_who_met_only_the_challenge_was_not_missed(
    pool: Pool, met: Dialogue, order: str, decisions: tuple[Decision, ...]
) -> None:
    told = Told()
    await tell(pool, told, order, run(alone(met)), decided(met, *decisions))

    assert await outcomes(pool) == [("screened", None)]
    if order.startswith("d"):
        assert told.kinds == [News.STARTED, News.ENDED], "nobody is told of a missed call"


async def test_a_rewound_worker_corrects_nothing(pool: Pool, met: Dialogue) -> None:
    """Steps that come again to a node that has forgotten the call."""
    told = Told()
    frames = alone(met)
    await tell(pool, told, "dc", run(frames), decided(met, CHALLENGE))
    again = Told()
    await apply(pool, CallApplier(again), run([*frames, frames[-1].replace(b"Timestamp: 1", b"Timestamp: 2")]))

    assert again.kinds == []
    assert await outcomes(pool) == [("screened", None)]


@pytest.mark.parametrize(
    "decisions", [(), (CHALLENGE, RIGHT_DIGIT), (RIGHT_DIGIT,), (msgspec.structs.replace(CHALLENGE, rule="class"),)]
)
@pytest.mark.parametrize("order", ["dc", "cd"])
async def test_whoever_was_to_reach_a_person_was_missed(
    pool: Pool, met: Dialogue, order: str, decisions: tuple[Decision, ...]
) -> None:
    await tell(pool, Told(), order, run(alone(met)), decided(met, *decisions))
    assert [outcome for outcome, _ in await outcomes(pool)] == ["missed"]


@pytest.mark.parametrize("order", ["dc", "cd"])
async def test_answered_wins(pool: Pool, met: Dialogue, order: str) -> None:
    await tell(pool, Told(), order, run(met.frames), decided(met, CHALLENGE))
    assert await outcomes(pool) == [("answered", None)]


async def test_the_right_digit_is_a_vote_and_thirty_days(pool: Pool, met: Dialogue) -> None:
    records = decided(met, CHALLENGE, RIGHT_DIGIT)
    await tell(pool, Told(), "ddd", run([]), records)

    allowed = await pool.fetch("select number, why, until from spam_allow")
    at = datetime.fromtimestamp(records[1].at, UTC)
    assert [tuple(row) for row in allowed] == [(CALLER, "passed", at + timedelta(days=30))]
    assert [tuple(row) for row in await pool.fetch("select number, weight, at from spam_legit")] == [(CALLER, 1.0, at)]
    assert await pool.fetchval("select count(*) from spam_passed") == 1


async def test_a_digit_shortens_nobodys_stay_on_the_list(pool: Pool, met: Dialogue) -> None:
    await pool.execute("insert into spam_allow (number, why) values ($1, 'hand')", CALLER)
    await tell(pool, Told(), "d", run([]), decided(met, CHALLENGE, RIGHT_DIGIT))
    assert await pool.fetchval("select until from spam_allow") is None


async def test_votes_of_two_calls_add_up_as_they_fade(pool: Pool, met: Dialogue) -> None:
    await pool.execute("insert into spam_legit values ($1, 2, $2)", CALLER, datetime(2026, 1, 1, tzinfo=UTC))
    await tell(pool, Told(), "d", run([]), decided(met, CHALLENGE, RIGHT_DIGIT))
    ((weight, at),) = await pool.fetch("select weight, at from spam_legit")
    days = (at - datetime(2026, 1, 1, tzinfo=UTC)) / timedelta(days=1)
    assert weight == pytest.approx(1 + 2 * 0.5 ** (days / 125))


async def spoken(pool: Pool) -> list[tuple[str, bool]]:
    return [tuple(row) for row in await pool.fetch("select number, suspect from spoken_numbers")]


@pytest.mark.parametrize(("more", "found"), [(0, []), (28, []), (29, [(CALLER, False)]), (300, [(CALLER, False)])])
async def test_a_talk_of_half_a_minute_is_remembered(
    pool: Pool, met: Dialogue, more: int, found: list[tuple[str, bool]]
) -> None:
    """It lasted 1.2 s in the recording."""
    await tell(pool, Told(), "cc", run(longer(met, more)), [])
    assert await spoken(pool) == found


@pytest.mark.parametrize(
    "listed",
    [
        f"insert into spam_numbers (number) values ('{CALLER}')",
        f"insert into spam_personal values ('{CALLER}', true, 'reject')",
        f"insert into spam_personal values ('{CALLER[:8]}', false, 'reject')",
        f"insert into spam_ranges values ('{CALLER[:-1]}', 'ten', 9)",
        f"insert into spam_ranges values ('{CALLER[:-2]}', 'hundred', 9)",
        f"insert into spam_ranges values ('{CALLER[:9]}', 'prefix', 9)",
    ],
)
async def test_only_numbers_something_speaks_against_are_carried(pool: Pool, met: Dialogue, listed: str) -> None:
    await pool.execute(listed)
    await tell(pool, Told(), "c", run(longer(met, 60)), [])
    assert await spoken(pool) == [(CALLER, True)]


@pytest.mark.parametrize(
    "beside",
    [
        f"insert into spam_personal values ('{CALLER[:8]}', true, 'reject')",
        f"insert into spam_ranges values ('{CALLER[:-1]}', 'hundred', 9)",
        f"insert into spam_ranges values ('{CALLER[:-2]}', 'ten', 9)",
    ],
)
async def test_what_only_looks_alike_speaks_against_nobody(pool: Pool, met: Dialogue, beside: str) -> None:
    await pool.execute(beside)
    await tell(pool, Told(), "c", run(longer(met, 60)), [])
    assert await spoken(pool) == [(CALLER, False)]


async def test_a_number_outside_the_registry_is_carried_too(pool: Pool, met: Dialogue) -> None:
    records = decided(met, CHALLENGE, RIGHT_DIGIT, facts={"unallocated": True})
    await tell(pool, Told(), "dc", run(longer(met, 60)), records)
    assert await spoken(pool) == [(CALLER, True)]


async def test_a_list_that_comes_later_finds_whom_we_talked_with(pool: Pool, met: Dialogue) -> None:
    await tell(pool, Told(), "c", run(longer(met, 60)), [])
    await pool.execute("insert into spam_numbers (number) values ($1)", CALLER)
    assert await spoken(pool) == [(CALLER, True)]
