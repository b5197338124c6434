"""What a robots.txt says to us (RFC 9309): the longest rule that fits decides, `*` and `$` as there. No I/O here.

The parser of the standard library knows neither of these, and takes the first rule instead of the longest.
"""

from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

_MOST_RULES: Final = 2000
_LONGEST_RULE: Final = 500


@dataclass(frozen=True, slots=True)
class Robots:
    """The rules of our group, or of everybody's; its sitemaps, and the seconds it asks for between two requests."""

    rules: tuple[tuple[str, bool], ...] = ()
    """Patterns, and whether they allow."""
    maps: tuple[str, ...] = ()
    pause: float = 0.0

    def allows(self, address: str) -> bool:
        """Whether this page may be read; where an allowing rule is as long as a forbidding one, it may."""
        parts = urlsplit(address)
        path = unquote(f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}")
        fitting = [(len(pattern), allowed) for pattern, allowed in self.rules if fits(pattern, path)]
        return max(fitting, default=(0, True))[1]


def read_robots(text: str, product: str) -> Robots:
    """The file's rules for a product, as its User-Agent begins."""
    groups: dict[str, list[tuple[str, bool]]] = {}
    pauses: dict[str, float] = {}
    maps: list[str] = []
    named: list[str] = []
    naming = False
    for line in text.removeprefix("\ufeff").splitlines():
        field, _, value = (part.strip() for part in line.partition("#")[0].partition(":"))
        field = field.lower()
        if field == "user-agent":
            named = [*named, value.lower()] if naming else [value.lower()]
            naming = True
            groups.setdefault(value.lower(), [])
            continue
        if field == "sitemap":
            maps.append(value)
            continue
        naming = naming and not field
        for name in named:
            if field in {"allow", "disallow"} and value and len(groups[name]) < _MOST_RULES:
                groups[name].append((unquote(value)[:_LONGEST_RULE], field == "allow"))
            elif field == "crawl-delay":
                pauses[name] = _seconds(value)
    ours = product.lower() if product.lower() in groups else "*"
    return Robots(tuple(groups.get(ours, ())), tuple(maps[:20]), pauses.get(ours, 0.0))


def fits(pattern: str, path: str) -> bool:
    """Whether a rule is about a path; in one pass, whatever its stars."""
    ends = pattern.endswith("$")
    first, *rest = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    at = len(first)
    for piece in rest[:-1] if ends and rest else rest:
        found = path.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    if not ends:
        return True
    return path.endswith(rest[-1]) and len(path) - len(rest[-1]) >= at if rest else len(path) == at


def _seconds(text: str) -> float:
    try:
        return max(0.0, min(float(text), 3600.0))
    except ValueError:
        return 0.0
