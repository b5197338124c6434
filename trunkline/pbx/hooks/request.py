"""One request of a hosted PBX as it came, and its fields however they were written. No I/O here.

The raw body is kept: signatures are of exact bytes, and what nobody reads today may be needed tomorrow.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final

import msgspec

from trunkline.pbx.hooks.fields import fields_of, text_of

LONGEST_BODY: Final = 256 << 10
LONGEST_HEADER: Final = 1000
"""Letters of a header's value that are kept."""


class HookRequest(msgspec.Struct, frozen=True, dict=True):
    """A request to `/router/v1/hooks/{provider}/{secret}` and what stood behind the secret.

    `path` is that rest (empty, or `/events/call`), `query` the text behind `?`, `headers` has lower-case names,
    `received` is in µs since the epoch by our clock, `peer` the address it came from (empty: not known).
    """

    method: str = "POST"
    path: str = ""
    query: str = ""
    headers: Mapping[str, str] = {}
    body: bytes = b""
    received: int = 0
    peer: str = ""

    @property
    def content_type(self) -> str:
        """As it was sent, with its parameters."""
        return self.headers.get("content-type", "")

    @cached_property
    def fields(self) -> Mapping[str, Any]:
        """Those of the body over those of the query; `a[b]=c` is `{"a": {"b": "c"}}`. Empty where nothing was read."""
        return fields_of(self.content_type, self.query, self.body)

    def text(self, name: str) -> str:
        """The field as text: empty where it is missing, null or no single value; numbers are spelled."""
        value = self.fields.get(name)
        return value.strip() if type(value) is str else text_of(value)  # a call less: asked ten times of each request
