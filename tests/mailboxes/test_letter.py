"""What is read of letters, also of broken ones, and which are no client's."""

from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mailboxes.letters import IVAN, letter
from trunkline.mailboxes.letter import LONGEST_TEXT, MOST_BYTES, read_letter
from trunkline.mailboxes.sorting import LETTER, Facts, sender_of, sort

OURS = "sales@ours.example"


def test_who_wrote_what() -> None:
    read = read_letter(letter(References="<a@b> <c@d>", In_Reply_To="<c@d>", Reply_To="boss@client.example"))

    assert (read.name, read.sender, read.answer_to) == ("Иван Петров", IVAN, "boss@client.example")
    assert (read.subject, read.message_id) == ("Запрос цены", "<one@client.example>")
    assert read.references == ("<c@d>", "<a@b>", "<c@d>")
    assert (read.text, read.phones) == ("Нужны окна, мой телефон 8 (916) 123-45-67", ("+79161234567",))


@pytest.mark.parametrize(
    ("written", "charset"),
    [
        (written, charset)
        for written in ("koi8-r", "windows-1251", "utf-8")
        for charset in (written, "utf-8", "no-such-charset", "us-ascii", "")
    ],
)
def test_charsets_that_lie(charset: str, written: str) -> None:
    """A text in its own charset, in one that cannot be, and of no named one."""
    told = f"; charset={charset}" if charset else ""
    words = "Добрый день, нужны окна"
    raw = f"From: {IVAN}\r\nSubject: {words}\r\nContent-Type: text/plain{told}\r\n\r\n{words}".encode(written)

    read = read_letter(raw)

    assert (read.subject, read.text) == (words, words)


def test_html_alone() -> None:
    message = EmailMessage()
    message["From"] = IVAN
    message.set_content(
        "<head><style>p{}</style></head><p>Цена&nbsp;окна?</p><script>alert(1)</script>"
        "<div>тел.&nbsp;+7&nbsp;495 123-45-67",
        subtype="html",
    )

    read = read_letter(message.as_bytes())

    assert read.text.split("\n") == ["Цена окна?", "", "тел. +7 495 123-45-67"]
    assert read.phones == ("+74951234567",)


def test_what_is_attached_is_not_read() -> None:
    message = EmailMessage()
    message["From"] = IVAN
    message.set_content("see there")
    message.add_attachment("тел. +7 495 123-45-67", filename="a.txt")

    assert (read_letter(message.as_bytes()).text, read_letter(message.as_bytes()).phones) == ("see there", ())


@pytest.mark.parametrize(
    "quoted",
    [
        "> тел. +7 495 123-45-67",
        "On Mon, 2 Mar 2026 at 10:00, Sales <sales@ours.example> wrote:\nтел. +7 495 123-45-67",
        "02.03.2026 10:00, Sales пишет:\nтел. +7 495 123-45-67",
        "-----Original Message-----\nтел. +7 495 123-45-67",
        "От: Sales\nОтправлено: вчера\nтел. +7 495 123-45-67",
    ],
)
def test_what_is_quoted_is_ours(quoted: str) -> None:
    read = read_letter(letter(f"Согласен, тел. 8 916 123-45-67\n\n{quoted}\n"))

    assert read.text == "Согласен, тел. 8 916 123-45-67"
    assert read.phones == ("+79161234567",)


def test_a_letter_of_nothing_but_a_quotation_is_shown_whole() -> None:
    assert read_letter(letter("-----Original Message-----\nнужны окна")).text.endswith("нужны окна")


def test_an_inn_is_no_telephone() -> None:
    assert read_letter(letter("ООО Ромашка, ИНН 7707083893, р/с 40702810900000005555")).phones == ()


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        (LETTER, {}),
        ("bounce", {"Return_Path": "<>"}),
        ("bounce", {"sender": "Mail Delivery <MAILER-DAEMON@ours.example>"}),
        ("auto_reply", {"Auto_Submitted": "auto-replied"}),
        (LETTER, {"Auto_Submitted": "no"}),
        ("auto_reply", {"Precedence": "auto_reply"}),
        ("list", {"List_Id": "<news.example>"}),
        ("list", {"List_Unsubscribe": "<https://news.example>"}),
        ("list", {"Precedence": "bulk"}),
        ("spam", {"X_Spam_Flag": "YES"}),
        ("no_sender", {"sender": "nobody"}),
        ("ours", {"sender": OURS}),
        (LETTER, {"sender": OURS, "Reply_To": IVAN}),
        (LETTER, {"sender": "noreply@forms.example", "Reply_To": IVAN}),
        ("ignored", {"sender": "bills@provider.example"}),
        ("ignored", {"sender": "one@bank.example"}),
        ("bounce", {"Return_Path": "<>", "Auto_Submitted": "auto-replied", "List_Id": "<a>"}),
    ],
)
def test_which_letters_are_no_clients(rule: str, told: dict[str, str]) -> None:
    read = read_letter(letter(**told))
    sender = sender_of(read, frozenset({OURS}))

    assert sort(Facts(read, sender, sender == OURS, ("@provider.example", "one@bank.example"))) == rule


def test_a_delivery_report_is_a_bounce() -> None:
    raw = b"From: a@b.example\r\nContent-Type: multipart/report; boundary=x\r\n\r\n--x\r\n\r\nfailed\r\n--x--\r\n"
    assert read_letter(raw).is_bounce


def test_one_letter_has_one_digest() -> None:
    digests = {read_letter(letter(text)).digest for text in ("one", "the same, fetched again")}
    others = {read_letter(letter(message_id=f"<{n}@c>")).digest for n in "ab"}

    assert (len(digests), len(others | digests)) == (1, 3)


def test_parts_without_end_cost_nothing() -> None:
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(3000))

    assert read_letter(b"From: a@b.example\r\n" + deep).text == ""


@given(st.binary(max_size=3000) | st.integers(0, 900).map(lambda at: letter()[:at]))
def test_nothing_breaks_the_reading(raw: bytes) -> None:
    read = read_letter(b"From: a@b.example\r\nContent-Type: text/html; charset=\xff\r\n" + raw)

    assert len(read.text) <= LONGEST_TEXT
    assert "\0" not in read.text + read.subject + read.name + read.message_id
    (read.text + read.subject + read.name).encode()  # no lone surrogates


def test_a_long_letter_is_cut() -> None:
    assert len(read_letter(letter("слово " * MOST_BYTES)).text) == LONGEST_TEXT
