"""Whether somebody may be told: a client who said no, or was told enough, is not. No I/O here."""

from typing import NamedTuple
from uuid import UUID

from trunkline.messages.rule import Settings


class Asked(NamedTuple):
    """A message that is to be told. `allowed`: what its client said; None: he was not asked."""

    rule: UUID | None
    client: bool
    every_days: int
    allowed: bool | None


class Lately:
    """What a recipient was told: how much in the client's days, and by which rules in days of their own."""

    def __init__(self, told: int, rules: set[UUID | None]) -> None:
        self.told = told
        self.rules = rules

    def note(self, asked: Asked) -> None:
        """It is told: the next one of the same round is asked with it."""
        self.told += 1
        if asked.every_days:
            self.rules.add(asked.rule)


def refusal(asked: Asked, lately: Lately, settings: Settings) -> str:
    """Why it may not be told; empty where it may."""
    table = (
        ("said_no", asked.client and asked.allowed is False),
        ("not_asked", asked.client and asked.allowed is None and not settings.unasked),
        ("told_lately", asked.every_days > 0 and asked.rule in lately.rules),
        ("told_enough", asked.client and lately.told >= settings.client_most),
    )
    return next((why for why, holds in table if holds), "")
