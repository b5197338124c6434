"""A dictionary, and what all of them say of a talk: its tags, and the category of the first that fits. No I/O here."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import msgspec

from recordings.phrases import Heard, Phrase, parse_phrases
from recordings.sides import End
from trunkline.errors import InvalidInput, Mistake
from trunkline.web.i18n import gettext as _

ANY: Final = "any"
LONGEST_NAME: Final = 100
LONGEST_TAG: Final = 40


class Dictionary(msgspec.Struct, frozen=True):
    """As it is typed: `said`, `also` and `unsaid` are phrases one a line; `side` is an End, or ANY."""

    name: str
    tag: str
    category: str = ""
    side: str = ANY
    said: str = ""
    also: str = ""
    unsaid: str = ""
    id: UUID = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Book:
    """One that can be looked things up in: one of `said` was said, and one of `also`, and none of `unsaid`."""

    tag: str
    category: str
    said: tuple[Phrase, ...]
    also: tuple[Phrase, ...]
    unsaid: tuple[Phrase, ...]

    @property
    def words(self) -> set[str]:
        """Every word that has to be known by its stem."""
        return {word for phrase in (*self.said, *self.also, *self.unsaid) for word, _gap in phrase.words}


class Tag(msgspec.Struct, frozen=True):
    """What a talk is found by: `at` the second of the first place, `times` how often; both 0 for what was left out."""

    tag: str
    at: float
    times: int


class Tagged(msgspec.Struct, frozen=True):
    """What the dictionaries say of a talk."""

    category: str = ""
    tags: tuple[Tag, ...] = ()


@functools.lru_cache(maxsize=512)  # each recording is looked up in all of them
def open_book(one: Dictionary) -> Book:
    """Raises InvalidInput, which names the field of the form."""
    mistakes = [
        Mistake(field, _("must be 1 to %(most)s characters") % {"most": most})
        for field, text, most in (("name", one.name, LONGEST_NAME), ("tag", one.tag, LONGEST_TAG))
        if not 1 <= len(text) <= most
    ]
    if len(one.category) > LONGEST_TAG:
        mistakes.append(Mistake("category", _("must be %(most)s characters at most") % {"most": LONGEST_TAG}))
    if one.side not in {ANY, *End}:
        raise InvalidInput(Mistake("side", _("must be any, agent or client")))
    side = None if one.side == ANY else End(one.side)
    phrases: dict[str, tuple[Phrase, ...]] = {}
    for field, text in (("said", one.said), ("also", one.also), ("unsaid", one.unsaid)):
        try:
            phrases[field] = parse_phrases(text, field, side)
        except InvalidInput as error:
            mistakes += error.mistakes
    if not mistakes and not phrases["said"] and not phrases["unsaid"]:
        mistakes.append(Mistake("said", _("must hold a phrase, or the phrases that were not said must")))
    if mistakes:
        raise InvalidInput(*mistakes)
    return Book(one.tag, one.category, **phrases)


def look_up(book: Book, heard: Heard) -> Tag | None:
    """Its tag, where it fits."""

    def times(phrases: Sequence[Phrase]) -> list[float]:
        return sorted(at for phrase in phrases for at in heard.times_of(phrase))

    found = times(book.said)
    if (book.said and not found) or (book.also and not times(book.also)) or times(book.unsaid):
        return None
    return Tag(book.tag, found[0] if found else 0.0, len(found))


def look_up_all(books: Sequence[Book], heard: Heard) -> Tagged:
    """What they say, the first of them first; two that give one tag are counted together."""
    tags: dict[str, Tag] = {}
    category = ""
    for book in books:
        found = look_up(book, heard)
        if found is None:
            continue
        category = category or book.category
        known = tags.get(found.tag)
        tags[found.tag] = found if known is None else _both(known, found)
    return Tagged(category, tuple(tags.values()))


def _both(one: Tag, other: Tag) -> Tag:
    first = min((tag.at for tag in (one, other) if tag.times), default=0.0)
    return Tag(one.tag, first, one.times + other.times)
