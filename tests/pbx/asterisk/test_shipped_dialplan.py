"""What the shipped dialplan says of recordings: one file a call, begun by whoever has it first."""

import re
from pathlib import Path
from uuid import UUID

import pytest

from trunkline.dialing.store import Order
from trunkline.pbx.asterisk.members import Ways
from trunkline.pbx.asterisk.originate import originate

TEXT = (Path(__file__).parents[3] / "config/asterisk/extensions_trunkline.conf.example").read_text()
RECORDS = re.compile(r"ExecIf\(\$\[(.+)\]\?MixMonitor\((.+),b\)\)")


def section(context: str) -> list[str]:
    """The lines of `context`."""
    found = re.search(rf"^\[{context}\].*\n((?:(?!\[).*\n?)*)", TEXT, re.MULTILINE)
    assert found is not None
    return found[1].splitlines()


def recordings(context: str) -> list[tuple[str, str]]:
    """When it records, and into which file."""
    return [(match[1], match[2]) for line in section(context) if (match := RECORDS.search(line))]


@pytest.mark.parametrize("context", ["trunkline", "trunkline-agi"])
def test_an_incoming_call_is_marked_before_it_is_recorded(context: str) -> None:
    lines = section(context)
    assert "Set(__TRUNKLINE_LINE=${EXTEN})" in lines[0]
    assert [when for when, _ in recordings(context)] == ['"${TRUNKLINE_RECORD}" != ""']


def test_what_a_telephone_forwards_of_it_is_not_recorded_over_it() -> None:
    """It comes here with the incoming call's linkedid, so with its file; and with its line, which is inherited."""
    (when, file), again = recordings("trunkline-outgoing")
    assert when == '"${TRUNKLINE_RECORD}" != "" & "${TRUNKLINE_LINE}" = ""'
    assert [file] == [file for _, file in recordings("trunkline")]
    # On another trunk, into the file that was begun here: where none was, none is.
    assert again == ('"${FILE}" != ""', "${FILE}")
    given = re.findall(r"Set\(FILE=(.*?)\)\s", "\n".join([*section("trunkline-outgoing"), ""]))
    assert given == ["", "${MIXMONITOR_FILENAME}", ""]


def test_what_we_begin_ourselves_has_no_line_and_is_recorded() -> None:
    order = Order(UUID(int=1), "+79161234567", "+74951234567", "101", "c", 600, 30, 0.0)
    assert "TRUNKLINE_LINE" not in originate(order, Ways())["Variable"]
    assert "TRUNKLINE_LINE" not in "".join(section("trunkline-dial"))
    assert "Goto(trunkline-outgoing,${EXTEN},1)" in "".join(section("trunkline-dial"))
