"""What is known about a call when it asks: gathered from memory only, stored with the decision. No I/O here."""

from collections.abc import Callable
from uuid import UUID

import msgspec

from trunkline.calls.phone import NamedKind, parse, short_digits
from trunkline.directory.reader import View
from trunkline.directory.values import AgentBrief, ContactBrief, ContactClass, Head
from trunkline.pbx.devices import DeviceState
from trunkline.pbx.port import Question

_MOST_CONTACTS = 5
_LONGEST_NAME = 80
_LONGEST_SPELLING = 40

DeviceStates = Callable[[str, str], DeviceState]
"""State of (pbx, extension)."""


class Agent(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Somebody who may ring first."""

    name: str
    extension: str = ""
    state: DeviceState = DeviceState.UNKNOWN
    mobile: str = ""
    """Where he may be rung instead; empty when only his extension may be."""


class Facts(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Everything a rule may ask. A field left at its default means: nothing is known."""

    caller: str = ""
    """E.164, or what the PBX sent where that is no number (at most 40 characters)."""
    kind: str = "number"
    """`number`, or a NamedKind."""
    line: str = ""
    line_known: bool = False
    fallback: str = ""
    """The line's own default target."""
    klass: ContactClass = ContactClass.UNKNOWN
    name: str = ""
    company: str = ""
    vip: bool = False
    overdue: int = 0
    contacts: tuple[UUID, ...] = ()
    """Everybody the number belongs to (at most five); the first is the one the other fields speak of."""
    responsible: Agent | None = None
    deputy: Agent | None = None
    spam_votes: int = 0
    """0 = not in the spam list."""
    spam_source: str = ""
    directory: str = ""
    """Version of the directory these facts came from."""


def gather(question: Question, view: View, states: DeviceStates) -> Facts:
    """The facts about `question` as `view` tells them."""
    number = parse(question.from_)
    line = line_number(question.to)
    brief = view.line(line)
    fallback = brief.fallback if brief else ""
    if isinstance(number, NamedKind):
        return _facts_of_unnumbered(question, number, view, line, fallback)
    spam = view.spam(number)
    contacts = view.contacts(number)
    if not contacts:
        return Facts(
            caller=number,
            line=line,
            line_known=brief is not None,
            fallback=fallback,
            spam_votes=max(spam.votes, 1) if spam else 0,
            spam_source=spam.source if spam else "",
            directory=view.version,
        )
    first = contacts[0] if len(contacts) == 1 else _best_known(contacts)
    return Facts(
        caller=number,
        line=line,
        line_known=brief is not None,
        fallback=fallback,
        klass=first.klass,
        name=first.name[:_LONGEST_NAME],
        company=first.company[:_LONGEST_NAME],
        vip=first.vip or any(contact.vip for contact in contacts),
        overdue=max([contact.overdue for contact in contacts]),
        contacts=_ids(first, contacts),
        responsible=_agent(first.responsible, question.pbx, view.head, states) if first.responsible else None,
        deputy=_agent(first.deputy, question.pbx, view.head, states) if first.deputy else None,
        spam_votes=max(spam.votes, 1) if spam else 0,
        spam_source=spam.source if spam else "",
        directory=view.version,
    )


def agent_with(extension: str, head: Head) -> AgentBrief | None:
    """The active person whose telephone `extension` is."""
    return next((agent for agent in head.agents.values() if agent.extension == extension), None)


def _facts_of_unnumbered(question: Question, kind: NamedKind, view: View, line: str, fallback: str) -> Facts:
    """A colleague's extension, a hidden number, or nothing we can read."""
    digits = short_digits(question.from_)
    colleague = agent_with(digits, view.head) if digits else None
    return Facts(
        caller=digits or _as_sent(question.from_),
        kind=kind.value,
        line=line,
        line_known=view.line(line) is not None,
        fallback=fallback,
        klass=ContactClass.STAFF if colleague else ContactClass.UNKNOWN,
        name=colleague.name[:_LONGEST_NAME] if colleague else "",
        directory=view.version,
    )


def line_number(raw: str | int | float | None) -> str:
    """The called line in E.164, or as the PBX sent it."""
    number = parse(raw)
    return _as_sent(raw) if isinstance(number, NamedKind) else number


def _as_sent(raw: str | int | float | None) -> str:
    """What is no number as text that every log and table can hold."""
    text = str(raw if raw is not None else "")[:_LONGEST_SPELLING]
    return text if text.isprintable() else "".join(letter if letter.isprintable() else " " for letter in text)


def _best_known(contacts: tuple[ContactBrief, ...]) -> ContactBrief:
    """Of several people on one number the one we know most about: of a known class, important, looked after."""
    return max(
        contacts, key=lambda each: (each.klass is not ContactClass.UNKNOWN, each.vip, each.responsible is not None)
    )


def _ids(first: ContactBrief, contacts: tuple[ContactBrief, ...]) -> tuple[UUID, ...]:
    return (first.id, *[contact.id for contact in contacts if contact is not first])[:_MOST_CONTACTS]


def _agent(agent_id: UUID, pbx: str, head: Head, states: DeviceStates) -> Agent | None:
    agent = head.agents.get(agent_id)
    if agent is None:
        return None
    extension = agent.extension or ""
    state = states(pbx, extension) if extension else DeviceState.UNKNOWN
    mobile = agent.mobile if agent.mobile_when_away or not extension else None
    return Agent(agent.name, extension, state, mobile or "")
