"""The first steps of a company: an ordered table, and where each step stands by what is really there. No I/O here.

Nobody ticks a step off: it is done when the database says so. All that is kept is what somebody left out for now, and
that the whole way is over (`WAY`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from trunkline.status import way_words
from trunkline.status.way_facts import Facts
from trunkline.status.way_seen import Seen, State
from trunkline.web.i18n import mark

HERE: Final = "/settings/start"
"""The page of the first steps."""
WAY: Final = "way"


@dataclass(frozen=True, slots=True)
class Step:
    """One of the first steps; `pages` are those it leads to and whatever lies below them."""

    key: str
    title: str
    why: str
    pages: tuple[str, ...]
    judge: Callable[[Facts, datetime], Seen]


@dataclass(frozen=True, slots=True)
class Standing:
    """A step and where it stands; `is_next` is the first that waits for somebody."""

    step: Step
    seen: Seen
    is_next: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """How many steps are done or left out, of how many."""

    settled: int
    total: int

    @property
    def is_over(self) -> bool:
        """Whether nothing waits any more."""
        return self.settled == self.total


STEPS: Final = (
    Step(
        "pbx",
        mark("Connect a PBX"),
        mark("Trunkline only listens: nothing changes for those who call."),
        ("/setup", "/settings/pbxs"),
        way_words.of_pbxs,
    ),
    Step(
        "calls",
        mark("My calls appear"),
        mark("The proof that the connection is right: your own calls, within seconds."),
        ("/calls",),
        way_words.of_calls,
    ),
    Step(
        "contacts",
        mark("Contacts"),
        mark("Who calls: names, companies, and who is responsible for them."),
        ("/contacts",),
        way_words.of_contacts,
    ),
    Step(
        "spam",
        mark("Spam"),
        mark("Numbers that robots call from: whoever calls from one has to press a digit first."),
        ("/spam",),
        way_words.of_spam,
    ),
    Step(
        "lines",
        mark("Lines"),
        mark("Your own numbers: every rule and every report begins with the line."),
        ("/lines",),
        way_words.of_lines,
    ),
    Step(
        "sites",
        mark("Sites"),
        mark("Which advertisement a call came from: one line of script on your pages."),
        ("/sites",),
        way_words.of_sites,
    ),
    Step(
        "people",
        mark("People"),
        mark("Whose telephone rings, and what each of them may see."),
        ("/settings/people", "/settings/departments"),
        way_words.of_people,
    ),
    Step(
        "crm",
        mark("CRM"),
        mark("Every call is told to it once, and its clients are known here."),
        ("/settings/crm",),
        way_words.of_crms,
    ),
    Step(
        "modes",
        mark("Line by line: observe, advise, route"),
        mark(
            "A line is observed first, then advised about, and routed only when you have seen that the advice is right."
        ),
        (),
        way_words.of_modes,
    ),
)


def standings(facts: Facts, now: datetime) -> tuple[Standing, ...]:
    """Each step in order; what was left out shows so until it is done after all."""
    judged = [(step, _judged(step, facts, now)) for step in STEPS]
    waiting = next((step.key for step, seen in judged if not seen.state.is_settled), "")
    return tuple(Standing(step, seen, step.key == waiting) for step, seen in judged)


def _judged(step: Step, facts: Facts, now: datetime) -> Seen:
    seen = step.judge(facts, now)
    return seen.left() if step.key in facts.left and seen.state is not State.DONE else seen


def progress(standing: Sequence[Standing]) -> Progress:
    """How far somebody is."""
    return Progress(sum(one.seen.state.is_settled for one in standing), len(standing))


def step_at(path: str) -> tuple[int, Step] | None:
    """The step that leads to the page `path`, with its number from 1."""
    for number, step in enumerate(STEPS, 1):
        if any(path == page or path.startswith(f"{page}/") for page in step.pages):
            return number, step
    return None


def is_step(key: str) -> bool:
    """Whether something can be left out by this name: a step, or the whole way."""
    return key == WAY or any(step.key == key for step in STEPS)
