"""Where a first step stands, and which pages lead on from it. No I/O here."""

from dataclasses import dataclass, replace
from enum import StrEnum


class State(StrEnum):
    """Where a step stands; the value is its class in the template."""

    OPEN = "open"
    UNDER_WAY = "under-way"
    DONE = "done"
    LEFT = "left"

    @property
    def is_settled(self) -> bool:
        """Whether it waits for nobody."""
        return self in {State.DONE, State.LEFT}


@dataclass(frozen=True, slots=True)
class Onward:
    """A link to the page that does the next thing; `page` is the one whose right is asked, empty: somebody else's."""

    text: str
    href: str
    page: str


@dataclass(frozen=True, slots=True)
class Seen:
    """A step as it stands: what there is, what to do next, and where; in the reader's language."""

    state: State
    told: str
    todo: str = ""
    onward: tuple[Onward, ...] = ()
    share: tuple[int, int] | None = None
    """So many of so many, where that is worth a bar."""

    def left(self) -> "Seen":
        """The same, left out for now."""
        return replace(self, state=State.LEFT, todo="")
