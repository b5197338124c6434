"""What a 1C base holds: sets of records as they are published, and the fields each has."""

import base64
from dataclasses import dataclass, field
from typing import Any, Final

Record = dict[str, Any]
_NOTHING: Final = "0001-01-01T00:00:00"
EMPTY: Final = "00000000-0000-0000-0000-000000000000"

COMPANIES: Final = "Catalog_Контрагенты"
ORDERS: Final = "Document_ЗаказКлиента"
STATES: Final = "InformationRegister_СостоянияЗаказовКлиента"
TRANSFERS: Final = "Document_ПоступлениеБезналичныхДенежныхСредств"
CASH: Final = "Document_ПриходныйКассовыйОрдер"
DEBTS: Final = "AccumulationRegister_РасчетыСКлиентамиПоСрокам/Balance()"
_OBJECT: Final = {"Ref_Key": "", "DataVersion": "", "DeletionMark": False}
_DOCUMENT: Final = {**_OBJECT, "Number": "", "Date": _NOTHING, "Posted": True, "СуммаДокумента": 0}
_PAYMENT: Final = {**_DOCUMENT, "Контрагент": EMPTY, "Контрагент_Type": "", "РасшифровкаПлатежа": []}
FIELDS: Final[dict[str, Record]] = {
    COMPANIES: {
        **_OBJECT,
        "Description": "",
        "IsFolder": False,
        "НаименованиеПолное": "",
        "ИНН": "",
        "КонтактнаяИнформация": [],
    },
    ORDERS: {**_DOCUMENT, "Контрагент_Key": EMPTY, "ЭтапыГрафикаОплаты": []},
    STATES: {"Заказ": EMPTY, "Заказ_Type": "", "ПроцентОплаты": 0, "ПроцентОтгрузки": 0},
    TRANSFERS: _PAYMENT,
    CASH: _PAYMENT,
    DEBTS: {
        "АналитикаУчетаПоПартнерам_Key": EMPTY,
        "АналитикаУчетаПоПартнерам": {},
        "ДатаПлановогоПогашения": _NOTHING,
        "ДолгBalance": 0,
    },
}
"""By the names of Trade Management 11; what a record does not name is empty, as 1C knows no null."""


@dataclass
class World:
    """`published` are the sets that were ticked; `writes` counts them, for DataVersion."""

    sets: dict[str, list[Record]] = field(default_factory=lambda: {name: [] for name in FIELDS})
    published: set[str] = field(default_factory=lambda: set(FIELDS))
    writes: int = 0

    def put(self, name: str, key: str, **fields: Any) -> Record:
        """A record is written: a new one, or the one of that key with these fields changed."""
        record = next((one for one in self.sets[name] if one.get("Ref_Key") == key), None)
        if record is None:
            record = {**FIELDS[name], "Ref_Key": key}
            self.sets[name].append(record)
        self.writes += 1
        record.update(fields, DataVersion=base64.b64encode(self.writes.to_bytes(8)).decode())
        return record

    def state(self, order: str, **percents: int) -> None:
        """A record of the register of states."""
        self.sets[STATES] = [one for one in self.sets[STATES] if one["Заказ"] != order]
        told = {"Заказ": order, "Заказ_Type": f"StandardODATA.{ORDERS}"}
        self.sets[STATES].append({**FIELDS[STATES], **told, **percents})

    def owes(self, *lines: tuple[str, float, str]) -> None:
        """All that is owed: by whom, how much, until when."""
        self.sets[DEBTS] = [
            {
                **FIELDS[DEBTS],
                "АналитикаУчетаПоПартнерам": {"Ref_Key": EMPTY, "Контрагент_Key": company},
                "ДолгBalance": amount,
                "ДатаПлановогоПогашения": f"{due}T00:00:00" if due else _NOTHING,
            }
            for company, amount, due in lines
        ]
