"""The dialplan's line: what hashcompat and HASH() would spoil never reaches them."""

from urllib.parse import parse_qsl

import pytest

from router.dialplan import encode_line
from trunkline.pbx.port import Action, Decision


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("Иванов & Ко, ООО+", "Иванов & Ко, ООО+"),
        ('ООО "Ромашка"', "ООО ”Ромашка”"),
        ('OOO "Romashka"', "OOO Romashka"),
        ("О'Коннор Мар'яна", "О’Коннор Мар’яна"),
        ("O'Connor", "O`Connor"),
        ("a\\b=c%20d", "a/b=c%20d"),
        ("line\r\nbreak", "line  break"),
        ("", ""),
    ],
)
def test_names_arrive_readable(name: str, read: str) -> None:
    line = encode_line(Decision(Action.EXTENSION, "responsible", target="101", caller_name=name))

    fields = dict(parse_qsl(line, keep_blank_values=True, strict_parsing=True))

    assert fields["name"] == read
    assert fields["valid"] == "1"
    assert not set(line) & set('+"\\ \r\n')
