"""Where numbers are at home, by the numbering registry of the directory. No I/O here."""

from dataclasses import dataclass

from trunkline.directory.reader import View
from trunkline.numbering.subjects import subjects

_TWINS = {"77": ("50",), "50": ("77",)}
"""Moscow and its region are one place to whoever looks at a number there, and share ranges in the registry."""


@dataclass(frozen=True, slots=True)
class RegistryGeography:
    """The geography of one state of the directory."""

    view: View

    def subjects_of(self, number: str) -> tuple[str, ...]:
        """Codes of its subjects, Moscow's always with the Moscow region's; none for a number of no one place."""
        found = self.view.region(number).subjects
        return tuple(dict.fromkeys(twin for code in found for twin in (code, *_TWINS.get(code, ()))))

    def district_of(self, subject: str) -> str:
        """The federal district of a subject, empty if there is no such subject."""
        known = subjects().get(subject)
        return known.district if known else ""
