"""How a card is put together, without a database."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.card.blocks import DEFAULTS, MONEY, Block, blocks_of
from trunkline.card.card import Card, Found, compose
from trunkline.card.parts import ContactBrief, Debts, Hint, Note, Routed, SpamFacts
from trunkline.directory.values import ContactClass
from trunkline.pbx.port import Action, Next, TraceRow
from trunkline.people.roles import Right

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
ALL = frozenset(Right)
CLIENT = ContactBrief(uuid4(), "Иванов", ContactClass.CLIENT)
SUPPLIER = ContactBrief(uuid4(), "Петров", ContactClass.SUPPLIER)


def card(found: Found, *, money: bool = True, zones: tuple[str, ...] = ()) -> Card:
    return compose(
        found, "Томская область", [ZoneInfo(zone) for zone in zones], NOW, ALL if money else ALL - {Right.MONEY_READ}
    )


def one(**more: Any) -> Found:
    return Found("+79161234567", contacts=(CLIENT,), contact_id=CLIENT.id, **more)


def test_the_time_there_is_told_where_it_is_one() -> None:
    place = card(one(), zones=("Asia/Tomsk",)).place
    assert place.local_time is not None
    assert (place.zone, place.local_time.strftime("%H:%M")) == ("Asia/Tomsk", "16:00")
    assert card(one(), zones=("Asia/Tomsk", "Europe/Moscow")).place.local_time is None


@pytest.mark.parametrize(
    ("told", "listed", "flag"),
    [
        (None, None, None),
        (Decimal(0), Debts(Decimal(10), Decimal(0)), None),
        (Decimal(5), None, (Decimal(5), None)),
        (None, Debts(Decimal(10), Decimal(7), 30), (Decimal(7), 30)),
        (Decimal(9), Debts(Decimal(10), Decimal(7), 30), (Decimal(9), 30)),
    ],
)
def test_the_flag_is_up_where_something_is_overdue(
    told: Decimal | None, listed: Debts | None, flag: tuple[Decimal, int | None] | None
) -> None:
    debtor = ContactBrief(CLIENT.id, "Иванов", ContactClass.CLIENT, overdue=told)
    found = Found("+79161234567", contacts=(debtor,), contact_id=CLIENT.id, debts=listed)
    debt = card(found).debt
    assert (debt and (debt.overdue, debt.overdue_days)) == flag
    assert card(found, money=False).debt is None


def test_a_rule_that_tells_sums_is_not_named_to_everybody() -> None:
    trace = (TraceRow("spam", False, {}), TraceRow("debtor", True, {"overdue": 100}))
    routed = Routed(NOW, Action.QUEUE, "finance", (), 0, 60, 0, "", Next.ASK, "debtor", (), trace)
    seen, hidden = card(one(routed=routed)).routed, card(one(routed=routed), money=False).routed
    assert seen is not None
    assert hidden is not None
    assert (seen.rule, [row.rule for row in seen.trace]) == ("debtor", ["debtor"])
    assert (hidden.rule, hidden.trace) == ("", ())


def test_the_narrowest_hint_stands_first_and_only_those_that_fit() -> None:
    hints = (
        Hint("class", "client", "клиент"),
        Hint("class", "supplier", "поставщик"),
        Hint("line", "+74951234567", "линия"),
        Hint("topic", "Жалоба", "тема"),
    )
    assert card(one(hints=hints)).hints == ("тема", "линия", "клиент")


def test_parts_that_no_block_names_are_left_out() -> None:
    note = Note(uuid4(), "x", "Анна", NOW, None)
    assert card(one(notes=(note,))).notes == (note,)
    told = card(one(notes=(note,), fields={"client": ("calls", "nonsense")}))
    assert (told.notes, told.blocks) == ((), (Block.CALLS,))
    assert told.routed is None


def test_spam_is_told_whatever_the_class_shows() -> None:
    suspect = card(one(spam=SpamFacts(votes=4))).spam
    assert suspect is not None
    assert card(one(spam=SpamFacts())).spam is None


@given(st.lists(st.sampled_from([CLIENT, SUPPLIER]), max_size=4), st.booleans())
def test_a_contact_is_never_guessed(contacts: list[ContactBrief], money: bool) -> None:
    told = card(Found("+79161234567", contacts=tuple(contacts)), money=money)
    assert told.contact is None
    assert told.klass is (contacts[0].klass if len({who.klass for who in contacts}) == 1 else ContactClass.UNKNOWN)
    assert money or not MONEY & set(told.blocks)


def test_every_class_has_blocks_and_each_stands_once() -> None:
    assert set(DEFAULTS) == set(ContactClass)
    for klass in ContactClass:
        blocks = blocks_of(klass, {})
        assert len(blocks) == len(set(blocks)) > 0
