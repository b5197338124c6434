"""Who may do what to which object; pure."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.people.identity import EVERYTHING, Belonging, Identity, Scope, Via, may
from trunkline.people.roles import GRANTABLE, ROLE_RIGHTS, SESSION_ONLY, Right, Role, rights_of, token_rights

SALES, FINANCE = UUID(int=1), UUID(int=2)
MOSCOW, KAZAN = UUID(int=11), UUID(int=12)
ANNA, BORIS = UUID(int=21), UUID(int=22)


def person(role: Role = Role.SUPERVISOR, scope: Scope = EVERYTHING) -> Identity:
    return Identity(ANNA, "Anna", "anna", role, ROLE_RIGHTS[role], scope, Via.SESSION, str(uuid4()))


SCOPES = {
    "all": EVERYTHING,
    "sales": Scope(frozenset({SALES}), None),
    "moscow": Scope(None, frozenset({MOSCOW})),
    "sales in moscow": Scope(frozenset({SALES}), frozenset({MOSCOW})),
    "own only": Scope(frozenset(), None),
}


@pytest.mark.parametrize(
    ("scope", "departments", "line", "people", "expected"),
    [
        ("all", [], None, [], True),
        ("all", [FINANCE], KAZAN, [], True),
        ("sales", [SALES], None, [], True),
        ("sales", [SALES, FINANCE], KAZAN, [], True),
        ("sales", [FINANCE], MOSCOW, [], False),
        ("sales", [], MOSCOW, [], False),
        ("sales", [FINANCE], MOSCOW, [ANNA], True),
        ("sales", [FINANCE], MOSCOW, [BORIS], False),
        ("moscow", [FINANCE], MOSCOW, [], True),
        ("moscow", [SALES], None, [], False),
        ("sales in moscow", [SALES], MOSCOW, [], True),
        ("sales in moscow", [SALES], KAZAN, [], False),
        ("sales in moscow", [FINANCE], MOSCOW, [], False),
        ("own only", [SALES], MOSCOW, [], False),
        ("own only", [], None, [ANNA, BORIS], True),
    ],
)
def test_scope(scope: str, departments: list[UUID], line: UUID | None, people: list[UUID], expected: bool) -> None:
    of = Belonging(frozenset(departments), line, frozenset(people))

    assert may(person(scope=SCOPES[scope]), Right.CALLS_READ, of) is expected


def test_nobody_may_do_nothing() -> None:
    assert not any(may(None, right) for right in Right)


def test_what_one_took_part_in_needs_the_right_all_the_same() -> None:
    marketer = person(Role.MARKETER)

    assert not may(marketer, Right.RECORDINGS_LISTEN, Belonging(people=frozenset({ANNA})))


def test_only_the_administrator_holds_recordings_and_money_by_role() -> None:
    holders = {right: {role for role in Role if right in ROLE_RIGHTS[role]} for right in GRANTABLE}

    assert holders == {right: {Role.ADMINISTRATOR} for right in GRANTABLE}
    assert {Right.RECORDINGS_LISTEN, Right.MONEY_READ, Right.CALLS_LISTEN, Right.CALLS_BARGE} < GRANTABLE


def test_only_rights_of_their_own_can_be_given_by_name() -> None:
    rights = rights_of(Role.AGENT, frozenset({Right.MONEY_READ, Right.PEOPLE_EDIT}))

    assert rights == ROLE_RIGHTS[Role.AGENT] | {Right.MONEY_READ}


rights_sets = st.frozensets(st.sampled_from(Right))


@given(owner=rights_sets, scopes=rights_sets)
def test_a_token_never_has_more_than_its_owner_nor_may_it_make_people(
    owner: frozenset[Right], scopes: frozenset[Right]
) -> None:
    rights = token_rights(owner, scopes)

    assert rights <= owner
    assert rights <= scopes
    assert not rights & SESSION_ONLY


ids = st.frozensets(st.sampled_from([SALES, FINANCE, MOSCOW, KAZAN]))


@given(
    departments=st.none() | ids, lines=st.none() | ids, of_departments=ids, line=st.none() | st.sampled_from([MOSCOW])
)
def test_a_wider_scope_never_sees_less(
    departments: frozenset[UUID] | None,
    lines: frozenset[UUID] | None,
    of_departments: frozenset[UUID],
    line: UUID | None,
) -> None:
    of, limited = Belonging(of_departments, line), person(scope=Scope(departments, lines))
    wider = replace(limited, scope=Scope(None, lines))

    assert may(limited, Right.CALLS_READ, of) <= may(wider, Right.CALLS_READ, of)
