"""What was done by hand, with the names people know."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from trunkline.calls.places import agent_names, queue_names
from trunkline.control.order import Kind, Mode, OrderRow, Place, State
from trunkline.control.words import told
from trunkline.directory.values import AgentBrief, Head, QueueBrief
from trunkline.web.i18n import Reader, Translations, reading

ANNA = UUID(int=1)
HEAD = Head(
    agents={ANNA: AgentBrief(ANNA, "Анна Смирнова", "101")},
    queues={"sales": QueueBrief("sales", "Продажи", "q-sales"), "finance": QueueBrief("finance", "Финансы", "q-f")},
)


@pytest.mark.parametrize(
    ("fields", "english", "russian"),
    [
        (
            {"kind": Kind.MOVE, "queue": "q-sales", "place": Place.QUEUE, "target": "q-f"},
            "Лев moved the call from Продажи to Финансы",
            "Лев: звонок переведён из «Продажи», куда: Финансы",
        ),
        (
            {"kind": Kind.MOVE, "queue": "else", "place": Place.DESK, "target": "101"},
            "Лев moved the call from else to Анна Смирнова (101)",
            "Лев: звонок переведён из «else», куда: Анна Смирнова (101)",
        ),
        (
            {"kind": Kind.LISTEN, "agent": "101", "mode": Mode.LISTEN},
            "Лев listened to Анна Смирнова (101)",
            "Лев слушал(а), как говорит Анна Смирнова (101)",
        ),
        (
            {"kind": Kind.LISTEN, "agent": "102", "mode": Mode.LISTEN},
            "Лев listened to 102",
            "Лев слушал(а), как говорит 102",
        ),
    ],
)
def test_who_and_where_by_name(fields: dict[str, str], english: str, russian: str) -> None:
    nothing = {
        "queue": "",
        "agent": "",
        "place": "",
        "target": "",
        "target_name": "",
        "mode": "",
        "words": "",
        "why": "",
    }
    row = {"id": UUID(int=2), "at": datetime.now(UTC), "call_id": UUID(int=3), "by_name": "Лев", "state": State.DONE}
    order = OrderRow(**{**nothing, **row, **fields})  # type: ignore[arg-type]

    assert told(order, queue_names(HEAD), agent_names(HEAD)) == english
    with reading(Reader("ru"), Translations(("trunkline.control",))):
        assert told(order, queue_names(HEAD), agent_names(HEAD)) == russian
