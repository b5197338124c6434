"""Which recordings are written down: an ordered table of rules, of which the first that fits decides. No I/O here."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self
from uuid import UUID

from recordings.transcript import TextStop
from trunkline.text_rules import TEXT_RULE

LEAST_SECONDS: Final = 60
"""Of what is written down where a rule says nothing: shorter calls are wrong numbers and voice boxes."""


@dataclass(frozen=True, slots=True)
class Talk:
    """What rules look at; `direction` and `line` (E.164) are empty where they are not known."""

    recording: UUID
    direction: str
    line: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the setting `recordings.text`; `direction` and `line` empty for any, `sample` in per cent."""

    told: str
    direction: str = ""
    line: str = ""
    none: bool = False
    least: int = LEAST_SECONDS
    sample: int = 100

    @classmethod
    def read(cls, text: str) -> Self:
        """A rule as it is written; raises ValueError."""
        found = TEXT_RULE.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is no rule of recordings.text")
        return cls(
            text,
            "" if found["direction"] == "all" else found["direction"],
            found["line"] or "",
            found["none"] is not None,
            LEAST_SECONDS if found["least"] is None else int(found["least"]),
            100 if found["sample"] is None else int(found["sample"]),
        )

    def fits(self, talk: Talk) -> bool:
        """Whether it decides."""
        return self.direction in {"", talk.direction} and self.line in {"", talk.line}


@dataclass(frozen=True, slots=True)
class Verdict:
    """`stop` is why it is left out, None where it is written down; `told` says by which rule."""

    stop: TextStop | None
    told: str = ""


def decide(rules: Sequence[Rule], talk: Talk) -> Verdict:
    """What becomes of a recording; asked again, the same."""
    rule = next((rule for rule in rules if rule.fits(talk)), None)
    if rule is None:
        return Verdict(TextStop.POLICY, "no rule fits it")
    if rule.none:
        return Verdict(TextStop.POLICY, rule.told)
    if talk.seconds < rule.least:
        return Verdict(TextStop.SHORT, rule.told)
    if _drawn(talk.recording) >= rule.sample:
        return Verdict(TextStop.POLICY, rule.told)
    return Verdict(None, rule.told)


def _drawn(recording: UUID) -> int:
    """From 0 to 99, by its id alone, whose last bytes are as good as random."""
    return int.from_bytes(recording.bytes[-4:]) % 100
