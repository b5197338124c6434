"""Which rules tell sums, and a trace without them. No I/O here."""

from typing import Final

from trunkline.pbx.port import TraceRow

MONEY_RULES: Final = frozenset(("debtor",))
"""Rules whose trace tells sums."""


def without_money(trace: tuple[TraceRow, ...]) -> tuple[TraceRow, ...]:
    """A trace for who may not see what a contact owes: without the rule that looks at it."""
    return tuple(row for row in trace if row.rule not in MONEY_RULES)
