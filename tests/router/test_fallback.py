"""What a PBX keeps of the plan: each line's place, and callers whose class goes elsewhere than strangers do."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.fallback import fallback_of
from router.policy import policies_of
from tests.router.company import CLIENT, CONTACTS, OFFICE, PLAN, SERVICE, SUPPLIER, head_of
from tests.router.conftest import WriteDirectory
from trunkline.directory.changelog import Batch
from trunkline.directory.reader import Directory, View
from trunkline.directory.values import ContactBrief, ContactClass, Head, LineBrief, QueueBrief, number_key

CONTRACTOR = "+79160000099"


def view_of(write_directory: WriteDirectory, **changed: Any) -> View:
    return Directory.open(write_directory(**changed)).view


def head_with(lines: dict[str, str], plan: object = PLAN) -> Head:
    """The company with these lines and their fallbacks; its queue `sales` is 400 in the PBX."""
    head = head_of(plan)
    return Head(
        pbxs=head.pbxs,
        queues={**head.queues, "sales": QueueBrief("sales", "Sales", "400")},
        lines={number: LineBrief(number, fallback=place) for number, place in lines.items()},
        plan=head.plan,
        plan_version=head.plan_version,
    )


@pytest.mark.parametrize(
    ("number", "written", "place"),
    [
        pytest.param(OFFICE, "queue:sales", "queue:400", id="the line's own, as the PBX names the queue"),
        pytest.param(OFFICE, "", "queue:q-quality", id="the plan's default"),
        pytest.param(SERVICE, "", "queue:q-service", id="where the plan sends the line"),
        pytest.param(SERVICE, "extension:101", "extension:101", id="the line's own before that"),
    ],
)
def test_a_line_goes(write_directory: WriteDirectory, number: str, written: str, place: str) -> None:
    fallback = fallback_of(view_of(write_directory, head=head_with({number: written})))

    assert fallback.lines == {number: place}


def test_a_line_with_a_target_is_for_everybody(write_directory: WriteDirectory) -> None:
    fallback = fallback_of(view_of(write_directory, head=head_with({OFFICE: "", SERVICE: ""})))

    assert fallback.own == {SERVICE}


def test_only_classes_with_a_place_of_their_own_are_listed(write_directory: WriteDirectory) -> None:
    """Clients go where strangers go, so they need no entry, however many there are."""
    fallback = fallback_of(view_of(write_directory))

    assert CLIENT not in fallback.callers
    assert fallback.callers == {SUPPLIER: "queue:q-production"}


def test_changes_after_the_file_count(write_directory: WriteDirectory) -> None:
    (brief,) = CONTACTS[SUPPLIER]
    contractor = ContactBrief(brief.id, "Подрядчик", klass=ContactClass.CONTRACTOR)
    changes = [(number_key(SUPPLIER), ()), (number_key(CONTRACTOR), (contractor,))]
    view = view_of(write_directory).after([Batch("1:1:", changes, [], None, False)])

    assert fallback_of(view).callers == {CONTRACTOR: "queue:q-finance"}


def test_no_plan_no_places(write_directory: WriteDirectory) -> None:
    fallback = fallback_of(view_of(write_directory, head=Head(lines={OFFICE: LineBrief(OFFICE)})))

    assert (fallback.lines, fallback.callers) == ({}, {})


def test_a_place_that_would_be_dialplan_is_left_out_and_told(write_directory: WriteDirectory) -> None:
    head = head_with({OFFICE: "queue:sales"})
    head.queues["sales"] = QueueBrief("sales", "Sales", "400,1)\nexten => x")
    fallback = fallback_of(view_of(write_directory, head=head))

    assert fallback.lines == {}
    assert list(fallback.left_out) == [OFFICE]


@given(
    classes=st.lists(st.sampled_from(list(ContactClass)), min_size=1, max_size=4),
    places=st.dictionaries(st.sampled_from(list(ContactClass)), st.sampled_from(["queue:a", "queue:b"])),
)
def test_a_listed_caller_goes_where_his_class_goes(classes: list[ContactClass], places: dict[str, str]) -> None:
    """Whatever people share a number: who is listed has the place the rules give his class."""
    plan = deepcopy(PLAN) | {"classes": {str(name): place for name, place in places.items()}}
    briefs = tuple(ContactBrief(CONTACTS[CLIENT][0].id, str(klass), klass=klass) for klass in classes)
    view = View(head=head_of(plan)).after([Batch("1:1:", [(number_key(CLIENT), briefs)], [], None, False)])
    best = next((klass for klass in classes if klass is not ContactClass.UNKNOWN), ContactClass.UNKNOWN)
    common = policies_of(view.head).common
    strangers = common.classes.get(ContactClass.UNKNOWN) or common.default
    expected = common.classes.get(best) or strangers

    listed = fallback_of(view).callers.get(CLIENT)

    assert listed == (None if expected == strangers else str(expected))
