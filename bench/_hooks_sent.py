"""Webhooks of hosted PBXs for calls without end, prepared as bytes."""

from bench._load import post
from bench._question import callers
from tests.fakes.hosted import BEGINNINGS, Written, address


def hooks(name: str, batch: int, count: int) -> list[bytes]:
    """Prepared requests of one provider, each of another call; no batch has a call of another's."""
    begun = BEGINNINGS[name]
    return [
        _request(name, begun(call_name(batch, place), caller.lstrip("+")))
        for place, caller in enumerate(callers(count))
    ]


def call_name(batch: int, place: int) -> str:
    """What every provider's id of that call has in it; digits, as some of them need."""
    return f"9{batch:05d}{place:07d}9"


def _request(name: str, written: Written) -> bytes:
    rest, kind, body, headers = written
    lines = "".join(f"{header}: {value}\r\n" for header, value in headers.items())
    return post(f"{address(name)}{rest}", body, lines, kind)
