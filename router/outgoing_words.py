"""The choice of a caller ID in plain words; the Russian is in locale/ru.po."""

from collections.abc import Mapping
from dataclasses import dataclass

from trunkline.callerid.choose import STEPS, Offer
from trunkline.directory.values import Head
from trunkline.numbering.region import Region
from trunkline.numbering.subjects import names_of
from trunkline.pbx.port import TraceRow
from trunkline.web.human import phone
from trunkline.web.i18n import gettext, mark

RULES: Mapping[str, tuple[str, str]] = {
    "regional_fixed_for_numa": (
        mark("By region, the same for the same client"),
        mark("The line the client knows, else one of his city, region or district."),
    ),
    "regional_random": (mark("By region, another each time"), mark("Calls spread over all numbers of the region.")),
    "fixed_for_numa": (
        mark("Any, the same for the same client"),
        mark("Wherever the client is: one of all our numbers, always the same."),
    ),
    "random": (mark("Any, another each time"), mark("Calls spread over all our numbers.")),
    "fixed": (mark("Always the default number"), mark("One number for everybody.")),
}
"""Name and explanation of each usage rule."""

FORMATS: Mapping[str, str] = {
    "e164": "+79161234567",
    "digits": "79161234567",
    "national": "89161234567, 810…",
}
_DISTRICTS: Mapping[str, str] = {
    "central": mark("Central"),
    "northwestern": mark("Northwestern"),
    "southern": mark("Southern"),
    "north_caucasian": mark("North Caucasian"),
    "volga": mark("Volga"),
    "ural": mark("Ural"),
    "siberian": mark("Siberian"),
    "far_eastern": mark("Far Eastern"),
}
_CITY_SOURCES: Mapping[str, str] = {
    "asker": mark("as the question says"),
    "crm": mark("as the CRM says"),
}
WHYS: Mapping[str, str] = {
    "state": mark("is not active: nobody could call back"),
    "operator": mark("has no operator today"),
    "trunk": mark("no trunk of its operator is known here"),
    "label": mark("is shown, but its operator labels it with no name"),
}
"""Why a line is not shown, or should not be."""


@dataclass(frozen=True, slots=True)
class Words:
    """A step's name, and what to say where it found lines and where not; `%(name)s` are the values used."""

    title: str
    found: str
    nothing: str


_STEPS: Mapping[str, Words] = {
    "wanted_line": Words(
        mark("The line that was asked for"),
        mark("Who began the call asked for %(line)s"),
        mark("The line that was asked for may not be shown (%(line)s)"),
    ),
    "last_line": Words(
        mark("The line the client knows"),
        mark("He was last in touch with %(line)s, which is labelled"),
        mark("He knows no line of ours that may be shown and is labelled (%(line)s)"),
    ),
    "city": Words(
        mark("His city"),
        mark("Lines of the city %(city)s, %(from)s: %(lines)s"),
        mark("No city is known, or no line is there (%(city)s, %(from)s)"),
    ),
    "region": Words(
        mark("His region"),
        mark("More lines of his region: %(lines)s"),
        mark("No more line of his region (%(subjects)s)"),
    ),
    "district": Words(
        mark("His federal district"),
        mark("More lines of the district: %(lines)s"),
        mark("No more line of the district (%(districts)s)"),
    ),
    "any": Words(mark("Any line"), mark("More lines: %(lines)s"), mark("No more line may be shown")),
    "default": Words(
        mark("The default number"),
        mark("The default number is %(line)s"),
        mark("The default number adds nothing (%(line)s)"),
    ),
    "emergency": Words(
        mark("Emergency"), mark("Emergency numbers pass untouched"), mark("Emergency numbers pass untouched")
    ),
    "short": Words(mark("Short number"), mark("Short numbers pass untouched"), mark("Short numbers pass untouched")),
    "internal": Words(
        mark("Number without an area code"),
        mark("A number without an area code passes untouched"),
        mark("A number without an area code passes untouched"),
    ),
    "anonymous": Words(
        mark("No number"), mark("What is no number passes untouched"), mark("What is no number passes untouched")
    ),
    "invalid": Words(
        mark("No number"), mark("What is no number passes untouched"), mark("What is no number passes untouched")
    ),
    "nothing_left": Words(mark("Nothing to show"), mark("Nothing of ours fits"), mark("Nothing of ours fits")),
}


def title(step: str) -> str:
    """The step's name for people."""
    words = _STEPS.get(step)
    return gettext(words.title) if words else step


def why(reason: str) -> str:
    """What a line lacks."""
    return gettext(WHYS[reason])


def step_words(row: TraceRow, language: str) -> str:
    """What a step found, and why not more."""
    words = _STEPS.get(row.rule)
    if words is None:
        return ""
    used = {name: _shown(name, value, language) for name, value in row.used.items()}
    return gettext(words.found if row.matched else words.nothing) % used


def _shown(name: str, value: object, language: str) -> object:
    if name == "line" and isinstance(value, str) and value:
        return phone(value)
    if name == "subjects" and value:
        return ", ".join(names_of(Region(subjects=tuple(str(value).split(","))), language))
    if name == "from" and value in _CITY_SOURCES:
        return gettext(_CITY_SOURCES[str(value)])
    if name == "districts" and value:
        return ", ".join(gettext(_DISTRICTS[code]) for code in str(value).split(",") if code in _DISTRICTS)
    return "—" if value in {"", None} else value


def steps_of(rule: str) -> tuple[str, ...]:
    """The steps of a usage rule, in order."""
    return tuple(step.name for step in STEPS[rule])


def offer_words(offer: Offer, head: Head) -> tuple[str, str, str]:
    """A way out as number, what the line is, and trunk."""
    line = head.lines.get(offer.caller_id)
    return offer.caller_id, (line.name or line.city) if line else "", offer.trunk
