"""Files of costs as people save them, and what is said of a row that is wrong."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calltracking.channels.source import LONGEST_TEXT, Channel
from calltracking.costs.cells import read_amount, read_day, read_rate
from calltracking.costs.cost import FIELDS, Cost, Defaults, cost_of
from calltracking.costs.reading import CostsReport, read_costs
from trunkline.contacts.columns import recognise
from trunkline.errors import InvalidInput

AVITO = Defaults(source="avito", channel=Channel.ORGANIC_SHOPPING)


def read(tmp_path: Path, text: str, defaults: Defaults = AVITO, encoding: str = "utf-8") -> CostsReport:
    file = tmp_path / "costs.csv"
    file.write_text(text, encoding=encoding)
    return read_costs(file, defaults)


def test_a_file_of_an_advertising_site(tmp_path: Path) -> None:
    report = read(
        tmp_path,
        "Дата;Кампания;Город;Расход, руб.;Ставка НДС;Показы\n"
        "01.11.2026;Окна;Казань;1 200,00;20 %;17\n"
        "02.11.2026;;;-100;без НДС;0\n"
        ";;;;;\n",
        encoding="cp1251",
    )

    assert report.costs == [
        Cost(date(2026, 11, 1), "avito", Channel.ORGANIC_SHOPPING, "Окна", "Казань", 120_000, 100_000),
        Cost(date(2026, 11, 2), "avito", Channel.ORGANIC_SHOPPING, "", "", -10_000, -10_000),
    ]
    assert (report.problems, report.ignored_columns) == ([], ("Показы",))
    assert (report.gross, report.net) == (110_000, 90_000)


def test_a_file_that_names_source_and_channel_itself(tmp_path: Path) -> None:
    report = read(
        tmp_path,
        "date,source,channel,campaign,amount without VAT\n2026-11-01,2GIS,referral,Kazan,1000\n",
        Defaults(vat=Decimal(22), city="Казань"),
    )

    assert report.costs == [Cost(date(2026, 11, 1), "2gis", Channel.REFERRAL, "Kazan", "Казань", 122_000, 100_000)]


def test_both_amounts_are_kept_as_the_file_has_them(tmp_path: Path) -> None:
    report = read(tmp_path, "Дата;Сумма с НДС, руб.;Сумма без НДС, руб.\n01.11.2026;119,99;100,01\n")

    assert [(cost.gross, cost.net) for cost in report.costs] == [(11_999, 10_001)]


def test_a_workbook(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.create_sheet(index=0)
    sheet.append(["Дата", "Сумма", "НДС"])
    sheet.append([date(2026, 11, 1), 333.333, 0.2])
    book.save(tmp_path / "costs.xlsx")

    report = read_costs(tmp_path / "costs.xlsx", AVITO)

    assert [(cost.day, cost.gross, cost.net) for cost in report.costs] == [(date(2026, 11, 1), 33_333, 27_778)]


def test_a_wrong_row_is_told_by_its_number_and_the_rest_goes_in(tmp_path: Path) -> None:
    report = read(
        tmp_path,
        "Дата;Канал;Сумма;НДС\n"
        "31.02.2026;;10;\n"
        "01.11.2026;Реклама;1,234;333,33\n"
        "01.11.2026;;;\n"
        "Итого;;20;\n"
        "02.11.2026;Display;20;\n",
    )

    assert [(cost.day, cost.channel, cost.gross) for cost in report.costs] == [
        (date(2026, 11, 2), Channel.DISPLAY, 2_000)
    ]
    assert report.refused == 4
    assert [(problem.line, problem.column) for problem in report.problems] == [
        (2, "date"), (3, "channel"), (3, "vat"), (3, "gross"), (4, "gross"), (5, "date"),
    ]  # fmt: skip
    assert str(report.problems[0].message) == "31.02.2026 is no day; write 2026-11-30 or 30.11.2026"
    assert report.problems[2].message == "333,33 is no rate of VAT; write 20 % or «no»"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Кампания;Сумма\n", "has no column of days"),
        ("Дата;Кампания\n", "has no column of amounts"),
        ("Дата;Сумма\n", "has no column source or channel"),
        ("", "is empty"),
    ],
)
def test_a_file_that_cannot_be_costs(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        read(tmp_path, text, Defaults())


def test_a_net_above_its_gross_and_a_row_without_a_source(tmp_path: Path) -> None:
    report = read(tmp_path, "date;source;gross;net\n2026-11-01;a;10;11\n2026-11-01;;10;9\n", Defaults())

    assert [(problem.line, problem.column) for problem in report.problems] == [(2, "net"), (3, "source")]


@pytest.mark.parametrize(
    ("text", "kopecks"),
    [
        ("1234", 123_400),
        ("1 234,56 ₽", 123_456),
        ("1\u00a0234.5 руб.", 123_450),
        ("1,234.56", 123_456),
        ("1.234,56", 123_456),
        ("0,0051", 1),
        ("\u22125", -500),
        ("333.3333333", 33_333),
    ],
)
def test_amounts(text: str, kopecks: int) -> None:
    assert read_amount(text) == kopecks


@pytest.mark.parametrize("text", ["", "-", "1e9", "1,234", "12345678901", "NaN", "Infinity", "1.2.3", "٣"])
def test_what_is_no_amount(text: str) -> None:
    with pytest.raises(InvalidInput):
        read_amount(text)


@pytest.mark.parametrize(
    ("text", "percent"), [("20%", "20"), ("20", "20"), ("0.2", "20.0"), ("0,22", "22.00"), ("0%", "0"), ("нет", "0")]
)
def test_rates(text: str, percent: str) -> None:
    assert read_rate(text) == Decimal(percent)


@pytest.mark.parametrize("text", ["1999-12-31", "2100-01-01", "1.1.26", "2026-13-01", "30.11", "2026"])
def test_what_is_no_day(text: str) -> None:
    with pytest.raises(InvalidInput, match="is no day"):
        read_day(text)


@settings(max_examples=60)
@given(st.lists(st.text(max_size=30) | st.sampled_from(["2026-11-01", "10", "20%", "1" * 10]), max_size=7))
def test_any_row_is_a_cost_or_is_told_what_is_wrong(cells: list[str]) -> None:
    columns = recognise(["date", "source", "channel", "campaign", "city", "amount", "vat"], FIELDS)

    told: set[str] = set()
    try:
        cost = cost_of(columns, cells, AVITO)
    except InvalidInput as error:
        told = {mistake.path for mistake in error.mistakes}
    else:
        assert abs(cost.net) <= abs(cost.gross)
        assert max(len(cost.source), len(cost.campaign), len(cost.city)) <= LONGEST_TEXT
    assert told <= set(FIELDS.values())
