"""Every sentence of these pages has its Russian."""

from importlib.resources import files

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

_METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
_OPTIONS = {"templates/**.html": {"extensions": "jinja2.ext.i18n,jinja2.ext.loopcontrols", "trimmed": "true"}}
_KEYWORDS = {"_": None, "mark": None, "gettext": None, "ngettext": (1, 2)}


def test_all_is_said_in_russian() -> None:
    package = files("trunkline.people")
    with (package / "locale" / "ru.po").open("rb") as file:
        russian = read_po(file, locale="ru")
    said = {
        message
        for _file, _line, message, _comments, _context in extract_from_dir(
            str(package), _METHODS, _OPTIONS, keywords=_KEYWORDS
        )
    }

    assert said == {message.id for message in russian if message.id}
    assert [message.id for message in russian if not message.string] == []
