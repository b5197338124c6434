"""A card in words: why the call came here, what kind of number it is, what the blocks are called."""

from collections.abc import Mapping
from typing import Final

from trunkline.calls import explain
from trunkline.calls.attribution_words import channel_in_words, page_of
from trunkline.calls.places import Names
from trunkline.card.blocks import Block
from trunkline.card.card import Card, Who
from trunkline.card.parts import Came, Routed, SpamFacts
from trunkline.spam.store import Standing
from trunkline.spam.words import standing_in_words
from trunkline.web.human import phone
from trunkline.web.i18n import gettext, mark

BLOCK_NAMES: Final[Mapping[Block, str]] = {
    Block.HINTS: mark("What to do"),
    Block.ROUTE: mark("Why it came here"),
    Block.CALLS: mark("Last calls"),
    Block.LEADS: mark("Open leads"),
    Block.DEALS: mark("Open deals"),
    Block.TASKS: mark("Open tasks"),
    Block.ORDERS: mark("Orders"),
    Block.RECEIVABLES: mark("Receivables"),
    Block.INVOICES: mark("Invoices"),
    Block.VALUE: mark("Paid in all"),
    Block.NOTES: mark("Notes"),
    Block.SPAM: mark("Spam check"),
}


def title_of(card: Card) -> str:
    """Who it is, in one line; also the title of the window."""
    if card.who is Who.COLLEAGUE:
        names = [one.name for one in card.colleagues]
        extensions = [card.call.caller, card.call.dialled] if card.call else []
        return " → ".join(names if len(names) == len(extensions) else extensions)
    if card.contact is not None:
        return card.contact.name or phone(card.number)
    if card.company is not None:
        return card.company.name
    if card.choices:
        return gettext("One of %(count)s contacts") % {"count": len(card.choices)}
    return phone(card.number) if card.number else gettext("Hidden number")


def why_here(routed: Routed | None, names: Names = str) -> tuple[str, str] | None:
    """What was done with the call and why; None where the PBX did not ask us."""
    if routed is None:
        return None
    why = "; ".join(explain.because(row, names) for row in routed.trace)
    return explain.done(routed, names), why or (explain.title(routed.rule) if routed.rule else "")


def spam_words(spam: SpamFacts | None) -> str:
    """What is known of the number; empty when nothing is."""
    return standing_in_words(Standing(spam.allowed, spam.personal, spam.votes)) if spam else ""


def is_spam(spam: SpamFacts | None) -> bool:
    """Whether it should be seen at a glance."""
    return spam is not None and not spam.allowed and bool(spam.personal or spam.votes)


def filled_blocks(card: Card) -> frozenset[Block]:
    """The blocks below the head that have something to show; the others are named in one line."""
    shown = {
        Block.ROUTE: card.call,
        Block.CALLS: card.calls,
        Block.LEADS: card.leads,
        Block.DEALS: card.deals,
        Block.TASKS: card.tasks,
        Block.ORDERS: card.orders,
        Block.RECEIVABLES: card.receivables or card.debt,
        Block.INVOICES: card.invoices,
        Block.VALUE: card.value,
        Block.NOTES: card.notes or (card.contact is not None and card.contact.note),
        Block.SPAM: spam_words(card.spam),
    }
    return frozenset(block for block, part in shown.items() if part)


def came_in_words(came: Came) -> tuple[str, str]:
    """Channel, source and campaign of the call; the page or site it came by."""
    named = (channel_in_words(came.channel), came.source, came.campaign)
    return " · ".join(part for part in named if part), page_of(came.landing) or came.site
