"""What a site's page offers for the head of its pages: the script's line in each form, pinned or not. No I/O here."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from calltracking.script.library import Script
from calltracking.script.snippet import NAMES, Snippet


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the page is asked to show: `city` is one of `cities`, those that the site's numbers tell, or none."""

    measure: bool
    city: str
    cities: Sequence[str]

    @classmethod
    def of(cls, asked: dict[str, str], cities: Sequence[str], home: str) -> "Wanted":
        """As the address asks for; of its own accord the site's city."""
        city = asked.get("city", home)
        return cls(asked.get("measure") == "on", city if city in cities else "", cities)

    def address(self, page: str, **other: str) -> str:
        """The address of the same with something else."""
        told = {"measure": "on" if self.measure else "", "city": self.city} | other
        shown = {"measure": bool(told["measure"]), "city": bool(self.cities)}
        kept = {name: value for name, value in told.items() if shown[name]}
        return f"{page}?{urlencode(kept)}" if kept else page


@dataclass(frozen=True, slots=True)
class Lines:
    """The texts to copy: by the names of their forms, those of today's script and those of this very version."""

    floating: list[tuple[str, str]]
    pinned: list[tuple[str, str]]


def lines_of(host: str, site: str, script: Script, wanted: Wanted) -> Lines:
    """All forms that differ, the plain one first."""
    floating = Snippet(host, site, measure=wanted.measure, city=wanted.city)
    pinned = Snippet(host, site, script.version, script.integrity, wanted.measure, wanted.city)
    return Lines(*([(NAMES[form], one.of(form)) for form in NAMES] for one in (floating, pinned)))
