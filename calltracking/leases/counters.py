"""What Metrica and Google call a visitor, read from the cookies of their counters. No I/O here.

Metrica keeps `_ym_uid=<digits>`, gtag `_ga=GA1.<depth>.<client id>`, and for each of its streams `_ga_<stream>` with
the session in one of two forms: `GS1.<depth>.<session>.<number>.…`, since 2025 `GS2.<depth>.s<session>$o<number>$…`,
where each field has a letter and `$` may be written `%24`. G-ABC123 is the measurement id of the stream ABC123.
"""

import re
from collections.abc import Sequence
from typing import Final

import msgspec

MOST_COOKIES: Final = 30
"""More are not looked at: a page has a handful of streams."""
MOST_STREAMS: Final = 5
_METRICA = re.compile(r"_ym_uid=(\d{1,30})(?!\d)", re.ASCII).match
_GOOGLE = re.compile(r"_ga=GA1\.[\d-]{1,5}\.(\d{1,20}\.\d{1,20})(?![\d.])", re.ASCII).match
_SESSION = re.compile(
    r"_ga_([A-Z0-9]{4,20})=(?:GS1\.[\d-]{1,5}\.|GS2\.[\d-]{1,5}\.(?:.{0,80}?(?:\$|%24))?s)(\d{6,12})(?!\d)",
    re.ASCII,
).match


class Counted(msgspec.Struct, frozen=True):
    """`ym` and `ga` are client ids; `sessions` is `stream=session`, with a space between, or empty."""

    ym: str = ""
    ga: str = ""
    sessions: str = ""


def read_cookies(cookies: Sequence[str]) -> Counted:
    """Out of `name=value`, each; what is none of the known forms is left out."""
    ym = ga = ""
    sessions: dict[str, str] = {}
    for cookie in cookies[:MOST_COOKIES]:
        if found := _SESSION(cookie):
            if len(sessions) < MOST_STREAMS:
                sessions.setdefault(found[1], found[2])
        elif found := _GOOGLE(cookie):
            ga = ga or found[1]
        elif found := _METRICA(cookie):
            ym = ym or found[1]
    return Counted(ym, ga, " ".join(f"{stream}={session}" for stream, session in sessions.items()))
