"""A request to a provider's API and its answer, as values. No I/O here: `api.py` sends them."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """`headers` and `body` may hold secrets: neither is ever logged or shown."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """Of whatever status but 429 and a redirect; what it means the provider's folder knows."""

    status: int
    body: bytes
