"""How a report is asked for: by what, by which model, how sure, beside which time. No I/O here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from calltracking.models.model import BY_NAME, MODELS, USUAL, Model
from calltracking.results.result import By
from trunkline.errors import InvalidInput, Mistake
from trunkline.reports.days import Days
from trunkline.web.i18n import gettext as _

SURE: Final[Mapping[str, int]] = {"": 0, "likely": 1, "sure": 2}
"""How sure an attribution has to be for its call to count, by what an address holds: the lowest band."""
BESIDE: Final = ("", "before", "year")
"""What the days are compared with: nothing, as many days before them, the same days a year before."""
VAT: Final = ("with", "without")
_YEAR: Final = timedelta(days=364)
"""Weekdays fall on weekdays."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of some days."""

    by: By = By.CHANNEL
    model: Model = USUAL
    sure: str = ""
    beside: str = ""
    vat: str = "with"

    @property
    def band(self) -> int:
        """The lowest band of confidence that counts."""
        return SURE[self.sure]

    @property
    def place(self) -> int:
        """The model's number in the roll-up."""
        return MODELS.index(self.model)

    @property
    def shares(self) -> bool:
        """Whether the model may part a call."""
        return self.model.name not in {"first", "last", "last_non_direct"}

    def fields(self) -> dict[str, str]:
        """As an address holds them, the usual ones left out."""
        told = {
            "by": self.by.value,
            "model": self.model.name,
            "sure": self.sure,
            "beside": self.beside,
            "vat": self.vat,
        }
        usual = {"model": USUAL.name, "sure": "", "beside": "", "vat": "with"}
        return {name: value for name, value in told.items() if usual.get(name) != value}


def asked(query: Mapping[str, str]) -> Question:
    """The question of an address; raises InvalidInput with each mistake."""
    mistakes: list[Mistake] = []
    by = _one_of(query, "by", [one.value for one in By], By.CHANNEL.value, mistakes)
    model = _one_of(query, "model", list(BY_NAME), USUAL.name, mistakes)
    sure = _one_of(query, "sure", list(SURE), "", mistakes)
    beside = _one_of(query, "beside", list(BESIDE), "", mistakes)
    vat = _one_of(query, "vat", list(VAT), "with", mistakes)
    if mistakes:
        raise InvalidInput(*mistakes)
    return Question(By(by), BY_NAME[model], sure, beside, vat)


def compared(days: Days, beside: str) -> Days | None:
    """The days they stand beside; None for none."""
    if beside == "before":
        return days.before((days.after - days.first).days)
    if beside == "year":
        return Days(days.first - _YEAR, days.after - _YEAR, days.zone)
    return None


def _one_of(query: Mapping[str, str], name: str, known: list[str], usual: str, mistakes: list[Mistake]) -> str:
    value = query.get(name) or usual
    if value not in known:
        choices = ", ".join(filter(None, known))
        mistakes.append(Mistake(name, _("must be one of: %(choices)s") % {"choices": choices}))
        return usual
    return value
