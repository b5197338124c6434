"""What a caller's number says of its origin, and local numbers made whole by the line's area code."""

import datetime as dt
from dataclasses import replace
from uuid import UUID

import msgspec
import pytest

from router.callers import Callers
from router.devices import NoDevices
from router.facts import Facts, gather
from router.policy import no_policies
from router.staff import NO_ROSTERS
from tests.router.company import ANNA, OFFICE, THURSDAY_NOON, head_of
from tests.router.conftest import WriteDirectory
from trunkline.directory.reader import View, load
from trunkline.directory.values import AgentBrief, ContactClass, LastTalk, number_key
from trunkline.numbering.region import RegionKind
from trunkline.pbx.port import Question

TODAY = dt.datetime.fromtimestamp(THURSDAY_NOON, dt.UTC).date()
MOSCOW = (RegionKind.SUBJECT, ("50", "77"), "МТС")
RANGES = [(4_950_000_000, 4_959_999_999, *MOSCOW), (9_160_000_000, 9_169_999_999, *MOSCOW)]


def view_of(write: WriteDirectory, *, age: int = 0, area_code: str = "") -> View:
    head = head_of()
    line = msgspec.structs.replace(head.lines[OFFICE], area_code=area_code)
    clerk = UUID(int=0xC)
    head = msgspec.structs.replace(
        head,
        lines=head.lines | {OFFICE: line},
        agents=head.agents | {clerk: AgentBrief(clerk, "Длинный", "1234567")},
        queues=head.queues | {"long": msgspec.structs.replace(head.queues["sales"], id="long", target="7654321")},
    )
    day = TODAY - dt.timedelta(age)
    folder = write(head=head, ranges=RANGES, registries={"4": day, "9": day})
    return load(folder)[0]


def facts(view: View, caller: str | int | None, line: str = OFFICE, callers: Callers | None = None) -> Facts:
    question = Question("office", "1", caller, line)
    return gather(question, view, NoDevices(), no_policies(), NO_ROSTERS, THURSDAY_NOON, callers)


@pytest.mark.parametrize(
    ("caller", "kind", "region", "unallocated"),
    [
        ("+79161234567", "subject", ("50", "77"), False),
        ("89160000001", "subject", ("50", "77"), False),  # a contact of ours
        ("+79731234567", "none", (), True),
        ("88005553535", "nationwide", (), False),
        ("+73362212345", "baikonur", (), False),
        ("+77011234567", "kazakhstan", (), False),
        ("+375291234567", "country", ("BY",), False),
        ("83431234567", "unknown", (), False),  # no registry of 3xx was imported
        ("101", "unknown", (), False),
        ("anonymous", "unknown", (), False),
    ],
)
def test_origin_of_a_caller(
    write_directory: WriteDirectory, caller: str, kind: str, region: tuple[str, ...], unallocated: bool
) -> None:
    found = facts(view_of(write_directory), caller)

    assert (found.region_kind, found.region, found.unallocated) == (kind, region, unallocated)


@pytest.mark.parametrize(("age", "unallocated"), [(89, True), (90, False)])
def test_in_no_range_of_an_old_registry_says_nothing(
    write_directory: WriteDirectory, age: int, unallocated: bool
) -> None:
    found = facts(view_of(write_directory, age=age), "+79731234567")

    assert (found.region_kind, found.unallocated) == ("none", unallocated)


@pytest.mark.parametrize(
    ("area_code", "caller", "number"),
    [
        ("495", "1234568", "+74951234568"),
        ("495", "123-45-68", "+74951234568"),
        ("495", 2345678, "+74952345678"),
        ("4712", "123456", "+74712123456"),
        ("47122", "12345", "+74712212345"),
        ("495", "123456", "123456"),  # too few digits for this code
        ("4712", "1234568", "1234568"),
        ("495", "1234567", "1234567"),  # a colleague's extension
        ("495", "7654321", "7654321"),  # a queue's number in the PBX
        ("495", "101", "101"),
        ("495", "12345678", "12345678"),
        ("", "1234568", "1234568"),  # off
        ("495", "+79161234567", "+79161234567"),
    ],
)
def test_the_lines_area_code(write_directory: WriteDirectory, area_code: str, caller: str | int, number: str) -> None:
    assert facts(view_of(write_directory, area_code=area_code), caller).caller == number


def test_a_completed_number_is_looked_up_like_any_other(write_directory: WriteDirectory) -> None:
    found = facts(view_of(write_directory, area_code="495"), "1234568")

    assert (found.kind, found.region, found.klass) == ("number", ("50", "77"), ContactClass.UNKNOWN)


def test_a_completed_number_finds_its_earlier_call(write_directory: WriteDirectory) -> None:
    """Whoever calls is noted as he is known in the end: however his next call spells him, it is his."""
    callers, view = Callers(), view_of(write_directory, area_code="973")
    assert facts(view, "1234568", callers=callers).repeat == 0
    callers.note(facts(view, "1234568").caller, "0", THURSDAY_NOON - 60)

    found = facts(view, "123-45-68", callers=callers)
    assert (found.caller, found.unallocated, found.repeat) == ("+79731234568", True, 60)
    assert facts(view, "8 973 123 45 68", callers=callers).repeat == 60
    assert facts(view, "1234569", callers=callers).repeat == 0


def test_another_line_does_not_lend_its_code(write_directory: WriteDirectory) -> None:
    assert facts(view_of(write_directory, area_code="495"), "1234568", "+74957654321").caller == "1234568"


def test_a_colleague_stays_one(write_directory: WriteDirectory) -> None:
    found = facts(view_of(write_directory, area_code="495"), "1234567")

    assert (found.kind, found.klass, found.name) == ("internal", ContactClass.STAFF, "Длинный")
    assert ANNA not in found.contacts


@pytest.mark.parametrize(("seconds", "days"), [(-5, 0), (0, 0), (86_399.5, 0), (86_400, 1), (6.9 * 86_400, 6)])
def test_whole_days_since_the_last_talk(write_directory: WriteDirectory, seconds: float, days: int) -> None:
    """Whole days, so that callers of the same day are decided once; a clock ahead of ours means today."""
    talks = {number_key("+79161234567"): LastTalk(ANNA, THURSDAY_NOON - seconds)}
    found = facts(replace(view_of(write_directory), talks=talks), "+79161234567")
    assert found.last_agent is not None
    assert found.last_talk_days == days
