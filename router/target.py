"""Where a plan sends a call: `queue:sales`, `extension:101`, `targets:101-102`, `number:+7…`, `voicemail:office`,
`playback:hello`, `reject`, `team:sales`. No I/O here.
"""

import re

import msgspec

from trunkline.calls.phone import NamedKind, parse
from trunkline.pbx.port import Action
from trunkline.web.i18n import gettext as _

MOST_TARGETS = 20

SPELLINGS = (
    "queue:NAME, team:NAME, extension:101, targets:101-102, number:+74951234567, "
    "voicemail:BOX, playback:SOUND or reject"
)
_WORD = re.compile(r"[A-Za-z0-9_-]{1,40}").fullmatch
_EXTENSION = re.compile(r"[0-9]{2,8}").fullmatch
_SOUND = re.compile(r"[A-Za-z0-9_/-]{1,100}").fullmatch


class Target(msgspec.Struct, frozen=True, gc=False):
    """One place a call can go; `value` is the name in it, `values` the extensions of `targets:`.

    `confirm`: a number that is an agent's mobile, where whoever answers must press 1.
    """

    action: Action
    value: str = ""
    values: tuple[str, ...] = ()
    team: str = ""
    """A queue of ours whose members are rung by us, turn by turn; `values` are then chosen when the call is here."""
    confirm: bool = False

    def __str__(self) -> str:
        if self.team:
            return f"team:{self.team}"
        value = "-".join(self.values) or self.value
        return f"{self.action}:{value}" if value else str(self.action)


REJECT = Target(Action.REJECT)
PBX_DEFAULT = Target(Action.DEFAULT)
"""The PBX's own fallback: what is left when neither line nor plan names a place."""


def parse_target(text: str) -> Target:
    """The target `text` spells; raises ValueError saying what would be right."""
    kind, _colon, value = text.partition(":")
    reader = _READERS.get(kind)
    target = reader(value) if reader else None
    if target is None:
        raise ValueError(_("%(text)r is no target; write %(spellings)s") % {"text": text, "spellings": SPELLINGS})
    return target


def _queue(value: str) -> Target | None:
    return Target(Action.QUEUE, value) if _WORD(value) else None


def _team(value: str) -> Target | None:
    return Target(Action.TARGETS, team=value) if _WORD(value) else None


def _extension(value: str) -> Target | None:
    return Target(Action.EXTENSION, value) if _EXTENSION(value) else None


def _targets(value: str) -> Target | None:
    values = tuple(value.split("-"))
    right = len(values) <= MOST_TARGETS and all(_EXTENSION(extension) for extension in values)
    return Target(Action.TARGETS, values=values) if right else None


def _number(value: str) -> Target | None:
    number = parse(value)
    return None if isinstance(number, NamedKind) else Target(Action.NUMBER, number)


def _voicemail(value: str) -> Target | None:
    return Target(Action.VOICEMAIL, value) if _WORD(value) else None


def _playback(value: str) -> Target | None:
    return Target(Action.PLAYBACK, value) if _SOUND(value) else None


def _reject(value: str) -> Target | None:
    return None if value else REJECT


_READERS = {
    "queue": _queue,
    "extension": _extension,
    "targets": _targets,
    "number": _number,
    "voicemail": _voicemail,
    "playback": _playback,
    "reject": _reject,
    "team": _team,
}
