"""How far a crawl of a site goes: its own pages alone, in what order, and how many. No I/O here."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

LONGEST: Final = 500
_MOST_WAITING: Final = 5000
_NO_PAGES: Final = (
    ".pdf", ".jpg", ".jpeg", ".png", ".gif", ".webp", ".svg", ".ico", ".css", ".js", ".json", ".xml", ".zip", ".rar",
    ".7z", ".gz", ".doc", ".docx", ".xls", ".xlsx", ".ppt", ".pptx", ".mp3", ".mp4", ".avi", ".webm", ".woff", ".woff2",
    ".ttf", ".exe", ".apk", ".dwg", ".csv", ".txt", ".rtf",
)  # fmt: skip
_OF_ADVERTISING: Final = ("utm_", "yclid", "ymclid", "gclid", "fbclid", "openstat", "_openstat", "erid")


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one crawl: pages and bytes read, seconds in all, and seconds between two requests."""

    pages: int = 200
    octets: int = 50 << 20
    seconds: float = 900.0
    pause: float = 0.5


USUAL: Final = Limits()


@dataclass(slots=True)
class Frontier:
    """The addresses of a site that were met: each once, those without a query first."""

    hosts: Sequence[str]
    _plain: deque[str] = field(default_factory=deque)
    _queried: deque[str] = field(default_factory=deque)
    _met: set[str] = field(default_factory=set)

    def add(self, addresses: Iterable[str]) -> None:
        """What belongs to the site and may be a page waits its turn."""
        for address in addresses:
            own = own_address(address, self.hosts)
            page = own.partition(":")[2]  # http and https are one page
            if own and page not in self._met and len(self._met) < _MOST_WAITING:
                self._met.add(page)
                (self._queried if "?" in own else self._plain).append(own)

    def next(self) -> str | None:
        """The next to be read; None where all were."""
        if self._plain:
            return self._plain.popleft()
        return self._queried.popleft() if self._queried else None


def own_address(address: str, hosts: Sequence[str]) -> str:
    """The address as it is asked for, without what advertising adds; empty where it is no page of these hosts.

    A port, a user or a password is nobody's site: the crawl asks the usual ports of the site's names and nothing else.
    """
    if len(address) > LONGEST or not address.isprintable():
        return ""
    try:
        parts = urlsplit(address)
        told = parts.hostname or ""
        host = told.encode("idna").decode().lower() if not told.isascii() else told.lower()
        port = parts.port
    except (ValueError, UnicodeError):
        return ""
    if parts.scheme not in {"http", "https"} or "@" in parts.netloc or not is_own(host, hosts):
        return ""
    if port not in {None, 80 if parts.scheme == "http" else 443}:
        return ""
    if parts.path.lower().endswith(_NO_PAGES):
        return ""
    pairs = parse_qsl(parts.query, keep_blank_values=True, max_num_fields=50) if parts.query.count("&") < 50 else []
    query = urlencode([pair for pair in pairs if not pair[0].lower().startswith(_OF_ADVERTISING)])
    return urlunsplit((parts.scheme, host, parts.path or "/", query, ""))


def is_own(host: str, hosts: Sequence[str]) -> bool:
    """Whether a name is one of the site's; `*.example.ru` is every host below it."""
    host = host.rstrip(".")
    return bool(host) and (
        host in hosts or any(f"*{host[at:]}" in hosts for at, sign in enumerate(host) if sign == ".")
    )


def begins(hosts: Sequence[str]) -> list[str]:
    """The addresses a crawl begins with; of `*.example.ru` it is www."""
    return [f"https://{host.replace('*.', 'www.')}/" for host in hosts]
