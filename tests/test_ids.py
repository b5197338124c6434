"""Ids: UUIDv7 in time order, a call's id the same for everybody."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from trunkline.ids import call_uuid, carries_time, month_bounds, time_of, uuid7

moments = st.floats(min_value=0, max_value=4e9)


@given(moments, st.binary(min_size=10, max_size=10))
def test_is_version_7_of_its_moment(at: float, random: bytes) -> None:
    made = uuid7(at, random)

    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert time_of(made) == int(at * 1000) / 1000


@given(moments, st.floats(min_value=2e-6, max_value=0.01))
def test_what_comes_two_microseconds_later_has_the_greater_id(at: float, later: float) -> None:
    assert uuid7(at) < uuid7(at + later)
    assert time_of(uuid7(at)) == int(at * 1000) / 1000


@given(st.text(max_size=20), st.integers(10**9, 4 * 10**9), st.integers(0, 10**6), moments, moments)
def test_a_call_has_one_id_whenever_it_is_seen(pbx: str, epoch: int, serial: int, one: float, other: float) -> None:
    linkedid = f"{epoch}.{serial}"

    assert carries_time(linkedid)
    assert call_uuid(pbx, linkedid, one) == call_uuid(pbx, linkedid, other)
    assert time_of(call_uuid(pbx, linkedid, one)) == epoch


def test_system_name_before_the_epoch_and_other_pbxs() -> None:
    assert time_of(call_uuid("a", "office-1795320084.12", 0.0)) == 1795320084
    assert call_uuid("a", "1795320084.1", 0) != call_uuid("b", "1795320084.1", 0)


def test_ids_without_time_take_the_moment_first_seen() -> None:
    assert not carries_time("in_8f3a")
    assert time_of(call_uuid("zadarma", "in_8f3a", 1000.5)) == 1000.5


def test_month_bounds_meet_and_hold_their_month() -> None:
    low, high = month_bounds(2026, 12)

    assert high == month_bounds(2027, 1)[0]
    assert low <= uuid7(1796083200.0) < high  # 1 December 2026, 00:00 UTC
    assert UUID(int=uuid7(1796083199.0).int) < low
