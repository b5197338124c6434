"""The values of a small company: its plan, people, queues, lines, contacts and spam list."""

from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from trunkline.crypto import token_hash
from trunkline.directory.values import (
    AgentBrief,
    ContactBrief,
    ContactClass,
    DayKind,
    Head,
    LineBrief,
    PbxBrief,
    QueueBrief,
    SpamEntry,
)

ANNA, BORIS = UUID(int=0xA), UUID(int=0xB)
OFFICE, SERVICE = "+74951234567", "+74957654321"
CLIENT, DEBTOR, SUPPLIER, STRANGER, SPAMMER = (f"+7916000000{last}" for last in range(1, 6))
TRICKY_NAME = "Иванов & Ко, ООО+"
TOKEN = "a-token-of-128-random-bits-or-more"

PLAN: dict[str, Any] = {
    "timezone": "Europe/Moscow",
    "default": "queue:quality",
    "voicemail": "voicemail:office",
    "classes": {
        "unknown": "queue:sales",
        "client": "queue:sales",
        "supplier": "queue:production",
        "contractor": "queue:finance",
    },
    "hours": {day: ["09:00-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")} | {"closed": "queue:quality"},
    "holiday": {"target": "queue:quality"},
    "debtors": {"client": {"threshold": 50000, "target": "queue:finance"}},
    "spam": {"action": "challenge", "failed": "voicemail:spam"},
    "responsible": {"classes": ["client"], "ring_seconds": 20},
    "overflow": {"wait_seconds": 45, "target": "queue:reserve"},
    "lines": {SERVICE: {"target": "queue:service", "default": "extension:110"}},
}
QUEUES = ("sales", "production", "finance", "quality", "reserve", "service")
PATIENT_MS = 30_000
"""How long its PBX waits: on a busy machine an answer that is right may come late."""
THURSDAY_NOON = 1786006800.0
"""2026-08-06 12:00 in Moscow, a usual working day."""
HOLIDAY_NOON = 1793782800.0
"""2026-11-04 12:00 in Moscow, Unity Day."""


def head_of(plan: object = PLAN, version: int = 7, pbxs: tuple[PbxBrief, ...] | None = None) -> Head:
    """The small tables of the company."""
    known = pbxs or (PbxBrief("office", "asterisk", PATIENT_MS, (token_hash(TOKEN),), ("127.0.0.0/8", "::1/128")),)
    return Head(
        pbxs={pbx.id: pbx for pbx in known},
        agents={
            ANNA: AgentBrief(ANNA, "Анна", "101", "+79161112233", "sales"),
            BORIS: AgentBrief(BORIS, "Борис", "102", None, "sales"),
        },
        queues={name: QueueBrief(name, name.title(), f"q-{name}") for name in QUEUES},
        lines={
            OFFICE: LineBrief(OFFICE, "Офис", "Москва", pbx="office", fallback="queue:sales"),
            SERVICE: LineBrief(SERVICE, "Сервис", "Москва", pbx="office"),
        },
        calendar={"RU": {date(2026, 11, 4): DayKind.OFF, date(2026, 11, 3): DayKind.SHORT}},
        plan=msgspec.json.encode(plan) if plan is not None else b"",
        plan_version=version if plan is not None else 0,
    )


CONTACTS = {
    CLIENT: [ContactBrief(UUID(int=1), TRICKY_NAME, "", ContactClass.CLIENT, ANNA, BORIS, True, 100)],
    DEBTOR: [ContactBrief(UUID(int=2), "Должник", "ООО «Долг»", ContactClass.CLIENT, ANNA, None, False, 50000)],
    SUPPLIER: [ContactBrief(UUID(int=3), "Поставщик", "", ContactClass.SUPPLIER)],
}
SPAM = {SPAMMER: SpamEntry(12, "own"), SUPPLIER: SpamEntry(3, "own")}
