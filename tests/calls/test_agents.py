"""Whose screen opens and closes, and when, in each recorded dialogue: frame by frame through the applier."""

from collections.abc import Sequence
from uuid import UUID, uuid4

import msgspec
import pytest

from tests.calls.dialogues import NAMES, PBX, dialogue
from tests.calls.test_applier import Told, apply, link, run
from trunkline.calls.agents import AGENTS_CHANNEL, AgentEvent, agents_mark, every_agent, sweep_agents
from trunkline.calls.applier import CallApplier
from trunkline.db.types import Pool
from trunkline.ids import call_uuid
from trunkline.pbx.ports import Gap, OpenLeg, Resynced

CLIENT = "+79161234567"
LINE = "+74951234567"


async def replay(
    pool: Pool, name: str, *, remembered: int = 5_000, renamed: tuple[bytes, bytes] = (b"", b"")
) -> list[AgentEvent]:
    """What is told to screens while the recording comes in, a frame a transaction; `renamed` is another id in it."""
    applier = CallApplier(Told(), remembered=remembered)
    told: list[AgentEvent] = []
    for frame in dialogue(name).frames:
        applied = await apply(pool, applier, run([frame.replace(*renamed)]))
        for post in applied.posts:
            assert post.channel == AGENTS_CHANNEL
            told += msgspec.json.decode(post.payload, type=list[AgentEvent])
    return told


def in_words(told: Sequence[AgentEvent]) -> list[str]:
    """`101 ringing` of the first call, `101 ringing 2` of the second; a state that is told again only once."""
    calls: dict[UUID, int] = {}
    words: list[str] = []
    last: dict[object, str] = {}
    for one in told:
        if last.get((one.call_id, one.extension)) != one.state:
            last[one.call_id, one.extension] = one.state
            number = calls.setdefault(one.call_id, len(calls) + 1)
            words.append(f"{one.extension} {one.state}" + (f" {number}" if number > 1 else ""))
    return words


ANSWERED = ["101 ringing", "101 talking", "101 gone"]

SCREENS: dict[str, list[str]] = {
    "anonymous_caller": ANSWERED,
    "attended_transfer": [
        *("101 ringing", "101 talking"),
        *("101 calling 2", "102 ringing 2", "102 talking 2", "101 talking 2"),
        *("101 gone 2", "101 gone", "102 gone 2", "102 talking", "102 gone"),
    ],
    "blind_transfer": ["101 ringing", "101 talking", "101 gone", "102 ringing", "102 talking", "102 gone"],
    "blonde_transfer": [
        *("101 ringing", "101 talking", "101 calling 2", "102 ringing 2"),
        *("101 gone 2", "102 gone 2", "102 ringing", "101 gone", "102 talking", "102 gone"),
    ],
    "caller_hangs_up_ringing": ["101 ringing", "101 gone"],
    "cyrillic_caller_name": ANSWERED,
    "forwarded_to_mobile": [],
    "forwarded_to_voicemail": ["102 ringing", "102 talking", "102 gone"],
    "hold_unhold": ANSWERED,
    "local_legs": ANSWERED,
    "local_optimized_away": [],
    "originate_click_to_call": ANSWERED,
    "outgoing_call": ["101 calling", "101 talking", "101 gone"],
    "phone_hangs_up": ANSWERED,
    "phone_offline": [],
    "pickup": ["101 ringing", "101 gone", "103 talking", "103 gone"],
    "press_one": [],
    "press_one_missing": ANSWERED,
    "queue_abandoned": ["101 ringing", "101 gone"],
    "queue_answered": ANSWERED,
    "queue_ring_no_answer_then_second_agent": ["101 ringing", "101 gone", "102 ringing", "102 talking", "102 gone"],
    "queue_timeout_overflow": ["101 ringing", "101 gone", "201 ringing", "201 talking", "201 gone"],
    "recorded_mixmonitor": ANSWERED,
    "ring_group_answered": [
        *("101 ringing", "102 ringing", "103 ringing", "102 talking", "101 gone", "103 gone", "102 gone"),
    ],
    "simple_answered": ANSWERED,
    "simple_busy": [],
    "simple_no_answer": ["101 ringing", "101 gone"],
    "spam_challenge_passed": ANSWERED,
}


def test_every_recording_is_in_the_table() -> None:
    assert set(SCREENS) == set(NAMES) - {"ami_resync"}


@pytest.mark.parametrize("name", SCREENS)
async def test_screens_open_and_close_in_this_order(pool: Pool, name: str) -> None:
    told = await replay(pool, name)
    assert in_words(told) == SCREENS[name]
    assert [one.event_id for one in told] == sorted({one.event_id for one in told})
    assert await every_agent(pool) == []  # all calls are over


