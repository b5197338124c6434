"""What a lead that was won becomes in the demo's CRM: a deal, a bill, most often money. No I/O here."""

import random
from dataclasses import dataclass
from typing import Final

from trunkline.demo.trade import GOODS

_SEED: Final = 20_260_604
AGREED, BILLED, PAID, REFUSED = "договор", "счёт выставлен", "оплачено", "отказ"
OVER: Final = frozenset({PAID, REFUSED})
_PAYS: Final = 0.85
_BILLED: Final = (10.0, 40.0)
_ENDS: Final = (20.0, 200.0)


@dataclass(frozen=True, slots=True)
class Bargain:
    """Seconds count from the deal's opening; the amount is in rubles."""

    title: str
    amount: int
    billed: float
    ends: float
    pays: bool

    def stage(self, age: float) -> str:
        """Where the deal is by then."""
        if age >= self.ends:
            return PAID if self.pays else REFUSED
        return BILLED if age >= self.billed else AGREED


def bargain_of(lead: str) -> Bargain:
    """The same for the same lead, by its id here."""
    chance = random.Random(f"{_SEED}:{lead}")  # noqa: S311  (the same bargain everywhere, not a secret)
    billed = chance.uniform(*_BILLED)
    return Bargain(
        title=chance.choice(GOODS),
        amount=chance.randrange(8, 260) * 1000,
        billed=billed,
        ends=billed + chance.uniform(*_ENDS),
        pays=chance.random() < _PAYS,
    )
