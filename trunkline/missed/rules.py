"""The rules of the missed-call list out of the settings."""

from zoneinfo import ZoneInfo

from trunkline.missed.promise import Rules, week_of
from trunkline.settings import Settings


def rules_of(settings: Settings) -> Rules:
    """What `[missed]` says, in the company's zone."""
    said = settings.missed
    return Rules(
        said.promise_minutes, said.short_seconds, week_of(said.hours), said.country, ZoneInfo(settings.web.timezone)
    )
