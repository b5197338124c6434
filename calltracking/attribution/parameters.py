"""The fitted figures of the attribution, and where they come from (`parameters.json` beside this file). No I/O here
but reading that file of the package.
"""

from functools import cache
from importlib import resources

import msgspec


class Parameters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How visits turn into calls, per minute and visit. docs/accuracy.md says how each was counted."""

    on_visit: float
    """Calls a minute of a visitor who looks at the page and has not tapped the number."""
    tapped: float
    """The share of taps that become a call."""
    tap_seconds: float
    """Mean seconds from the tap to the call."""
    later: float
    """Calls after the visit, a visit."""
    later_median: float
    """Minutes from the last beat to a later call: the median of a log-normal."""
    later_sigma: float
    grace: float
    """Seconds without a beat in which a visitor still counts as looking."""
    region_agrees: float
    """How often the caller's region is the visit's for a reason, not by chance."""
    same: float
    """How much likelier the phone is linked to the visitor when the visit is the true one."""
    elsewhere: float
    other_phone: float
    neither: float
    strangers: float
    """The share of calls by people who never saw the number on a page of ours."""


class Shipped(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file: the figures, and what they were fitted on."""

    provenance: dict[str, str | int | float | list[int]]
    parameters: Parameters


@cache
def shipped() -> Shipped:
    """The file of the package."""
    text = resources.files(__package__).joinpath("parameters.json").read_bytes()
    return msgspec.json.decode(text, type=Shipped)
