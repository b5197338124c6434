"""How far a CRM's clock is from ours, as its answers tell. No I/O here."""

from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

_JITTER: Final = 2.0
"""Seconds: the header Date has whole ones, and answers take their time."""


def skew_of(header: str | None, now: float) -> float:
    """Seconds that its clock is ahead, by the header Date (RFC 9110 §6.6.1); 0 where that tells nothing."""
    try:
        told = parsedate_to_datetime(header) if header else None
    except ValueError:
        return 0.0
    ahead = (told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp() - now if told else 0.0
    return ahead if abs(ahead) > _JITTER else 0.0