async def test_an_applier_that_remembers_nothing_tells_the_same(pool: Pool) -> None:
    for name in ("attended_transfer", "blonde_transfer", "pickup"):
        assert in_words(await replay(pool, name, remembered=0)) == SCREENS[name]
        await pool.execute("truncate calls, steps, agent_calls")


async def test_whom_a_dial_of_ours_is_for_is_told_while_the_agent_alone_rings(pool: Pool) -> None:
    channel, client = "dial-1795321282.7", "+79265550101"
    await pool.execute(
        "insert into dials (id, at, number, pbx, agent, longest_seconds, ring_seconds, channel, call_id, state, "
        "sent_at) values ($1, now(), $2, $3, '101', 60, 20, $4, $5, 'sent', now())",
        uuid4(),
        client,
        PBX,
        channel,
        call_uuid(PBX, channel, 0.0),
    )
    told = await replay(pool, "originate_click_to_call", renamed=(b"trunkline-click-1", channel.encode()))

    assert {(one.extension, one.state, one.other) for one in told if not one.is_gone} == {
        ("101", "ringing", client),
        ("101", "talking", client),
    }


async def test_who_is_called_and_by_whom(pool: Pool) -> None:
    seen: dict[tuple[str, str, str], AgentEvent] = {}
    for one in await replay(pool, "blonde_transfer"):
        seen.setdefault((one.extension, one.state, one.other), one)
    assert set(seen) == {
        *(("101", "ringing", CLIENT), ("101", "talking", CLIENT), ("101", "calling", "102"), ("101", "gone", "")),
        *(("102", "ringing", "101"), ("102", "gone", ""), ("102", "ringing", CLIENT), ("102", "talking", CLIENT)),
    }
    assert seen["102", "ringing", "101"].other_name == "Agent 101"
    assert seen["102", "ringing", CLIENT].line == LINE
    (queued, *_) = await replay(pool, "local_legs")
    assert (queued.extension, queued.state, queued.other, queued.queue) == ("101", "ringing", CLIENT, "sales")


async def test_what_comes_in_one_batch_opens_nothing(pool: Pool) -> None:
    applied = await apply(pool, CallApplier(Told()), run(dialogue("attended_transfer").frames))
    assert applied.posts == []
    assert await every_agent(pool) == []


async def test_what_was_applied_once_is_not_told_again(pool: Pool) -> None:
    frames = _until_answered("simple_answered")
    first = await apply(pool, CallApplier(Told()), run(frames))
    again = await apply(pool, CallApplier(Told()), run(frames))
    assert len(first.posts) == 1
    assert again.posts == []


async def test_a_rolled_back_ring_is_told_with_the_one_that_is_committed(pool: Pool) -> None:
    applier, frames = CallApplier(Told()), _until_answered("simple_answered")
    async with pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await applier.apply(connection, [run(frames)])
        await transaction.rollback()
    applier.forget()
    assert await every_agent(pool) == []
    assert (await apply(pool, applier, run(frames))).posts
    assert [(one.extension, one.state) for one in await every_agent(pool)] == [("101", "talking")]


@pytest.mark.parametrize("remembering", [True, False])
async def test_a_call_gone_after_a_gap_leaves_no_row(pool: Pool, remembering: bool) -> None:
    """The link was away, Asterisk was started anew: it knows none of the legs, so nobody is in the call any more."""
    applier, live = CallApplier(Told()), dialogue("simple_answered").live
    await apply(pool, applier, run(_until_answered("simple_answered")))
    since, until = live[-1].at / 1e6 - 2, live[-1].at / 1e6 + 5
    gap = Gap(pbx=PBX, node="n", at=until, since=since, until=until, cause="cut", rows=None)
    other = OpenLeg("PJSIP/107-00000001", "1.1", "1.1")
    resync = Resynced(pbx=PBX, node="n", at=until, stamp=until, legs=(other,))
    applied = await apply(pool, applier if remembering else CallApplier(Told()), link(gap), link(resync))
    (post,) = applied.posts
    (gone,) = msgspec.json.decode(post.payload, type=list[AgentEvent])
    assert (gone.extension, gone.state) == ("101", "gone")
    assert await every_agent(pool) == []


async def test_rows_that_no_step_will_delete_are_swept(pool: Pool) -> None:
    await apply(pool, CallApplier(Told()), run(_until_answered("simple_answered")))
    await sweep_agents(pool)  # the PBX is in no table: somebody took it out
    assert await every_agent(pool) == []


async def test_the_mark_changes_with_every_change(pool: Pool) -> None:
    applier, frames = CallApplier(Told()), dialogue("ring_group_answered").frames
    marks = [await agents_mark(pool) for frame in frames if (await apply(pool, applier, run([frame]))).posts]
    assert len(marks) > 6
    assert len(set(marks)) == len(marks)


def _until_answered(name: str) -> list[bytes]:
    frames = dialogue(name).frames
    return frames[: next(place for place, frame in enumerate(frames) if b"Event: HangupRequest" in frame)]
