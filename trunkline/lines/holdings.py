"""What a line has: aliases, operators by interval, labelled texts; as they may be written. No I/O here."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from trunkline.calls.phone import NamedKind, parse
from trunkline.errors import InvalidInput, Mistake
from trunkline.lines.line import LONGEST_LABEL, LONGEST_WORD, wrong_text
from trunkline.web.i18n import gettext as _

_NOBODY = frozenset(("s", "i", "t", "h"))  # what Asterisk calls an extension when nothing was dialled
_ALIAS = re.compile(r"(?!_)[\w+*#.@:/&=~-]{1,40}").fullmatch
_FEE_LIMIT = Decimal(10) ** 10
_RUSSIAN_DAY = re.compile(r"(\d{2})\.(\d{2})\.(\d{4})").fullmatch


class Term(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who carries the line over which trunk from `since` on, up to the day before `until`; `fee` in roubles a month."""

    operator: str
    since: date
    until: date | None = None
    trunk: str = ""
    tariff: str = ""
    fee: Decimal | None = None

    def holds(self, day: date) -> bool:
        """Whether it is so on `day`."""
        return self.since <= day and (self.until is None or day < self.until)


class LabelText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the called see of our calls from this line with `operator` (126-FZ, art. 45), and since when."""

    operator: str
    text: str
    since: date


def alias_key(raw: str) -> str:
    """`raw` as aliases are kept and looked for: E.164 where it spells a number, else in lower case."""
    number = parse(raw)
    return raw.strip().lower() if isinstance(number, NamedKind) else number


def checked_alias(raw: str) -> str:
    """The key of a new alias; raises InvalidInput for what cannot name a line.

    A dialplan's pattern or expression names none: the PBX sends the number it stands for, and never the pattern.
    """
    alias = alias_key(raw)
    if not _ALIAS(alias) or alias in _NOBODY or parse(raw) is NamedKind.ANONYMOUS:
        told = _(
            "must be what the PBX sends: a number or a login of 1 to 40 letters, digits and + - . _ @ : / * # & = ~; "
            "patterns (_X.) and expressions (${…}) are none, add each number they stand for"
        )
        raise InvalidInput(Mistake("alias", told))
    return alias


def checked_term(term: Term) -> Term:
    """`term` with its texts trimmed; raises InvalidInput with every mistake."""
    plain = {name: " ".join(getattr(term, name).split()) for name in ("operator", "trunk", "tariff")}
    mistakes = [Mistake(name, wrong) for name, text in plain.items() if (wrong := wrong_text(text, LONGEST_WORD))]
    if not plain["operator"]:
        mistakes.append(Mistake("operator", _("must name the operator")))
    if term.until is not None and term.until <= term.since:
        mistakes.append(Mistake("until", _("must be later than the first day")))
    if term.fee is not None and not (term.fee.is_finite() and 0 <= term.fee < _FEE_LIMIT):
        mistakes.append(Mistake("fee", _("must be roubles a month, e.g. 350 or 99.90")))
    if mistakes:
        raise InvalidInput(*mistakes)
    return msgspec.structs.replace(term, **plain)


def checked_label(label: LabelText) -> LabelText:
    """`label` with its texts trimmed; raises InvalidInput with every mistake."""
    operator, text = (" ".join(value.split()) for value in (label.operator, label.text))
    mistakes = [Mistake("operator", _("must name the operator"))] if not operator else []
    if wrong := wrong_text(operator, LONGEST_WORD):
        mistakes.append(Mistake("operator", wrong))
    if wrong := wrong_text(text, LONGEST_LABEL) or ("" if text else _("must be 1 to 32 characters")):
        mistakes.append(Mistake("text", wrong))
    if mistakes:
        raise InvalidInput(*mistakes)
    return LabelText(operator, text, label.since)


def term_of_form(sent: Mapping[str, str]) -> Term:
    """A term from the texts of a form or a file; raises InvalidInput."""
    mistakes: list[Mistake] = []
    since = read_day(sent.get("since", ""), "since", mistakes)
    until = read_day(sent["until"], "until", mistakes) if sent.get("until", "").strip() else None
    fee = _read_fee(sent.get("fee", ""), mistakes)
    if mistakes or since is None:
        raise InvalidInput(*mistakes)
    return checked_term(
        Term(sent.get("operator", ""), since, until, sent.get("trunk", ""), sent.get("tariff", ""), fee)
    )


def label_of_form(sent: Mapping[str, str]) -> LabelText:
    """A labelled text from the texts of a form or a file; raises InvalidInput."""
    mistakes: list[Mistake] = []
    since = read_day(sent.get("since", ""), "since", mistakes)
    if mistakes or since is None:
        raise InvalidInput(*mistakes)
    return checked_label(LabelText(sent.get("operator", ""), sent.get("text", ""), since))


def shown(holding: Term | LabelText) -> dict[str, Any]:
    """A term or a label for the audit log."""
    return {name: value if value is None else str(value) for name, value in msgspec.structs.asdict(holding).items()}


def read_day(text: str, field: str, mistakes: list[Mistake]) -> date | None:
    """A day as `2026-08-06` or `06.08.2026`; None where it is none, and `mistakes` then grew."""
    plain = text.strip()
    if match := _RUSSIAN_DAY(plain):
        plain = f"{match[3]}-{match[2]}-{match[1]}"
    try:
        return date.fromisoformat(plain[:10])
    except ValueError:
        mistakes.append(Mistake(field, _("must be a day, e.g. 2026-08-06")))
        return None


def _read_fee(text: str, mistakes: list[Mistake]) -> Decimal | None:
    plain = "".join(text.split()).replace(",", ".")
    if not plain:
        return None
    try:
        return Decimal(plain)
    except InvalidOperation:
        mistakes.append(Mistake("fee", _("must be roubles a month, e.g. 350 or 99.90")))
        return None
