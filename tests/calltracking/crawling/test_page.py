"""What is read out of a page's source: the fragments that the script is held to, and links."""

import json
import re
from pathlib import Path

import pytest

import calltracking.script
from calltracking.crawling.page import read_page
from calltracking.crawling.trackers import TRACKERS
from trunkline.numbering.in_text import phone_of_link, phones_in

CORPUS = json.loads((Path(__file__).parents[1] / "script" / "corpus" / "fragments.json").read_text())
OTHERWISE = {
    "named by a selector", "a local number named by a selector",  # known by their selectors alone
    "JSON-LD", "switched off", "without scripts", "text that is being written",  # in the source they are wrong, too
}  # fmt: skip
HERE = "https://www.example.ru/a/b"


def test_the_fragments_of_the_script() -> None:
    """A phone where the script swaps, none where it does not; abroad only with the country's code."""
    wrong = []
    for one in CORPUS:
        if one["why"] in OTHERWISE or (one["why"] in {"London", "New York", "Minsk"} and "+" not in one["fragment"]):
            continue
        found = one["old"] in read_page(one["fragment"], HERE).phones
        if found != (one["fragment"] != one["expected"]):
            wrong.append((one["why"], one["fragment"], found))
    assert wrong == []


@pytest.mark.parametrize(
    "text",
    [
        "ИНН 7701234567", "ИНН 770123456789", "КПП 770101001", "ОГРН 1027700132195", "р/с 40702 810 4 9512 3456 700",
        "Цена 4 951 234 567 ₽", "12.04.2024 12:34:56", "2024-04-05 12:34", "Заказ № 84951234567", "4276 8495 1234 5678",
        "СНИЛС 112-233-445 95", "8 (495) 123-45-6", "ОКПО 49512345", "59.9343, 30.3351", "1 000 000 000",
        "8 (495) 123-45-678", "ISBN 978-5-699-12014-7", "Артикул 8-495-123-45-67",
    ],
)  # fmt: skip
def test_what_is_no_phone(text: str) -> None:
    assert list(phones_in(text)) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("с 9 до 18 (495) 123-45-67", ["+74951234567"]),
        ("8 (495) 123-45-67, 8 (812) 765-43-21", ["+74951234567", "+78127654321"]),
        ("8 (495) 123-45-67 8 (812) 765-43-21", ["+74951234567", "+78127654321"]),
        ("+44 20 7946 0018", ["+442079460018"]),
        ("8 800 555-35-35", ["+78005553535"]),
        ("Тел. 84951234567", ["+74951234567"]),
    ],
)
def test_what_is_one(text: str, found: list[str]) -> None:
    assert list(phones_in(text)) == found


@pytest.mark.parametrize(
    ("href", "found"),
    [
        ("tel:+7%20(495)%20123-45-67", "+74951234567"),
        ("tel:84951234567;ext=12", "+74951234567"),
        ("https://wa.me/74951234567?text=x", "+74951234567"),
        ("https://api.whatsapp.com/send?phone=74951234567", "+74951234567"),
        ("viber://chat?number=%2B74951234567", "+74951234567"),
        ("tel:112", None),
        ("/order/84951234567", None),
        ("mailto:84951234567@example.ru", None),
    ],
)
def test_links_that_dial(href: str, found: str | None) -> None:
    assert phone_of_link(href) == found


def test_links_are_absolute_and_of_anchors_alone() -> None:
    source = (
        '<base href="/shop/"><link rel="canonical" href="/x"><a href="a?b=1#c">A</a><a href="//evil.example/">B</a>'
        '<a href="javascript:alert(1)">C</a><a href="http://[bad">D</a><img src="/i.png"><area href="/map">'
    )
    assert read_page(source, HERE).links == [
        "https://www.example.ru/shop/a?b=1", "https://evil.example/", "javascript:alert(1)", "https://www.example.ru/map"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('<script src="https://mod.calltouch.ru/init.js?id=1"></script>', ["Calltouch"]),
        ("<script>(function(){var s='//cdn.callibri.ru/callibri.js'; load(s)})()</script>", ["Callibri"]),
        (
            '<script>w.src="https://app.comagic.ru/a.js";x("http://CLOUD.roistat.com/m")</script>',
            ["CoMagic", "Roistat"],
        ),
        ('<p>We left calltouch.ru</p><a href="https://calltouch.ru/">x</a>', []),
        ('<script src="https://notcalltouch.ru/a.js"></script><script>"calltouch.ru.evil.example"</script>', []),
    ],
)
def test_scripts_of_other_trackings(source: str, found: list[str]) -> None:
    assert read_page(source, HERE).trackers == found


def test_the_overlay_knows_the_same_trackings() -> None:
    overlay = (Path(calltracking.script.__file__).parent / "source/explain.js").read_text()
    (rows,) = re.findall(r"const TRACKERS = \{(.*?)\};", overlay, re.DOTALL)

    assert {name.strip('"'): host for name, host in re.findall(r'("[^"]+"|\w+): "([^"]+)"', rows)} == TRACKERS
