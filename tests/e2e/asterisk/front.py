"""The files of config/front-asterisk with one run's addresses: the provider at 127.0.0.2, the office at 127.0.0.1."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

SHIPPED_FRONT = Path(__file__).parents[3] / "config/front-asterisk"
_MUSIC = "/usr/share/asterisk/sounds/en/digits"  # Debian's music is a package of its own: something to play
_ON_LOOPBACK = "direct_media = no\nmedia_address = 127.0.0.1\nbind_rtp_to_media_address = yes"


class Place(NamedTuple):
    """Ports of a run, and what the telephones' passwords begin with."""

    sip: int
    outside: int
    rtp_first: int
    rtp_last: int
    secret: str
    registers: bool  # with the provider, too


_REGISTERS = "; Only where the provider wants a registration."


def front_files(place: Place) -> dict[str, str]:
    """What an administrator copies, by file name. Raises ValueError when a shipped file has changed under us."""
    changes: Mapping[str, list[tuple[str, str]]] = {
        "pjsip.conf": [
            ("bind = 0.0.0.0:5060", f"bind = 127.0.0.1:{place.sip}"),
            ("permit = 203.0.113.10/32", "permit = 127.0.0.2/32"),
            ("permit = 192.168.0.0/16", "permit = 127.0.0.1/32"),
            ("match = 203.0.113.10", "match = 127.0.0.2"),
            ("contact = sip:203.0.113.10:5060", f"contact = sip:127.0.0.2:{place.outside}"),
            ("CHANGE-ME-password-", f"{place.secret}-"),
            ("CHANGE-ME-login", "account17"),
            ("CHANGE-ME-trunk-password", place.secret),
            ("server_uri = sip:203.0.113.10:5060", f"server_uri = sip:127.0.0.2:{place.outside}"),
            ("account17@203.0.113.10", "account17@127.0.0.2"),
            ("direct_media = no", _ON_LOOPBACK),
            ("qualify_frequency = 30", "qualify_frequency = 0"),  # SIPp expects calls and nothing else
        ],
        "extensions.conf": [],
        "modules.conf": [],
        "musiconhold.conf": [("directory = moh", f"directory = {_MUSIC}")],
        "queues.conf": [],
        "rtp.conf": [
            ("rtpstart = 10000", f"rtpstart = {place.rtp_first}"),
            ("rtpend = 10399", f"rtpend = {place.rtp_last}"),
        ],
    }
    files = {name: _changed(name, pairs) for name, pairs in changes.items()}
    if place.registers:
        before, comment, after = files["pjsip.conf"].partition(_REGISTERS)
        if not comment:
            raise ValueError(f"pjsip.conf.example has no {_REGISTERS!r} any more")
        paragraphs, blank, rest = after.partition("\n\n")
        files["pjsip.conf"] = before + paragraphs.partition("\n")[2].replace("\n;", "\n").lstrip(";") + blank + rest
    return files


def _changed(name: str, pairs: list[tuple[str, str]]) -> str:
    text = (SHIPPED_FRONT / f"{name}.example").read_text()
    for old, new in pairs:
        if old not in text:
            raise ValueError(f"{name}.example has no {old!r} any more")
        text = text.replace(old, new)
    return text
