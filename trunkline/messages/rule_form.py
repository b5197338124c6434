"""The form of a rule: from text to a rule, every mistake beside its field; and back. No I/O here."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

from multidict import MultiMapping

from trunkline.directory.values import ContactClass
from trunkline.errors import InvalidInput, Mistake
from trunkline.messages.happening import INSIDE, Kind
from trunkline.messages.rule import CHANNELS_OF, OF_STAFF, Channel, Conditions, Digest, Rule, Step, Whom
from trunkline.messages.template import problem
from trunkline.web.i18n import gettext as _

STEPS: Final = 4
LONGEST_NAME: Final = 100
_MOST_NUMBER: Final = 10**9
_TIME: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_NUMBERS: Final = {"amount": _MOST_NUMBER, "days": 3650, "seconds": 86_400, "every_days": 365}


class Choices(NamedTuple):
    """Who and what there is to choose from."""

    departments: Collection[UUID]
    lines: Collection[UUID]
    people: Collection[UUID]
    rooms: Collection[UUID]


def read_rule(identifier: UUID, sent: MultiMapping[Any], choices: Choices) -> Rule:
    """Raises InvalidInput."""
    form = _Form(sent)
    kind = _one_of(Kind, form.text("kind"), Kind.LEAD_OPENED)
    name = form.text("name")
    if not 1 <= len(name) <= LONGEST_NAME:
        form.wrong("name", _("must have 1 to %(longest)s characters") % {"longest": LONGEST_NAME})
    template = str(sent.get("template", "")).replace("\r\n", "\n").strip()
    if broken := problem(template, kind):
        form.wrong("template", broken.why)
    numbers = {field: form.number(field, most) for field, most in _NUMBERS.items()}
    digest = _one_of(Digest, form.text("digest"), Digest.NOW)
    rule = Rule(
        id=identifier,
        name=name,
        kind=kind,
        conditions=Conditions(
            departments=form.ids("departments", choices.departments),
            lines=form.ids("lines", choices.lines),
            brands=form.words("brands"),
            stages=form.words("stages"),
            classes=frozenset(str(one) for one in sent.getall("classes", []) if one in set(ContactClass)),
            amount=numbers["amount"],
            days=numbers["days"],
            seconds=numbers["seconds"],
        ),
        steps=_steps(form, kind, choices),
        template=template,
        digest=digest,
        at_minute=form.minute("at") if digest is Digest.DAILY else 540,
        working=form.text("working") == "on",
        every_days=numbers["every_days"],
        stops=form.text("stops") == "on",
        active=form.text("active") == "on",
    )
    if form.mistakes:
        raise InvalidInput(*form.mistakes)
    return rule


def shown_rule(rule: Rule) -> dict[str, Any]:
    """What the form shows of it."""
    conditions = rule.conditions
    values: dict[str, Any] = {
        "name": rule.name,
        "kind": rule.kind.value,
        "template": rule.template,
        "digest": rule.digest.value,
        "at": f"{rule.at_minute // 60:02}:{rule.at_minute % 60:02}",
        "working": rule.working,
        "stops": rule.stops,
        "active": rule.active,
        "every_days": rule.every_days or "",
        "departments": {str(one) for one in conditions.departments},
        "lines": {str(one) for one in conditions.lines},
        "classes": set(conditions.classes),
        "brands": ", ".join(sorted(conditions.brands)),
        "stages": ", ".join(sorted(conditions.stages)),
    }
    values |= {field: getattr(conditions, field) or "" for field in ("amount", "days", "seconds")}
    for place in range(STEPS):
        step = rule.steps[place] if place < len(rule.steps) else None
        values[f"whom_{place}"] = "" if step is None else spelled(step)
        values[f"channel_{place}"] = Channel.EMAIL.value if step is None else step.channel.value
        values[f"after_{place}"] = "" if step is None or not step.after else step.after
    return values


def spelled(step: Step) -> str:
    """Whom it means, as the form spells it: `heads`, `person:<id>`."""
    return step.whom.value if step.target is None else f"{step.whom.value}:{step.target}"


def sent_values(sent: MultiMapping[Any]) -> dict[str, Any]:
    """What was sent, to be shown again."""
    values: dict[str, Any] = {name: str(sent.get(name, ""))[:2000] for name in sent}
    for name in ("departments", "lines", "classes"):
        values[name] = {str(one) for one in sent.getall(name, [])}
    for name in ("working", "stops", "active"):
        values[name] = sent.get(name) == "on"
    return values


class _Form:
    """Reads fields, and gathers what is wrong with them."""

    def __init__(self, sent: MultiMapping[Any]) -> None:
        self._sent = sent
        self.mistakes: list[Mistake] = []

    def wrong(self, field: str, why: str) -> None:
        self.mistakes.append(Mistake(field, why))

    def text(self, field: str) -> str:
        return " ".join(str(self._sent.get(field, "")).replace("\0", "").split())[:500]

    def number(self, field: str, most: int) -> int:
        text = self.text(field)
        if not text:
            return 0
        if not text.isascii() or not text.isdecimal() or int(text[:12]) > most:
            self.wrong(field, _("must be a whole number, at most %(most)s") % {"most": most})
            return 0
        return int(text)

    def minute(self, field: str) -> int:
        match = _TIME.fullmatch(self.text(field))
        if match is None:
            self.wrong(field, _("must be a time such as 09:30"))
            return 0
        return int(match[1]) * 60 + int(match[2])

    def words(self, field: str) -> frozenset[str]:
        return frozenset(word for one in self.text(field).split(",") if (word := one.strip()))

    def ids(self, field: str, known: Collection[UUID]) -> frozenset[UUID]:
        spelled = {str(one): one for one in known}
        return frozenset(spelled[one] for one in map(str, self._sent.getall(field, [])) if one in spelled)


def _steps(form: _Form, kind: Kind, choices: Choices) -> tuple[Step, ...]:
    steps: list[Step] = []
    for place in range(STEPS):
        told = form.text(f"whom_{place}")
        if not told:
            continue
        name, _colon, target = told.partition(":")
        whom = _one_of(Whom, name, Whom.RESPONSIBLE)
        known = {Whom.PERSON: choices.people, Whom.ROOM: choices.rooms}.get(whom)
        chosen = next((one for one in known if str(one) == target), None) if known is not None else None
        if known is not None and chosen is None:
            form.wrong(f"whom_{place}", _("is not there any more: choose another"))
        channel = Channel.ROOM if whom is Whom.ROOM else _one_of(Channel, form.text(f"channel_{place}"), Channel.EMAIL)
        if channel not in CHANNELS_OF.get(whom, OF_STAFF):
            form.wrong(f"channel_{place}", _("does not reach whom you have chosen"))
        if kind in INSIDE and (whom is Whom.CLIENT or channel is Channel.TASK):
            form.wrong(f"whom_{place}", _("clients are not told of that, and need not be called for it"))
        after = form.number(f"after_{place}", 10_080) if steps else 0
        if steps and after <= steps[-1].after:
            form.wrong(f"after_{place}", _("must be later than the step before it"))
        steps.append(Step(whom=whom, channel=channel, after=after, target=chosen))
    if not steps:
        form.wrong("whom_0", _("choose who is told"))
    return tuple(steps)


def _one_of(words: Any, text: str, usual: Any) -> Any:
    return words(text) if text in set(words) else usual


def told(mistakes: Mapping[str, str], names: Mapping[str, str]) -> Sequence[tuple[str, str]]:
    """For the head of the page: each mistake with its field's name."""
    return [
        (field, f"{names.get(field.rstrip('0123456789').rstrip('_'), field)}: {why}") for field, why in mistakes.items()
    ]
