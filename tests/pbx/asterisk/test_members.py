"""What must be done about a queue's members: their rules as a table, and that doing it once is enough."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.pbx.asterisk.members import (
    Add,
    Change,
    Member,
    Pause,
    Picture,
    Remove,
    SetPenalty,
    Unpause,
    Wanted,
    Ways,
    action_of,
    changes,
    extension_of_interface,
)
from trunkline.pbx.asterisk.pauses import Rest, pauses_due

ANNA = Wanted("sales", "101", "Анна", 2)
OURS = Member("sales", "PJSIP/101", 2)
STATIC = Member("sales", "PJSIP/101", 0, dynamic=False)
MADE = {("sales", "PJSIP/101")}
PLAIN, HANDED = Ways(), Ways(take_over=True)
LOCAL = Ways("Local/EXT@from-queue/n", "hint:EXT@ext-local")


def todo(
    wanted: list[Wanted],
    members: list[Member],
    *,
    made: set[tuple[str, str]] = MADE,
    paused: tuple[str, ...] = (),
    ways: Ways = PLAIN,
) -> tuple[Change, ...]:
    picture = Picture(frozenset({"sales", "own"}), tuple(members))
    return changes(wanted, picture, ours={"sales"}, made=made, paused=paused, ways=ways)


@pytest.mark.parametrize(
    ("wanted", "found", "more", "done"),
    [
        pytest.param([ANNA], [OURS], {}, (), id="right"),
        pytest.param([ANNA], [], {}, (Add("sales", "PJSIP/101", "", "Анна", 2),), id="missing"),
        pytest.param([ANNA], [OURS._replace(penalty=0)], {}, (SetPenalty("sales", "PJSIP/101", 2),), id="penalty"),
        pytest.param([], [OURS], {}, (Remove("sales", "PJSIP/101"),), id="ours and unwanted"),
        pytest.param([], [OURS], {"made": set()}, (), id="somebody else's"),
        pytest.param([], [OURS], {"made": set(), "ways": HANDED}, (Remove("sales", "PJSIP/101"),), id="handed over"),
        pytest.param(
            [], [OURS._replace(queue="own")], {"made": set(), "ways": HANDED}, (), id="a queue we do not know"
        ),
        pytest.param([], [STATIC], {"ways": HANDED}, (), id="static, unwanted"),
        pytest.param([ANNA], [STATIC], {}, (), id="static keeps its penalty"),
        pytest.param(
            [ANNA],
            [OURS, STATIC._replace(interface="Local/101@desks/n")],
            {},
            (Remove("sales", "PJSIP/101"),),
            id="static by another way: one ring is enough",
        ),
        pytest.param([ANNA._replace(queue="elsewhere")], [], {}, (), id="a queue of another PBX"),
        pytest.param(
            [ANNA],
            [OURS],
            {"ways": LOCAL},
            (
                Remove("sales", "PJSIP/101"),
                Add("sales", "Local/101@from-queue/n", "hint:101@ext-local", "Анна", 2),
            ),
            id="reached otherwise now",
        ),
        pytest.param([ANNA], [OURS], {"paused": ("101",)}, (Pause("sales", "PJSIP/101"),), id="to be paused"),
        pytest.param([ANNA], [STATIC], {"paused": ("101",)}, (Pause("sales", "PJSIP/101"),), id="static too"),
        pytest.param(
            [ANNA], [OURS._replace(paused=True, reason="trunkline")], {"paused": ("101",)}, (), id="paused already"
        ),
        pytest.param(
            [ANNA], [OURS._replace(paused=True, reason="trunkline")], {}, (Unpause("sales", "PJSIP/101"),), id="over"
        ),
        pytest.param([ANNA], [OURS._replace(paused=True, reason="lunch")], {}, (), id="another's pause"),
        pytest.param([ANNA], [OURS._replace(paused=True)], {}, (), id="a pause without a reason"),
        pytest.param(
            [ANNA], [OURS._replace(paused=True, reason="lunch")], {"paused": ("101",)}, (), id="another's pause stays"
        ),
        pytest.param(
            [ANNA],
            [],
            {"paused": ("101",)},
            (Add("sales", "PJSIP/101", "", "Анна", 2), Pause("sales", "PJSIP/101")),
            id="added and paused",
        ),
    ],
)
def test_what_is_to_be_done(
    wanted: list[Wanted], found: list[Member], more: dict[str, object], done: tuple[Change, ...]
) -> None:
    assert todo(wanted, found, **more) == done  # type: ignore[arg-type]  # a table's row


_QUEUES = st.sampled_from(["sales", "own"])
_INTERFACES = st.sampled_from(["PJSIP/101", "PJSIP/102", "Local/101@from-queue/n", "PJSIP/+79161112233@trunk"])
_MEMBERS = st.lists(
    st.builds(
        Member,
        queue=_QUEUES,
        interface=_INTERFACES,
        penalty=st.integers(0, 3),
        dynamic=st.booleans(),
        paused=st.booleans(),
        reason=st.sampled_from(["", "lunch", "trunkline"]),
    ),
    unique_by=lambda one: (one.queue, one.interface),
)
_WANTED = st.lists(
    st.builds(Wanted, _QUEUES, st.sampled_from(["101", "102", "103"]), st.just("Анна"), st.integers(0, 3)),
    unique_by=lambda one: (one.queue, one.extension),
)


def carried_out(picture: Picture, todo: tuple[Change, ...]) -> Picture:
    """What a PBX would show after these changes."""
    members = {(one.queue, one.interface): one for one in picture.members}
    for change in todo:
        place = (change.queue, change.interface)
        match change:
            case Add():
                assert place not in members
                members[place] = Member(*place, change.penalty)
            case Remove():
                del members[place]
            case SetPenalty():
                members[place] = members[place]._replace(penalty=change.penalty)
            case Pause():
                members[place] = members[place]._replace(paused=True, reason="trunkline")
            case Unpause():
                members[place] = members[place]._replace(paused=False, reason="")
    return Picture(picture.queues, tuple(members.values()))


@given(_WANTED, _MEMBERS, st.sets(st.tuples(_QUEUES, _INTERFACES)), st.sets(st.sampled_from(["101", "102"])))
def test_once_is_enough_and_what_is_not_ours_stays(
    wanted: list[Wanted], members: list[Member], made: set[tuple[str, str]], paused: set[str]
) -> None:
    before = Picture(frozenset({"sales", "own"}), tuple(members))
    known = {"ours": {"sales"}, "paused": paused, "ways": Ways()}

    first = changes(wanted, before, made=made, **known)  # type: ignore[arg-type]  # the same for both
    after = carried_out(before, first)
    added = {(one.queue, one.interface) for one in first if isinstance(one, Add)}

    assert changes(wanted, after, made=made | added, **known) == ()  # type: ignore[arg-type]  # as above
    places = {(one.queue, one.interface): one for one in after.members}
    for member in members:
        place = (member.queue, member.interface)
        if not member.dynamic or place not in made:
            assert places[place].penalty == member.penalty
        if member.paused and member.reason != "trunkline" and place in places:
            assert places[place].reason == member.reason
    assert {(one.queue, one.extension) for one in wanted} <= {(one.queue, one.extension) for one in after.members}


@pytest.mark.parametrize(
    ("interface", "extension"),
    [
        ("PJSIP/101", "101"),
        ("Local/101@from-queue/n", "101"),
        ("Local/101@from-queue", "101"),
        ("SIP/101", "101"),
        ("PJSIP/+79161112233@trunk", ""),
        ("PJSIP/79161112233@trunk", ""),
        ("hint:101@ext-local", ""),
        ("Agent:101", ""),
        ("PJSIP/anna", ""),
    ],
)
def test_whose_phone_an_interface_is(interface: str, extension: str) -> None:
    assert extension_of_interface(interface) == extension


def test_a_name_cannot_break_out_of_its_header() -> None:
    action = action_of(Add("sales", "PJSIP/101", "", "Анна\r\nAction: Originate", 0))

    assert action["MemberName"] == "Анна Action: Originate"


def test_a_rest_ends_by_itself_and_an_open_one_does_not() -> None:
    rests = [Rest("101", 100.0), Rest("102", None), Rest("103", 200.0)]

    assert pauses_due(rests, 99.0) == {"101", "102", "103"}
    assert pauses_due(rests, 100.0) == {"102", "103"}
    assert pauses_due(rests, 1e12) == {"102"}


def test_who_works_on_his_mobile_is_rung_by_his_extension_through_the_dialplan() -> None:
    """The number is asked for when he is rung; a Local channel tells by itself whether it is in use."""
    wanted = ANNA._replace(forwarded=True)
    ways = Ways("Local/EXT@from-queue/n", "hint:EXT@ext-local")

    done = changes([wanted], Picture(frozenset({"sales"}), ()), ours=(), made=(), paused=(), ways=ways)

    assert done == (Add("sales", "Local/101@trunkline-mobile/n", "", "Анна", 2),)
    assert extension_of_interface("Local/101@trunkline-mobile/n") == "101"
