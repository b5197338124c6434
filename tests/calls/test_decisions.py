"""Decisions as rows, and as words."""

from datetime import UTC, datetime

import msgspec
import pytest

from trunkline.calls.decisions import DecisionApplier, decisions_of, find_call
from trunkline.calls.explain import MISSING, RULES, because, done
from trunkline.cli.why import language_of, story
from trunkline.db.types import Pool
from trunkline.ids import call_uuid
from trunkline.pbx.port import Action, DecisionRecord, Next, TraceRow
from trunkline.spool import Kind, Position, Record
from trunkline.web.i18n import Reader, Translations, reading

LINKEDID = "1786006800.42"
SPAM_TURN = DecisionRecord(
    pbx="office",
    call_id=LINKEDID,
    turn=1,
    at=1786006800.5,
    from_="+79160000005",
    to="+74951234567",
    action=Action.CHALLENGE,
    rule="spam",
    target="7",
    sound="vm-press",
    next=Next.ASK,
    trace=(TraceRow("spam", matched=True, used={"votes": 12, "known": False}),),
    facts={"caller": "+79160000005", "spam_votes": 12},
    plan=7,
    micros=90,
)
CLASS_TURN = msgspec.structs.replace(
    SPAM_TURN,
    turn=2,
    at=1786006810.5,
    action=Action.QUEUE,
    rule="class",
    target="q-sales",
    wait_seconds=45,
    digits="7",
    degraded=("presence",),
    trace=(TraceRow("class", matched=True, used={"class": "unknown", "target": "queue:q-sales"}),),
)


def record(decision: DecisionRecord) -> Record:
    return Record(Kind.DECISION, decision.at, msgspec.msgpack.encode(decision), Position(1, 0))


async def test_turns_are_kept_once_and_in_order(pool: Pool) -> None:
    applier = DecisionApplier()
    async with pool.acquire() as connection:
        for _ in range(2):
            applied = await applier.apply(connection, [record(CLASS_TURN), record(SPAM_TURN)])
            assert not applied.rejects
        turns = await decisions_of(connection, call_uuid("office", LINKEDID, 0.0))

    assert [(turn.turn, turn.rule, turn.action) for turn in turns] == [
        (1, "spam", Action.CHALLENGE),
        (2, "class", Action.QUEUE),
    ]
    assert turns[0].trace == SPAM_TURN.trace
    assert turns[0].facts == SPAM_TURN.facts
    assert turns[1].at == datetime.fromtimestamp(1786006810.5, UTC)
    assert turns[1].degraded == ("presence",)


async def test_a_call_is_found_by_id_linkedid_and_number(pool: Pool) -> None:
    call_id = call_uuid("office", LINKEDID, 0.0)
    earlier = msgspec.structs.replace(SPAM_TURN, call_id="1786000000.1", at=1786000000.5)
    async with pool.acquire() as connection:
        await DecisionApplier().apply(connection, [record(earlier), record(SPAM_TURN)])

        assert await find_call(connection, str(call_id)) == call_id
        assert await find_call(connection, LINKEDID) == call_id
        assert await find_call(connection, "8 916 000-00-05") == call_id
        assert await find_call(connection, "+79161111111") is None


async def test_an_id_without_time_keeps_its_first_place(pool: Pool) -> None:
    strange = msgspec.structs.replace(SPAM_TURN, call_id="abc-def")
    later = msgspec.structs.replace(CLASS_TURN, call_id="abc-def", at=strange.at + 40 * 86400)
    async with pool.acquire() as connection:
        await DecisionApplier().apply(connection, [record(strange)])
        await DecisionApplier().apply(connection, [record(later)])
        found = await find_call(connection, "abc-def")

        assert found is not None
        assert len(await decisions_of(connection, found)) == 2


async def test_unreadable_records_are_rejected_alone(pool: Pool) -> None:
    broken = Record(Kind.DECISION, 0.0, b"\xc1", Position(1, 0))
    async with pool.acquire() as connection:
        applied = await DecisionApplier().apply(connection, [broken, record(SPAM_TURN)])

        assert [reject.record for reject in applied.rejects] == [broken]
        assert len(await decisions_of(connection, call_uuid("office", LINKEDID, 0.0))) == 1


async def test_the_story_in_words(pool: Pool) -> None:
    async with pool.acquire() as connection:
        await DecisionApplier().apply(connection, [record(SPAM_TURN), record(CLASS_TURN)])
        turns = await decisions_of(connection, call_uuid("office", LINKEDID, 0.0))

    english = "\n".join(story(turns))
    assert "+7 916 000-00-05 called +7 495 123-45-67" in english
    assert "in the spam list with 12 votes" in english
    assert "[7] Wait in the queue q-sales, at most 45 s; then ask again" in english
    with reading(Reader("ru"), Translations(("trunkline.calls",))):
        russian = "\n".join(story(turns))
    assert "Ждать в очереди q-sales, не дольше 45 с" in russian
    assert "состояния телефонов были неизвестны" in russian


@pytest.mark.parametrize("rule", RULES)
def test_every_sentence_survives_missing_values(rule: str) -> None:
    for matched in (True, False):
        assert "%" not in because(TraceRow(rule, matched, {}))


def test_every_sentence_has_its_russian() -> None:
    spoken = Translations(("trunkline.calls",)).spoken("ru")
    sentences = {text for words in RULES.values() for text in (words.title, words.fits, words.fits_not)}
    assert [text for text in sentences | set(MISSING.values()) if spoken.gettext(text) == text] == []


@pytest.mark.parametrize(
    ("environ", "language"),
    [({"LANG": "ru_RU.UTF-8"}, "ru"), ({"LANG": "C"}, "en"), ({}, "en"), ({"LC_ALL": "en_US", "LANG": "ru_RU"}, "en")],
)
def test_language_of_the_terminal(environ: dict[str, str], language: str) -> None:
    assert language_of(environ) == language


@pytest.mark.parametrize("action", list(Action))
def test_every_action_has_words(action: Action) -> None:
    turn = msgspec.structs.replace(SPAM_TURN, action=action)
    assert done(turn)
