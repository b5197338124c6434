"""What a hosted PBX's own API is asked, and its answer: made and read in the provider's folder. No I/O here."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """`headers` and `body` may hold secrets, and so may what follows the `?` of `url`: none is ever logged or shown.

    `leads_on`: where its answer sends on to is what is wanted, `location` of the answer; nobody goes there.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    leads_on: bool = False


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """Of whatever status but 429 and a redirect nobody asked for; what it means the provider's folder knows."""

    status: int
    body: bytes
    location: str = field(default="", repr=False)
