"""Mango's envelope, the same both ways: a form of `vpbx_api_key`, `sign` and `json`; and the path it is sent to.

`sign` is the hex SHA-256 of key, json and salt one after the other, over the very bytes of the field once it is
url-decoded (pbx.md §1.3): what is verified is what is read, and it is written out no second time. It covers neither a
time nor the path, so a captured event can be sent again: its steps are the same ones.
"""

import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlencode

from trunkline.pbx.hooks.fields import MOST_FIELDS, json_of, unescaped
from trunkline.pbx.hooks.request import HookRequest

_KIND: Final = re.compile(r"(?:^|/)((?:events|result|commands)/[a-z_/]{1,40}|ping)/?$").search


@dataclass(frozen=True, slots=True)
class Envelope:
    """The fields as they came; of doubled ones the last. `text` is None where there is no json."""

    sign: bytes
    text: bytes | None

    def fits(self, key: str, salts: Iterable[str]) -> bool:
        """Whether it was signed with the account's key and any of `salts`, all of them tried."""
        right = False
        for salt in salts:
            right |= hmac.compare_digest(signature(key, self.text or b"", salt).encode(), self.sign)
        return right and key != "" and self.text is not None


def envelope_of(request: HookRequest) -> Envelope:
    """What the body of `request` holds."""
    return read_body(request.body)[0]


def told_in(request: HookRequest) -> Mapping[str, Any]:
    """The object in its json; empty where there is none."""
    return read_body(request.body)[1]


@lru_cache(maxsize=8)
def read_body(body: bytes) -> tuple[Envelope, Mapping[str, Any]]:
    """The envelope, and the object in its json. It is asked for some times of each request that goes by: read once."""
    found: dict[bytes, bytes | None] = {b"sign": b"", b"json": None}
    for pair in body.strip().split(b"&", MOST_FIELDS)[:MOST_FIELDS]:
        name, equals, value = pair.partition(b"=")
        if equals and name in found:
            found[name] = unescaped(value)
    text = found[b"json"]
    told = json_of(text or b"")
    envelope = Envelope((found[b"sign"] or b"").strip().lower(), text)
    return envelope, MappingProxyType(told if isinstance(told, dict) else {})


def signature(key: str, text: bytes, salt: str) -> str:
    """What `sign` holds for the json `text`."""
    return sha256(key.encode() + text + salt.encode()).hexdigest()


def enveloped(key: str, text: bytes, salt: str) -> bytes:
    """A request of ours as a form."""
    return urlencode({"vpbx_api_key": key, "sign": signature(key, text, salt), "json": text}).encode()


def kind_of(request: HookRequest) -> str:
    """`events/call`, `result/route`, `ping`: whatever stood before it in the address; empty for anything else."""
    return _kind_at(request.path)


@lru_cache(maxsize=64)
def _kind_at(path: str) -> str:
    match = _KIND(path)
    return match[1].rstrip("/") if match else ""
