"""A card as the text of a message. No I/O here.

Plain text in the reader's language: how the call stands with him, then who it is, the debt, where he called.
Short, for long messages are taken more seldom (crm.md §5).
"""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from trunkline.calls.agents_now import AgentState
from trunkline.calls.words import why_missed
from trunkline.card.parts import CallFacts
from trunkline.card.told import CardTold
from trunkline.web.human import clock
from trunkline.web.i18n import gettext as _

_LONGEST: Final = 900
_LONGEST_LINE: Final = 200
_MOST_HINTS: Final = 2


class Standing(NamedTuple):
    """How a call stands with one of us: `seat` is what his telephone does in it, empty for nothing."""

    seat: str
    extension: str
    call: CallFacts
    by: str
    """The name of who answered."""

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.call.ended_at is not None

    @property
    def was_his(self) -> bool:
        """Whether he talked in it."""
        return bool(self.extension) and self.extension in (self.call.answered_by, *self.call.agents)

    @property
    def is_others(self) -> bool:
        """Whether a colleague answered."""
        return bool(self.call.answered_by) and self.call.answered_by != self.extension


def _missed(now: Standing) -> str:
    why = why_missed(now.call.missed_why)
    return f"{_('Missed')}: {why}" if why else _("Missed")


HOW: Final[tuple[tuple[str, Callable[[Standing], bool], Callable[[Standing], str]], ...]] = (
    (
        "talked",
        lambda now: now.is_over and now.was_his,
        lambda now: _("Over, talked for %(time)s") % {"time": clock(now.call.talk_ms / 1000)},
    ),
    (
        "taken_and_over",
        lambda now: now.is_over and now.is_others,
        lambda now: _("Over: %(name)s answered") % {"name": now.by or now.call.answered_by},
    ),
    ("missed", lambda now: now.is_over and now.call.outcome == "missed", _missed),
    ("over", lambda now: now.is_over, lambda _now: _("The call is over")),
    ("rings", lambda now: now.seat == AgentState.RINGING, lambda _now: _("Calls you")),
    ("talks", lambda now: now.seat != "", lambda _now: _("You are talking")),
    ("passed_on", lambda now: now.was_his, lambda _now: _("You have talked; it goes on without you")),
    (
        "taken",
        lambda now: now.is_others,
        lambda now: _("%(name)s answered") % {"name": now.by or now.call.answered_by},
    ),
    ("left", lambda _now: True, lambda _now: _("Does not ring at yours any more")),
)
"""The first row that holds says how it stands."""


def how_it_stands(now: Standing) -> str:
    """In words."""
    return next(words(now) for _name, holds, words in HOW if holds(now))


def text_of(told: CardTold, now: Standing) -> str:
    """The whole message."""
    lines = [_cut(line) for line in _lines(told, now) if line]
    text = lines[0]
    for line in lines[1:]:
        if len(text) + 1 + len(line) > _LONGEST:
            break
        text = f"{text}\n{line}"
    return text


def _lines(told: CardTold, now: Standing) -> Iterator[str]:
    yield how_it_stands(now)
    yield told.title
    yield told.company
    yield " · ".join(told.origin)
    yield " · ".join(badge.text for badge in told.badges)
    yield f"⚠ {told.debt}" if told.debt else ""
    for one in told.choices:
        yield " · ".join(part for part in (one.name, one.company, one.overdue) if part)
    for fact in told.facts:
        value = " · ".join(part for part in (fact.value, fact.detail) if part)
        yield f"{fact.name}: {value}" if fact.name else value
    yield from told.warnings
    yield from told.hints[:_MOST_HINTS]


def _cut(line: str) -> str:
    line = " ".join(line.split())
    return line if len(line) <= _LONGEST_LINE else f"{line[: _LONGEST_LINE - 1]}…"
