"""What is searched for in what was said: words, "phrases", -unsaid, or. No I/O here.

PostgreSQL's websearch_to_tsquery reads the same, but tells neither what is to be marked nor what must not have been
said, and its `or` divides the whole query.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from recordings.sides import End
from recordings.tokens import tokens
from trunkline.errors import InvalidInput, Mistake
from trunkline.web.i18n import gettext

_PART: Final = re.compile(r'(?P<not>-?)(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')
_OR: Final = frozenset({"or", "или"})
_LONGEST: Final = 200
_MOST_TERMS: Final = 16

Term = tuple[str, ...]
"""Words that follow each other."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Of each group of `said` one was said; nothing of `unsaid` was."""

    said: tuple[tuple[Term, ...], ...]
    unsaid: tuple[Term, ...]

    @property
    def terms(self) -> tuple[Term, ...]:
        """What is marked where it was said."""
        return tuple(term for group in self.said for term in group)


def parse_sought(text: str, field: str = "q") -> Sought:
    """The query of a person; raises InvalidInput."""
    if len(text) > _LONGEST:
        raise InvalidInput(Mistake(field, gettext("must be %(most)s characters at most") % {"most": _LONGEST}))
    said: list[list[Term]] = []
    unsaid: list[Term] = []
    joins = False
    for part in _PART.finditer(text):
        if not part["not"] and said and (part["word"] or "").lower() in _OR:
            joins = True
            continue
        term = tokens(part["word"] or part["phrase"] or "")
        if not term:
            continue
        if part["not"]:
            unsaid.append(term)
        elif joins:
            said[-1].append(term)
        else:
            said.append([term])
        joins = False
    if not 0 < sum(map(len, said)) + len(unsaid) <= _MOST_TERMS:
        raise InvalidInput(Mistake(field, gettext("must be 1 to %(most)s words or phrases") % {"most": _MOST_TERMS}))
    return Sought(tuple(map(tuple, said)), tuple(unsaid))


@dataclass(frozen=True, slots=True)
class Labels:
    """What the dictionaries are to have said of it, each empty for any or none."""

    tag: str = ""
    category: str = ""


UNLABELLED: Final = Labels()


@dataclass(frozen=True, slots=True)
class Asked:
    """What is searched for, None for nothing, and who is to have said it."""

    sought: Sought | None
    end: End | None
    labels: Labels = UNLABELLED


def parse_asked(query: Mapping[str, str], field: str = "q") -> Asked:
    """`field`, `by`, `tag` and `category` of a request's query; raises InvalidInput."""
    text, by = query.get(field, "").strip(), query.get("by", "")
    if by not in {"", *End}:
        raise InvalidInput(Mistake("by", gettext("must be agent or client")))
    labels = Labels(*(query.get(name, "").replace("\0", "").strip() for name in ("tag", "category")))
    return Asked(parse_sought(text, field) if text else None, End(by) if by else None, labels)
