"""What people call the entities that are read. No I/O here."""

from collections.abc import Mapping
from typing import Final

from trunkline.web.i18n import mark

NAMES: Final[Mapping[str, str]] = {
    "companies": mark("companies"),
    "contacts": mark("contacts"),
    "leads": mark("leads"),
    "deals": mark("deals"),
    "orders": mark("orders"),
    "invoices": mark("invoices"),
    "payments": mark("payments"),
    "debts": mark("debts"),
}
