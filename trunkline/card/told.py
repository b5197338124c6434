"""A card told in words, as programs get it that paint it by themselves: a desktop helper, a bot. No I/O here.

Everything is plain text: whoever paints it interprets no markup in it.
"""

from uuid import UUID

import msgspec

from trunkline.card.blocks import Block


class Badge(msgspec.Struct, frozen=True):
    """A word in a colour: `kind` is plain, info, ok, warn, bad or rare."""

    text: str
    kind: str = "plain"


class Fact(msgspec.Struct, frozen=True):
    """One named thing about the call."""

    name: str
    value: str
    detail: str = ""


class Entry(msgspec.Struct, frozen=True):
    """One row of a section; `link` is the http(s) address of its document."""

    text: str
    detail: str = ""
    badge: Badge | None = None
    amount: str = ""
    link: str = ""


class Section(msgspec.Struct, frozen=True):
    """One block of the card."""

    block: Block
    name: str
    entries: tuple[Entry, ...]


class Choice(msgspec.Struct, frozen=True):
    """Somebody who shares the number; `contact` is what choosing him sends."""

    contact: UUID
    name: str
    company: str
    overdue: str
    chosen: bool


class CardTold(msgspec.Struct, frozen=True):
    """The whole card in words; an empty text is nothing to show."""

    title: str
    company: str
    origin: tuple[str, ...]
    badges: tuple[Badge, ...]
    debt: str
    facts: tuple[Fact, ...]
    warnings: tuple[str, ...]
    hints: tuple[str, ...]
    choices: tuple[Choice, ...]
    sections: tuple[Section, ...]
