"""Telling a card in the reader's words; the page of a card says the same with its templates."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from trunkline.calls.places import Names
from trunkline.card import parts
from trunkline.card.card import Card, Who
from trunkline.card.telling_blocks import entries_of
from trunkline.card.told import Badge, CardTold, Choice, Fact, Section
from trunkline.card.words import BLOCK_NAMES, came_in_words, filled_blocks, is_spam, title_of
from trunkline.dialing.words import source_in_words
from trunkline.web import human
from trunkline.web.i18n import current_reader, gettext, ngettext, pgettext


def tell(card: Card, now: datetime, names: Names = str) -> CardTold:
    """`card` in the language and zone of the running reader; `names` are those of queues."""
    title = title_of(card)
    filled = filled_blocks(card)
    return CardTold(
        title=title,
        company=card.company.name if card.company and card.company.name != title else "",
        origin=tuple(_origin(card, title)),
        badges=tuple(_badges(card)),
        debt=_debt(card.debt),
        facts=tuple(_facts(card, now)),
        warnings=tuple(_warnings(card)),
        hints=card.hints,
        choices=tuple(_choice(one, card) for one in card.choices),
        sections=tuple(
            Section(block, gettext(BLOCK_NAMES[block]), tuple(entries_of(block, card, now, names)))
            for block in card.blocks
            if block in filled
        ),
    )


def _origin(card: Card, title: str) -> Iterator[str]:
    if card.number and title != human.phone(card.number):
        yield human.phone(card.number)
    if card.call and card.call.caller_name and card.call.caller_name != title:
        yield f"“{card.call.caller_name}”"
    if card.place.region:
        yield card.place.region
    if card.place.local_time:
        yield gettext("%(time)s there") % {"time": card.place.local_time.strftime("%H:%M")}


def _badges(card: Card) -> Iterator[Badge]:
    word, kind = _classes().get(card.klass.value, (card.klass.value, "plain"))
    yield Badge(word, kind)
    if card.contact and card.contact.vip:
        yield Badge(gettext("VIP"), "rare")
    if is_spam(card.spam):
        yield Badge(gettext("spam?"), "bad")


def _debt(debt: parts.Debts | None) -> str:
    if debt is None:
        return ""
    told = f"{gettext('Overdue')} {human.money(debt.overdue, current_reader())}"
    if debt.overdue_days:
        days = ngettext("for %(num)d day", "for %(num)d days", debt.overdue_days) % {"num": debt.overdue_days}
        told = f"{told} · {days}"
    return told


def _facts(card: Card, now: datetime) -> Iterator[Fact]:
    if wanted := card.wanted:
        value = f"{human.moment(wanted.asked_at, now, current_reader())} · {source_in_words(wanted.source)}"
        yield Fact(gettext("Asked to be called back"), value, wanted.note)
    if line := card.line:
        name = line.brand or line.name or human.phone(line.number)
        value = " · ".join(part for part in (name, line.city, line.purpose, line.site) if part)
        yield Fact(gettext("Called"), value, human.phone(line.number))
    if card.came:
        yield Fact(gettext("Came from"), *came_in_words(card.came))
    if card.responsible:
        deputy = gettext("deputy: %(name)s") % {"name": card.deputy.name} if card.deputy else ""
        value = " ".join(part for part in (card.responsible.name, card.responsible.extension) if part)
        yield Fact(gettext("Responsible"), value, deputy)
    for one in card.colleagues:
        yield Fact(one.extension or "", one.name, one.department)


def _warnings(card: Card) -> Iterator[str]:
    for name in card.gone:
        yield gettext("The contact “%(name)s” was deleted during this call.") % {"name": name}
    if card.who is Who.HIDDEN:
        yield gettext("The caller hides the number, so nothing can be looked up. Ask for a number to call back.")


def _choice(one: parts.ContactBrief, card: Card) -> Choice:
    overdue = f"{gettext('Overdue')} {human.money(one.overdue, current_reader())}" if one.overdue else ""
    chosen = card.contact is not None and card.contact.id == one.id
    return Choice(one.id, one.name or human.phone(card.number), one.company or "", overdue, chosen)


def _classes() -> Mapping[str, tuple[str, str]]:
    return {
        "client": (pgettext("caller", "client"), "info"),
        "supplier": (pgettext("caller", "supplier"), "rare"),
        "contractor": (pgettext("caller", "contractor"), "warn"),
        "partner": (pgettext("caller", "partner"), "ok"),
        "staff": (pgettext("caller", "staff"), "plain"),
        "unknown": (pgettext("caller", "unknown"), "plain"),
    }
