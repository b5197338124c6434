"""Which published sets and fields of a base are which of ours: those of the usual configurations, or a person's (TOML).

A field is named as OData names it (`Контрагент_Key` for a reference). `A/B` is the field B of what the reference A
leads to, `A.B` the column B of the tabular section A. Names are those of the configurations as they are shipped;
`trunkline crm check` says which of them a base has not.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from trunkline.errors import InvalidInput, Mistake
from trunkline.foreigntoml import toml_of
from trunkline.web.i18n import gettext as _

PARTS: Final = ("companies", "orders", "states", "payments", "debts")
"""In the order they are read: what is referred to comes first."""
_NEEDED: Final[Mapping[str, Sequence[str]]] = {
    "companies": ("name",),
    "orders": ("date", "amount"),
    "states": ("order",),
    "payments": ("date", "amount"),
    "debts": ("company", "amount"),
}
_MAY: Final[Mapping[str, Sequence[str]]] = {
    "companies": ("inn", "phones", "client", "supplier"),
    "orders": ("number", "company", "paid", "paid_percent", "shipped_percent", "deferred_until"),
    "states": ("paid", "paid_percent", "shipped_percent", "deferred_until"),
    "payments": ("company", "order"),
    "debts": ("due_on", "overdue"),
}
_SET: Final = re.compile(
    r"(?:Catalog|Document|InformationRegister|AccumulationRegister)_\w{1,200}(?:/\w{1,40}(?:\([^()?#&]{0,500}\))?)?"
)
_FIELD: Final = re.compile(r"\w{1,200}(?:[./]\w{1,200})?")
_MOST_SETS: Final = 5
_LONGEST_FILTER: Final = 500


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its sets, our fields by 1C's names, and what of the sets is read (OData's `$filter`)."""

    sets: Sequence[str]
    fields: Mapping[str, str]
    filter: str = ""

    @property
    def told(self) -> list[str]:
        """What it tells of that others may tell as well."""
        return [*self.paid, *(name for name in ("company", "order") if name in self.fields)]

    @property
    def paid(self) -> list[str]:
        """Of what is paid and shipped of an order, what it tells."""
        return [name for name in ("paid", "paid_percent", "shipped_percent", "deferred_until") if name in self.fields]


Layout = Mapping[str, Part]

_UT11: Final = """
[companies]
set = "Catalog_Контрагенты"
filter = "IsFolder eq false"
name = "НаименованиеПолное"
inn = "ИНН"
phones = "КонтактнаяИнформация"

[orders]
set = "Document_ЗаказКлиента"
number = "Number"
date = "Date"
company = "Контрагент_Key"
amount = "СуммаДокумента"
deferred_until = "ЭтапыГрафикаОплаты.ДатаПлатежа"

[states]
set = "InformationRegister_СостоянияЗаказовКлиента"
order = "Заказ"
paid_percent = "ПроцентОплаты"
shipped_percent = "ПроцентОтгрузки"

[payments]
set = ["Document_ПоступлениеБезналичныхДенежныхСредств", "Document_ПриходныйКассовыйОрдер"]
date = "Date"
company = "Контрагент"
amount = "СуммаДокумента"
order = "РасшифровкаПлатежа.Заказ"

[debts]
set = "AccumulationRegister_РасчетыСКлиентамиПоСрокам/Balance()"
company = "АналитикаУчетаПоПартнерам/Контрагент_Key"
amount = "ДолгBalance"
due_on = "ДатаПлановогоПогашения"
"""
_BP3: Final = """
[companies]
set = "Catalog_Контрагенты"
filter = "IsFolder eq false"
name = "НаименованиеПолное"
inn = "ИНН"
phones = "КонтактнаяИнформация"

[orders]
set = "Document_СчетНаОплатуПокупателю"
number = "Number"
date = "Date"
company = "Контрагент_Key"
amount = "СуммаДокумента"
deferred_until = "СрокОплаты"

[payments]
set = ["Document_ПоступлениеНаРасчетныйСчет", "Document_ПриходныйКассовыйОрдер"]
date = "Date"
company = "Контрагент"
amount = "СуммаДокумента"
order = "РасшифровкаПлатежа.СчетНаОплату_Key"
"""
SHIPPED: Final[Mapping[str, str]] = MappingProxyType({"ut11": _UT11.strip(), "bp3": _BP3.strip()})
"""The text of each usual configuration, as it is shown on the page to begin with."""
LAYOUTS: Final = ("none", *SHIPPED, "own")


def layout_of(name: str, mapping: str) -> Layout:
    """Of what a person chose; nothing is read by `none`. Raises InvalidInput."""
    if name not in LAYOUTS:
        raise InvalidInput(Mistake("layout", _("must be one of: %(states)s") % {"states": ", ".join(LAYOUTS)}))
    if name == "none":
        return {}
    return parsed(mapping if name == "own" else SHIPPED[name])


def parsed(text: str) -> Layout:
    """Raises InvalidInput naming the section and the key."""
    try:
        told = toml_of(text.replace("\r\n", "\n"))
    except ValueError as error:
        raise InvalidInput(Mistake("mapping", _("is no TOML: %(why)s") % {"why": str(error)[:200]})) from error
    layout = {name: _part(name, section) for name, section in told.items()}
    if not layout:
        raise InvalidInput(Mistake("mapping", _("names nothing to read")))
    return {name: layout[name] for name in PARTS if name in layout}


def _part(name: str, section: Any) -> Part:
    if name not in PARTS or not isinstance(section, dict):
        raise _wrong(name, _("there are the sections %(names)s") % {"names": ", ".join(f"[{one}]" for one in PARTS)})
    sets = section.get("set")
    sets = [sets] if isinstance(sets, str) else sets
    if not isinstance(sets, list) or not 1 <= len(sets) <= _MOST_SETS:
        raise _wrong(f"[{name}] set", _("must be a published set, or a list of them"))
    for one in sets:
        if not isinstance(one, str) or not _SET.fullmatch(one):
            raise _wrong(f"[{name}] set", _("must be a published set, as Document_ЗаказКлиента"))
    names = {*_NEEDED[name], *_MAY[name]}
    for key, value in section.items():
        if key not in {"set", "filter", *names}:
            raise _wrong(f"[{name}] {key}", _("there are the keys %(names)s") % {"names": ", ".join(sorted(names))})
        if key in names and not (isinstance(value, str) and _FIELD.fullmatch(value)):
            raise _wrong(f"[{name}] {key}", _("must be the name of a field"))
    if missing := [one for one in _NEEDED[name] if one not in section]:
        raise _wrong(f"[{name}] {missing[0]}", _("is needed"))
    told = section.get("filter", "")
    if not isinstance(told, str) or len(told) > _LONGEST_FILTER or not told.isprintable():
        raise _wrong(f"[{name}] filter", _("must be a condition of OData in one line"))
    return Part(sets, {key: section[key] for key in section if key in names}, told)


def _wrong(where: str, words: str) -> InvalidInput:
    return InvalidInput(Mistake("mapping", f"{where[:100]}: {words}"))
