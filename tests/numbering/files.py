"""Registry files in each generation's layout; those of 2020 and ABC are made up as documented (pbx.md §5.1)."""

import os
from pathlib import Path

DATA = Path(os.environ.get("TRUNKLINE_TEST_DATA", "nothing")) / "numbering"

OF_2020 = "АВС/ DEF;От;До;Емкость;Оператор;Регион"
OF_2023 = f"{OF_2020};ИНН"
OF_2026 = f"{OF_2020};Территория ГАР;ИНН"

LAYOUT_2020 = f"""{OF_2020}
900;0000000;0061999;62000;ООО "Т2 Мобайл";Краснодарский край
900;0062000;0062999;1000;ООО "Т2 Мобайл";Ростовская обл.
914;3500000;3599999;100000;ПАО "МТС";Читинская обл.
916;0000000;9999999;10000000;ПАО "МТС";г. Москва и Московская область
""".encode("cp1251")
LAYOUT_ABC = f"""{OF_2026}
336;2200000;2299999;100000;ПАО "Ростелеком";-;г. Байконур;7707049388
800;1000000;1009999;10000;ПАО "МТТ";Российская Федерация;Российская Федерация;7705017253
""".encode()


def written(folder: Path, data: bytes | str, name: str = "DEF-9xx.csv") -> Path:
    """The file, in `folder`."""
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path
