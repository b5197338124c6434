"""Which letters are no touches: one table of rules, the first that holds counts. No I/O here."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from trunkline.mailboxes.letter import Letter

LETTER: Final = "letter"
"""What no rule keeps out."""
_MACHINES: Final = re.compile(r"(?:mailer-daemon|postmaster|bounces?)(?:[+.=-].*)?@.*").fullmatch
_ANSWERS_NOT: Final = re.compile(
    r"(?:no-?reply|do-?not-?reply|robot|noreply-.*|forms?|notify|notifications?)@.*"
).fullmatch


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a letter and of whom it is from: `sender` is whom one answers."""

    letter: Letter
    sender: str
    is_ours: bool = False
    """One of the staff, or a mailbox of ours."""
    ignored: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A row of the table."""

    name: str
    holds: Callable[[Facts], bool]


RULES: Final = (
    Rule("bounce", lambda facts: facts.letter.is_bounce or bool(_MACHINES(facts.letter.sender))),
    Rule("auto_reply", lambda facts: _is_machines(facts.letter)),
    Rule("list", lambda facts: facts.letter.is_list or facts.letter.precedence in {"bulk", "list", "junk"}),
    Rule("spam", lambda facts: facts.letter.is_spam),
    Rule("no_sender", lambda facts: not facts.sender),
    Rule("ours", lambda facts: facts.is_ours),
    Rule("ignored", lambda facts: _is_among(facts.sender, facts.ignored)),
)


def sort(facts: Facts) -> str:
    """The rule that keeps it out, or LETTER."""
    return next((rule.name for rule in RULES if rule.holds(facts)), LETTER)


def sender_of(letter: Letter, ours: frozenset[str]) -> str:
    """Whom one answers: forms of sites write from an address of ours, or from one nobody reads, and name the client."""
    if letter.answer_to and (letter.sender in ours or _ANSWERS_NOT(letter.sender)):
        return letter.answer_to
    return letter.sender


def _is_machines(letter: Letter) -> bool:
    return letter.auto_submitted not in {"", "no"} or letter.is_auto or letter.precedence == "auto_reply"


def _is_among(sender: str, ignored: Sequence[str]) -> bool:
    domain = "@" + sender.rpartition("@")[2]
    return sender in ignored or domain in ignored
