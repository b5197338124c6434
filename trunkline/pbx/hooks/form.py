"""The form of a hosted PBX: what its provider has to be told, checked. No I/O here."""

import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from trunkline.errors import InvalidInput, Mistake
from trunkline.pbx.hooks.port import Provider, Setting, SettingKind
from trunkline.web.i18n import gettext as _

_ID: Final = re.compile(r"[a-z0-9_-]{1,40}").fullmatch
_URL: Final = re.compile(r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?").fullmatch
_LONGEST: Final = 200
_LONGEST_SECRET: Final = 2000
"""Some are a JWT."""
MOST_LINES: Final = 200
_NOT_KEPT: Final = frozenset({SettingKind.SEALED, SettingKind.COPY})


@dataclass(frozen=True, slots=True)
class Told:
    """What a form said, as it is kept."""

    id: str
    name: str
    networks: tuple[str, ...]
    active: bool
    settings: Mapping[str, Any]
    secrets: Mapping[str, str]
    """All of them, the kept ones too."""
    new_secrets: bool


def read_form(provider: Provider, sent: Mapping[str, str], secrets: Mapping[str, str], taken: bool) -> Told:
    """The form's values; `secrets` are those kept, `taken` whether its short name is another's. Raises InvalidInput."""
    mistakes: list[Mistake] = []
    name = " ".join(sent.get("name", "").split())
    if not 1 <= len(name) <= 100 or not name.isprintable():
        mistakes.append(Mistake("name", _("from 1 to %(number)s characters") % {"number": 100}))
    if not _ID(sent.get("id", "")):
        mistakes.append(Mistake("id", _("1 to 40 of a-z, 0-9, _ and -")))
    elif taken:
        mistakes.append(Mistake("id", _("another PBX has this short name")))
    networks = tuple(_networks(sent.get("networks", ""), mistakes))
    settings = {
        one.name: _setting(one, sent.get(one.name, ""), mistakes)
        for one in provider.settings
        if one.kind not in _NOT_KEPT
    }
    kept = dict(secrets)
    for one in provider.settings:
        if one.kind is SettingKind.SEALED:
            _seal(one, sent.get(one.name, "").strip(), kept, mistakes)
    for one in provider.settings:
        if settings.get(one.name) is True:
            _needs(one, provider, {**kept, **settings}, mistakes)
    if mistakes:
        raise InvalidInput(*mistakes)
    return Told(sent["id"], name, networks, bool(sent.get("active")), settings, kept, kept != dict(secrets))


def pairs_text(pairs: object) -> str:
    """Pairs as they are written in a form."""
    return "\n".join(f"{name} = {value}" for name, value in pairs.items()) if isinstance(pairs, dict) else ""


def _seal(setting: Setting, given: str, kept: dict[str, str], mistakes: list[Mistake]) -> None:
    """A new secret beside the one before it, which stays good until the next; nothing given changes nothing."""
    if len(given) > _LONGEST_SECRET or not given.isprintable():
        mistakes.append(Mistake(setting.name, _("at most %(most)s characters") % {"most": _LONGEST_SECRET}))
    elif given and given != kept.get(setting.name):
        if before := kept.get(setting.name):
            kept[f"{setting.name}_before"] = before
        kept[setting.name] = given
    elif setting.required and not kept.get(setting.name):
        mistakes.append(Mistake(setting.name, _("is missing")))


def _setting(setting: Setting, given: str, mistakes: list[Mistake]) -> Any:
    match setting.kind:
        case SettingKind.PAIRS:
            return dict(_pairs(setting, given, mistakes))
        case SettingKind.FLAG:
            return bool(given)
        case SettingKind.URL:
            return _url(setting, given.strip(), mistakes)
        case SettingKind.ZONE:
            return _zone(setting, given.strip(), mistakes)
        case _:
            return _text(setting, given.strip(), mistakes)


def _text(setting: Setting, given: str, mistakes: list[Mistake]) -> str:
    if len(given) > _LONGEST or not given.isprintable():
        mistakes.append(Mistake(setting.name, _("at most %(most)s characters") % {"most": _LONGEST}))
    elif setting.required and not given:
        mistakes.append(Mistake(setting.name, _("is missing")))
    return given


def _needs(flag: Setting, provider: Provider, given: Mapping[str, Any], mistakes: list[Mistake]) -> None:
    labels = [_(one.label) for one in provider.settings if one.name in flag.needs and not given.get(one.name)]
    if labels:
        mistakes.append(Mistake(flag.name, _("needs what is missing here: %(labels)s") % {"labels": ", ".join(labels)}))


def _url(setting: Setting, given: str, mistakes: list[Mistake]) -> str:
    """Keys are sent there: never in the clear, and to no place that hides another."""
    given = _text(setting, given, mistakes)
    if given and not _URL(given):
        mistakes.append(Mistake(setting.name, _("must be an address as https://api.example.ru")))
    return given


def _zone(setting: Setting, given: str, mistakes: list[Mistake]) -> str:
    try:
        return ZoneInfo(given).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        mistakes.append(
            Mistake(setting.name, _("%(zone)r is no time zone; write e.g. Europe/Moscow") % {"zone": given})
        )
        return ""


def _pairs(setting: Setting, given: str, mistakes: list[Mistake]) -> Iterator[tuple[str, str]]:
    lines = _lines(given)
    if len(lines) > MOST_LINES:
        mistakes.append(Mistake(setting.name, _("at most %(most)s lines") % {"most": MOST_LINES}))
    for line in lines[:MOST_LINES]:
        name, equals, value = (part.strip() for part in line.partition("="))
        if not (name and equals and value and line.isprintable() and len(line) <= _LONGEST):
            mistakes.append(Mistake(setting.name, _("“%(line)s” must be “name = value”") % {"line": line[:60]}))
            return
        yield name, value


def _networks(given: str, mistakes: list[Mistake]) -> Iterator[str]:
    lines = _lines(given.replace(",", "\n"))
    if len(lines) > MOST_LINES:
        mistakes.append(Mistake("networks", _("at most %(most)s lines") % {"most": MOST_LINES}))
    for line in lines[:MOST_LINES]:
        try:
            yield str(ipaddress.ip_network(line, strict=False))
        except ValueError:
            told = _("“%(line)s” is no network; write e.g. 185.45.152.40/30") % {"line": line[:60]}
            mistakes.append(Mistake("networks", told))
            return


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
