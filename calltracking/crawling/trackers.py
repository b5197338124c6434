"""Other call trackings, by the hosts their scripts come from: as a page's source names them. No I/O here.

The overlay of `?trunkline=explain` knows the same ones (script/source/explain.js); a test holds both together.
"""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

TRACKERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Calltouch": "calltouch.ru",
        "CoMagic": "comagic.ru",
        "UIS": "uiscom.ru",
        "Roistat": "roistat.com",
        "Mango Office": "mango-office.ru",
        "Callibri": "callibri.ru",
        "Alloka": "alloka.ru",
        "Ringostat": "ringostat.com",
    }
)
_NAMES: Final = {host: name for name, host in TRACKERS.items()}
_ADDRESS: Final = re.compile(
    rf"(?<![\w-])(?:[\w-]{{1,63}}\.){{0,4}}({'|'.join(map(re.escape, _NAMES))})(?![\w.-])", re.IGNORECASE
)


def trackers_in(text: str) -> Iterator[str]:
    """Whose addresses stand in a script, or in the address of one."""
    return (_NAMES[host.lower()] for host in _ADDRESS.findall(text))
