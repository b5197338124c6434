"""A sheet per agent: what is counted of whom, and its sums. No I/O here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

MOST_DAYS: Final = 31
"""Read from the calls themselves: so many days at once."""


@dataclass(frozen=True, slots=True)
class Work:
    """What one agent did: calls with clients. `missed`: his telephone rang, and neither he nor anybody took it then.

    `talks` are calls he talked in, whoever began them: those passed on to him too.
    """

    answered: int = 0
    in_time: int = 0
    missed: int = 0
    placed: int = 0
    reached: int = 0
    talks: int = 0
    talk_seconds: float = 0.0

    def __add__(self, other: "Work") -> "Work":
        return Work(
            self.answered + other.answered,
            self.in_time + other.in_time,
            self.missed + other.missed,
            self.placed + other.placed,
            self.reached + other.reached,
            self.talks + other.talks,
            self.talk_seconds + other.talk_seconds,
        )

    @property
    def in_time_share(self) -> float | None:
        """Answered in time of all that rang for him, 0–1; None where nothing did."""
        rang = self.answered + self.missed
        return self.in_time / rang if rang else None

    @property
    def average_talk(self) -> float | None:
        """Seconds; None where he talked with nobody."""
        return self.talk_seconds / self.talks if self.talks else None


@dataclass(frozen=True, slots=True)
class AgentDay:
    """One agent's work on one day; `agent` is the person's id, or the extension where it is nobody's."""

    agent: str
    name: str
    extension: str
    day: date
    work: Work


@dataclass(frozen=True, slots=True)
class Sheet:
    """One agent's work of some days, and of each of them that has any."""

    agent: str
    name: str
    extension: str
    work: Work
    days: tuple[tuple[date, Work], ...]


def sheets_of(days: Iterable[AgentDay]) -> list[Sheet]:
    """The sheets of agents, by name; extensions that are nobody's at the end."""
    found: dict[str, list[AgentDay]] = {}
    for one in days:
        found.setdefault(one.agent, []).append(one)
    sheets = [
        Sheet(
            agent,
            own[0].name,
            own[0].extension,
            sum((one.work for one in own), Work()),
            tuple((one.day, one.work) for one in sorted(own, key=lambda one: one.day)),
        )
        for agent, own in found.items()
    ]
    return sorted(sheets, key=lambda sheet: (not sheet.name, sheet.name, sheet.extension))
