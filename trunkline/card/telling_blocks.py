"""The blocks of a card in the reader's words, row by row."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from trunkline.calls.places import Names
from trunkline.calls.words import why_missed
from trunkline.card.blocks import Block
from trunkline.card.card import Card
from trunkline.card.parts import Deal, Invoice, Order
from trunkline.card.told import Badge, Entry
from trunkline.card.words import spam_words, why_here
from trunkline.web import human
from trunkline.web.i18n import current_reader, gettext, pgettext


def _route(card: Card, names: Names) -> Iterator[Entry]:
    if card.call and card.call.direction == "out":
        yield Entry(gettext("An outgoing call."))
    elif here := why_here(card.routed, names):
        yield Entry(*here)
    else:
        yield Entry(gettext("The PBX did not ask Trunkline about this call."))


def _calls(card: Card, now: datetime) -> Iterator[Entry]:
    for one in card.calls:
        way = gettext("incoming") if one.direction == "in" else gettext("outgoing")
        detail = why_missed(one.missed_why)
        if one.outcome == "answered":
            lasted = human.lasting(one.talk_ms / 1000, current_reader()) if one.talk_ms else ""
            detail = ", ".join(part for part in (one.agent or one.answered_by, lasted) if part)
        word, kind = _outcomes().get(one.outcome, (one.outcome, "plain"))
        yield Entry(f"{_moment(one.started_at, now)} · {way}", detail, Badge(word, kind))


def _leads(card: Card, now: datetime) -> Iterator[Entry]:
    for one in card.leads:
        call = gettext("call %(when)s") % {"when": _moment(one.next_call_at, now)} if one.next_call_at else ""
        yield Entry(one.title or gettext("Lead"), _by(one.direction, _owner(one.responsible), call), _stage(one.stage))


def _deals(card: Card, now: datetime) -> Iterator[Entry]:
    for one in card.deals:
        since = gettext("since %(day)s") % {
            "day": _day(one.opened_at.astimezone(current_reader().timezone).date(), now)
        }
        detail = _by(_owner(one.responsible), since)
        yield Entry(
            one.title or gettext("Deal"),
            detail,
            _stage(one.stage),
            _money(one.amount) if one.amount else "",
            _link(one),
        )


def _tasks(card: Card, now: datetime) -> Iterator[Entry]:
    for one in card.tasks:
        due = Badge(_moment(one.due_at, now), "bad" if one.due_at < now else "plain") if one.due_at else None
        yield Entry(one.title or gettext("Task"), _owner(one.responsible), due)


def _orders(card: Card, now: datetime) -> Iterator[Entry]:
    for one in card.orders:
        shares = [
            f"{name} {human.percent(percent / 100, current_reader())}"
            for name, percent in ((gettext("paid"), one.paid_percent), (gettext("shipped"), one.shipped_percent))
            if percent is not None
        ]
        text = f"{one.number or gettext('Order')} · {_day(one.ordered_on, now)}"
        yield Entry(text, _by(*shares), None, _money(one.amount), _link(one))


def _invoices(card: Card, now: datetime) -> Iterator[Entry]:
    today = now.astimezone(current_reader().timezone).date()
    for one in card.invoices:
        badge, due = Badge(gettext("not paid")), ""
        if one.paid_on:
            badge = Badge(gettext("paid"), "ok")
        elif one.due_on:
            due = gettext("due %(day)s") % {"day": _day(one.due_on, now)}
            badge = Badge(pgettext("invoice", "overdue"), "bad") if one.due_on < today else badge
        text = f"{one.number or gettext('Invoice')} · {_day(one.issued_on, now)}"
        yield Entry(text, due, badge, _money(one.amount), _link(one))


def _receivables(card: Card, _now: datetime) -> Iterator[Entry]:
    if owed := card.receivables or card.debt:
        yield Entry(gettext("Owed in all"), amount=_money(owed.amount))
        yield Entry(gettext("Overdue"), amount=_money(card.debt.overdue if card.debt else Decimal(0)))


def _value(card: Card, now: datetime) -> Iterator[Entry]:
    if paid := card.value:
        last = f"{gettext('Last on')} {_day(paid.last_on, now)}"
        yield Entry(gettext("Since the beginning"), last, amount=_money(paid.amount))


def _notes(card: Card, now: datetime) -> Iterator[Entry]:
    if card.contact and card.contact.note:
        yield Entry(card.contact.note)
    for one in card.notes:
        yield Entry(one.text, f"{one.person}, {_moment(one.at, now)}")


def _spam(card: Card, _now: datetime) -> Iterator[Entry]:
    yield Entry(spam_words(card.spam))


_ENTRIES: Final[Mapping[Block, Callable[[Card, datetime], Iterator[Entry]]]] = {
    Block.HINTS: lambda _card, _now: iter(()),  # they stand on top
    Block.CALLS: _calls,
    Block.LEADS: _leads,
    Block.DEALS: _deals,
    Block.TASKS: _tasks,
    Block.ORDERS: _orders,
    Block.INVOICES: _invoices,
    Block.RECEIVABLES: _receivables,
    Block.VALUE: _value,
    Block.NOTES: _notes,
    Block.SPAM: _spam,
}


def entries_of(block: Block, card: Card, now: datetime, names: Names) -> Iterator[Entry]:
    """The rows of one block; `names` are those of queues."""
    return _route(card, names) if block is Block.ROUTE else _ENTRIES[block](card, now)


def _outcomes() -> Mapping[str, tuple[str, str]]:
    return {
        "answered": (pgettext("call", "answered"), "ok"),
        "missed": (pgettext("call", "missed"), "bad"),
        "screened": (pgettext("call", "kept out"), "rare"),
        "abandoned": (pgettext("call", "hung up waiting"), "bad"),
        "busy": (pgettext("call", "busy"), "warn"),
        "failed": (pgettext("call", "failed"), "bad"),
        "rejected": (pgettext("call", "rejected"), "warn"),
        "challenge": (pgettext("call", "challenge"), "rare"),
        "voicemail": (pgettext("call", "voicemail"), "info"),
        "ringing": (pgettext("call", "ringing"), "info"),
    }


def _owner(name: str) -> str:
    return name or gettext("nobody is responsible")


def _link(one: Deal | Order | Invoice) -> str:
    return one.document_url or ""


def _stage(stage: str) -> Badge | None:
    return Badge(stage) if stage else None


def _by(*told: str) -> str:
    return " · ".join(part for part in told if part)


def _money(amount: Decimal) -> str:
    return human.money(amount, current_reader())


def _moment(at: datetime | None, now: datetime) -> str:
    return human.moment(at, now, current_reader())


def _day(day: date, now: datetime) -> str:
    reader = current_reader()
    return human.day(day, now.astimezone(reader.timezone).date(), reader)
