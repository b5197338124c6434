"""How the portal compares telephone numbers. No I/O here."""

import re

_EXTENSION = re.compile(r"[;#,]|доб|ext", re.IGNORECASE)


def digits(phone: str) -> str:
    """Without what follows an extension's mark: `crm.duplicate.findbycomm` ignores extensions (crm.md §2.6)."""
    return re.sub(r"\D", "", _EXTENSION.split(phone, maxsplit=1)[0])


def same(left: str, right: str, last: int) -> bool:
    """Whether the last `last` digits agree; shorter numbers, as inner ones are, agree only whole.

    How many count is a setting of the fake: the reference tells 10 and 8 for Kommo's two methods (crm.md §0.4) and
    nothing for this portal, so a test may hold that a connector bears either.
    """
    one, other = digits(left), digits(right)
    if min(len(one), len(other)) < last:
        return bool(one) and one == other
    return one[-last:] == other[-last:]
