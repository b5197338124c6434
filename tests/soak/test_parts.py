"""The pure parts of a soak: its calls, the order of its faults, what is said of memory and queues."""

from collections import Counter
from dataclasses import replace

import pytest

from tests.fakes.dialogue import call_again
from tests.soak.auditor import Evidence
from tests.soak.faults import TABLE, schedule
from tests.soak.plan import SHAPES, Call, calls
from tests.soak.reading import queues
from tests.soak.report import Minute, Outcome, line_of, summary
from tests.soak.sampler import OURS, Sample, growth
from trunkline.pbx.asterisk.framing import decode

_LINES = ["+74951234567", "+74959000001"]
_BEGUN = 1_795_320_000.0


def test_the_same_arguments_make_the_same_calls_in_every_process() -> None:
    first, again = (list(calls(20, 10, _LINES, seed=3)) for _ in range(2))

    assert first == again
    assert [call.at for call in first] == [place / 20 for place in range(200)]
    assert len({call.client for call in first}) == 200
    assert sum(shape.part for shape in SHAPES) == 100


def test_calls_share_no_id_channel_or_bridge() -> None:
    """Two of each shape, made again and dressed: nothing that names a call or a leg is in two of them."""
    seen: Counter[str] = Counter()
    for place, shape in enumerate([*SHAPES, *SHAPES]):
        call = Call(place + 1, 0.0, shape, f"+7930000000{place}", _LINES[1], f"{101 + place}")
        told = [decode(frame) for _, frame in call.frames(_BEGUN)]
        seen.update({str(frame[name]) for frame in told for name in ("Uniqueid", "Channel") if frame.get(name)})
        seen.update({str(frame["BridgeUniqueid"]) for frame in told if "BridgeUniqueid" in frame})
        assert {str(frame["Linkedid"]) for frame in told if "Linkedid" in frame} == {call.linkedid(_BEGUN)}

    assert [name for name, times in seen.items() if times > 1] == []


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_call_and_its_rows_tell_of_its_own_parties(shape: object) -> None:
    assert isinstance(shape, type(SHAPES[0]))
    call = Call(7, 3.0, shape, "+79300000007", _LINES[1], "117")
    frames, rows = call.frames(_BEGUN), call.rows(_BEGUN)
    told, written = b"".join(frame for _, frame in frames), b"".join(row for _, row in rows)

    for said in (told, written):
        assert (b"9300000007" in said) == (not shape.hidden)
        assert b"PJSIP/117-" in said
        assert b"9161234567" not in said
        assert b"5550101" not in said
        assert (_LINES[1].encode() in said) == (shape.direction == "in")
        assert call.linkedid(_BEGUN).encode() in said
    assert len(frames) == len(call_again(shape.name, 7, _BEGUN))
    assert min(moment for moment, _ in frames) == pytest.approx(_BEGUN + 3)


def test_every_fault_comes_before_any_comes_again() -> None:
    due = schedule(1300, 60, seed=5)

    assert [one.at for one in due] == [60.0 * place for place in range(1, 22)]
    for first in (0, len(TABLE)):
        assert {one.fault for one in due[first : first + len(TABLE)]} == set(TABLE)
    assert schedule(1300, 60, seed=5) == due
    assert schedule(1300, 60, seed=6) != due


def test_our_processes_live_on_in_the_quiet_part() -> None:
    due = schedule(7200, 60, seed=1, quiet_from=3600)

    assert [one for one in due if one.at >= 3600 and one.fault.of_ours] == []
    assert {one.fault for one in due if one.at < 3600} == set(TABLE)
    assert {one.fault for one in due if one.at >= 3600} == {fault for fault in TABLE if not fault.of_ours}


def _sample(at: float, megabytes: float) -> Sample:
    return Sample(at, dict.fromkeys(OURS, megabytes / len(OURS)))


@pytest.mark.parametrize(
    ("sizes", "since", "grown"),
    [
        ([100.0] * 40, 0, 0.0),
        ([50.0] * 10 + [100.0] * 40, 10, 0.0),
        ([100.0 + place for place in range(41)], 0, 28.57),
        ([100.0] * 4, 0, None),
    ],
)
def test_growth_is_of_the_last_quarter_against_the_first(sizes: list[float], since: float, grown: float | None) -> None:
    samples = [_sample(float(at), size) for at, size in enumerate(sizes)]
    away = Sample(5.5, {"web": 1.0})  # the others were just being started again

    found = growth([*samples[:6], away, *samples[6:]], since)
    assert found == (None if grown is None else pytest.approx(grown, abs=0.01))


def test_queues_are_the_sums_of_all_processes() -> None:
    metrics = """# TYPE trunkline_spool_waiting_bytes gauge
trunkline_spool_waiting_bytes{process="web"} 5.0
trunkline_spool_waiting_bytes{process="pbx"} 2.0
# TYPE trunkline_outbox_waiting_events gauge
trunkline_outbox_waiting_events 3.0
# TYPE trunkline_spool_rejects counter
trunkline_spool_rejects_total{kind="ami"} 1.0
"""
    assert queues(metrics) == {
        "bytes in the spool": 7.0,
        "events in the outbox": 3.0,
        "dead letters": 0.0,
        "rejected records": 1.0,
    }


def test_memory_is_judged_in_the_long_form_and_bounded_in_both() -> None:
    short = Outcome(Evidence(), [], [], grown=40.0, peak=500.0, rest=10.0, is_long=False)

    assert short.mistakes == []
    assert replace(short, grown=5.0, is_long=True).mistakes == []
    for grown in (5.1, None):
        assert len(replace(short, grown=grown, is_long=True).mistakes) == 1
    assert len(replace(short, peak=1025.0).mistakes) == 1
    assert summary(replace(short, findings=["1 calls lost: 1.1"]))[-2:] == [
        "WRONG: 1 calls lost: 1.1",
        "verdict: NOT as it should be",
    ]
    assert summary(short)[-1] == "verdict: as it should be"


def test_a_line_tells_what_waits() -> None:
    minute = Minute(
        _sample(60.0, 500.0), 900, 15, 0.01, {"events in the outbox": 3.0, "dead letters": 0.0}, ("web killed",)
    )

    assert line_of(minute).endswith("waits: 3 events in the outbox  faults: web killed")
    assert "waits: unknown" in line_of(replace(minute, waiting={}))
    assert line_of(replace(minute, waiting={"dead letters": 0.0}, faults=())).endswith("waits: nothing  faults: none")
