"""What every page of the plan needs: the draft, what it is about, and what a field may be chosen from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from aiohttp import web
from babel.dates import get_timezone_location

from router.plan import CHALLENGE, COUNTRIES, Plan, targets_of
from router.planning.checking import mistakes_in
from router.planning.fields import PLACES, Field, Kind
from router.planning.forms import OTHER, Body, Path
from router.planning.store import SQL, Draft, Published, current_draft, plan_in_force
from router.planning.words import Change, Names, differences
from router.reading import read_whole
from router.target import parse_target
from trunkline.calls.phone import NamedKind, format_number, parse
from trunkline.db.types import Connection
from trunkline.errors import Mistake
from trunkline.pbx.port import Action
from trunkline.people.roles import Right
from trunkline.web.auth import signed_in
from trunkline.web.i18n import current_reader, mark
from trunkline.web.i18n import gettext as _

_COUNTRY_NAMES = {"RU": mark("Russia"), "KZ": mark("Kazakhstan")}

Options = list[tuple[str, list[tuple[str, str]]]]
"""Groups of a choice: (title, [(value, text)]); the first has no title."""


@dataclass(frozen=True, slots=True)
class Desk:
    """One look at the plan: all pages are drawn from it."""

    draft: Draft
    in_force: Published
    queues: Mapping[str, str]
    agents: Mapping[str, str]
    lines: Mapping[str, str]
    fallbacks: tuple[str, ...]
    pbx_names: Mapping[str, str]
    """What the PBX calls each queue."""
    may_edit: bool

    @property
    def names(self) -> Names:
        """What things are called in the draft."""
        branches = self.draft.body.get("branches")
        named = branches.items() if isinstance(branches, dict) else ()
        return Names(
            self.queues,
            self.agents,
            self.lines,
            {name: str(each.get("name") or name) if isinstance(each, dict) else name for name, each in named},
        )

    def changes(self) -> list[Change]:
        """What publishing the draft would change."""
        return differences(self.in_force.body, self.draft.body, self.names) if self.draft.version else []

    def mistakes(self, body: Body) -> list[Mistake]:
        """Everything wrong in a plan, as it would be told when published."""
        return mistakes_in(body, self.queues)

    def places(self, kind: str) -> list[tuple[str, str]]:
        """(name, title) of the branches, queues or lines the draft says something about."""
        held = self.draft.body.get(kind)
        return sorted(
            ((name, self.names.called(kind, name)) for name in (held if isinstance(held, dict) else ())),
            key=lambda each: each[1],
        )

    def counts(self) -> dict[str, int]:
        """How many of each kind."""
        return {kind: len(self.places(kind)) for kind in PLACES}

    def options(self, field: Field, value: Any, prefix: Path) -> Options:
        """What a field may be chosen from, `value` among it."""
        match field.kind:
            case Kind.TARGET | Kind.MEETING:
                return self._targets(field, prefix)
            case Kind.BRANCH:
                return [("", [("", _("as for all")), *self.places("branches")])]
            case Kind.COUNTRY:
                return [("", [*_inherited(prefix), *((code, _(_COUNTRY_NAMES[code])) for code in COUNTRIES)])]
            case _:
                return [("", [*_inherited(prefix), *_zones(str(value or ""))])]

    def _targets(self, field: Field, prefix: Path) -> Options:
        empty = _("as for all") if prefix else _("makes no difference")
        first = [("", empty)]
        if field.kind is Kind.MEETING:
            first.append((CHALLENGE, self.names.place(CHALLENGE)))
        first.append(("reject", self.names.place("reject")))
        return [
            ("", first),
            (_("Queues"), [(f"queue:{name}", title) for name, title in self.queues.items()]),
            (_("People"), [(f"extension:{number}", self.names.agent(number)) for number in self.agents]),
            (_("Voicemail and recordings"), [(text, self.names.place(text)) for text in self._known()]),
            (_("Something else"), [(OTHER, _("a number or an extension…"))]),
        ]

    def _known(self) -> list[str]:
        """Boxes and sounds that the plans and the lines name already."""
        texts = set(self.fallbacks)
        for body in (self.draft.body, self.in_force.body):
            plan = read_whole(body, Plan, "", [])
            if plan is not None:
                texts.update(text for _path, text in targets_of(plan))
        return sorted(text for text in texts if _action(text) in {Action.VOICEMAIL, Action.PLAYBACK})


async def desk_of(request: web.Request, connection: Connection) -> Desk:
    """Everything as this transaction sees it."""
    lines = await connection.fetch(SQL["lines"])
    queues = await connection.fetch(SQL["queues"])
    return Desk(
        await current_draft(connection),
        await plan_in_force(connection),
        {row["id"]: row["name"] for row in queues},
        {row["extension"]: row["name"] for row in await connection.fetch(SQL["agents"])},
        {row["number"]: " · ".join(filter(None, (row["city"], row["name"]))) for row in lines},
        tuple({row["fallback"] for row in lines} - {""}),
        {row["id"]: row["target"] for row in queues},
        signed_in(request).holds(Right.PLAN_EDIT),
    )


def chosen(options: Options, value: Any) -> tuple[str, str]:
    """(the option to choose, the text beside it) for a target; what is not offered is typed."""
    text = str(value or "")
    if any(text == offered for _title, group in options for offered, _text in group):
        return text, ""
    return OTHER, _typed(text)


def _typed(text: str) -> str:
    """A target as people type it: forms.typed_target the other way round."""
    kind, _colon, rest = text.partition(":")
    if kind == "number" and not isinstance(number := parse(rest), NamedKind):
        return format_number(number)
    return rest.replace("-", ", ") if kind in {"extension", "targets"} else text


def _action(text: str) -> Action | None:
    try:
        return parse_target(text).action
    except ValueError:
        return None


def _inherited(prefix: Path) -> list[tuple[str, str]]:
    return [("", _("as for all"))] if prefix else []


def _zones(value: str) -> Iterator[tuple[str, str]]:
    """Zones of Russia and Kazakhstan first in the order of their clocks, then all others."""
    offered = [*_NEAR, *sorted(available_timezones() - set(_NEAR) - {"localtime"})]
    language = current_reader().language
    yield from ((name, f"{_city(name, language)} ({name})" if name in _NEAR else name) for name in offered)
    if value and value not in offered:
        yield value, value


@cache
def _city(zone: str, language: str) -> str:
    return get_timezone_location(zone, locale=language, return_city=True)


_NEAR: Sequence[str] = (
    "Europe/Kaliningrad",
    "Europe/Moscow",
    "Europe/Samara",
    "Asia/Yekaterinburg",
    "Asia/Omsk",
    "Asia/Novosibirsk",
    "Asia/Krasnoyarsk",
    "Asia/Irkutsk",
    "Asia/Yakutsk",
    "Asia/Vladivostok",
    "Asia/Magadan",
    "Asia/Kamchatka",
    "Asia/Almaty",
    "Asia/Aqtobe",
    "Asia/Oral",
    "Asia/Qostanay",
)
