"""MaxMind DB files for tests, by the format's specification 2.0 (maxmind.github.io/MaxMind-DB).

Records are shaped as dev.maxmind.com/geoip/docs/databases/city-and-country shows GeoLite2-City's.
"""

import ipaddress
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

_SEPARATOR: Final = bytes(16)
_METADATA: Final = b"\xab\xcd\xefMaxMind.com"
_STRING, _UINT16, _UINT32, _MAP, _UINT64, _ARRAY = 2, 5, 6, 7, 9, 11
_WIDER: Final = {"node_count": _UINT32, "build_epoch": _UINT64}
"""The metadata's numbers each have a type; readers insist."""

MOSCOW: Final = {
    "country": {"iso_code": "RU", "names": {"en": "Russia", "ru": "Россия"}},
    "subdivisions": [{"iso_code": "MOW", "names": {"en": "Moscow", "ru": "Москва"}}],
    "city": {"names": {"en": "Moscow", "ru": "Москва"}},
}
KAZAN: Final = {
    "country": {"iso_code": "RU", "names": {"en": "Russia"}},
    "subdivisions": [{"iso_code": "TA", "names": {"en": "Tatarstan Republic"}}],
    "city": {"names": {"en": "Kazan", "ru": "Казань"}},
}
MUNICH: Final = {
    "country": {"iso_code": "DE"},
    "subdivisions": [{"iso_code": "BY"}],
    "city": {"names": {"en": "Munich"}},
}


def write_mmdb(
    path: Path, places: Mapping[str, object], *, kind: str = "GeoLite2-City", built: int = 1_793_000_000
) -> Path:
    """A file that tells a record of each network."""
    nodes: list[list[int | bytes | None]] = [[None, None]]
    for network, record in places.items():
        _insert(nodes, network, _encoded(record))
    data, offsets = b"", {}
    for node in nodes:
        for value in node:
            if isinstance(value, bytes) and value not in offsets:
                offsets[value] = len(data)
                data += value
    tree = b"".join(_pointer(value, len(nodes), offsets) for node in nodes for value in node)
    told = {
        "binary_format_major_version": 2,
        "binary_format_minor_version": 0,
        "build_epoch": built,
        "database_type": kind,
        "description": {"en": "a test"},
        "ip_version": 6,
        "languages": ["en", "ru"],
        "node_count": len(nodes),
        "record_size": 32,
    }
    path.write_bytes(tree + _SEPARATOR + data + _METADATA + _encoded(told))
    return path


def _insert(nodes: list[list[int | bytes | None]], network: str, data: bytes) -> None:
    """An IPv4 network lies under ::/96."""
    place = ipaddress.ip_network(network)
    length = place.prefixlen + (96 if place.version == 4 else 0)
    bits = [int(place.network_address) >> (127 - bit) & 1 for bit in range(length)]
    node = 0
    for bit in bits[:-1]:
        step = nodes[node][bit]
        if not isinstance(step, int):
            nodes.append([step, step])  # a wider network's record goes on beside the narrower one
            step = nodes[node][bit] = len(nodes) - 1
        node = step
    nodes[node][bits[-1]] = data


def _pointer(value: int | bytes | None, count: int, offsets: Mapping[bytes, int]) -> bytes:
    if value is None:
        return struct.pack(">I", count)
    return struct.pack(">I", value if isinstance(value, int) else count + len(_SEPARATOR) + offsets[value])


def _encoded(value: Any, kind: int = _UINT16) -> bytes:
    match value:
        case str():
            text = value.encode()
            return _control(_STRING, len(text)) + text
        case int():
            octets = value.to_bytes((value.bit_length() + 7) // 8, "big")
            return _control(kind, len(octets)) + octets
        case dict():
            pairs = [_encoded(key) + _encoded(one, _WIDER.get(key, _UINT16)) for key, one in value.items()]
            return _control(_MAP, len(pairs)) + b"".join(pairs)
        case list():
            return _control(_ARRAY, len(value)) + b"".join(map(_encoded, value))
    raise TypeError(value)


def _control(kind: int, size: int) -> bytes:
    """The control byte: three bits of the type (or its extension behind it), five of the size (or more behind it)."""
    first, extended = (kind, b"") if kind < 8 else (0, bytes([kind - 7]))
    if size < 29:
        return bytes([first << 5 | size]) + extended
    return bytes([first << 5 | 29]) + extended + bytes([size - 29])
