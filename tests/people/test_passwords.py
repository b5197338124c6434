"""Which passwords are refused, and how they are kept."""

import asyncio

import pytest

from trunkline.errors import InvalidInput, Overloaded
from trunkline.people.passwords import Passwords, refuse_weak


@pytest.mark.parametrize("password", ["correct horse battery", "Ёлочка-гори-2031", "x7#kQ!p0zL", " leading space kept"])
def test_good(password: str) -> None:
    refuse_weak(password, "anna")


@pytest.mark.parametrize(
    ("password", "login"),
    [
        ("", "anna"),
        ("short", "anna"),
        ("x" * 201, "anna"),
        ("annapetrova", "AnnaPetrova"),
        ("anna1anna1", "anna1"),
        ("QwertyUiop", "anna"),
        ("1234567890", "anna"),
        ("йцукенгшщз", "anna"),
        ("ababababababab", "anna"),
        ("１２３４５６７８９０", "anna"),
    ],
)
def test_refused(password: str, login: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        refuse_weak(password, login)
    assert {mistake.path for mistake in caught.value.mistakes} == {"password"}


async def test_argon2id_with_a_salt(passwords: Passwords) -> None:
    one, other = await passwords.hash("correct horse"), await passwords.hash("correct horse")

    assert one.startswith("$argon2id$")
    assert one != other
    assert (await passwords.check(one, "correct horse")).right
    assert not (await passwords.check(one, "correct horsf")).right
    assert not (await passwords.check("rubbish", "correct horse")).right
    assert not (await passwords.check(None, "correct horse")).right


async def test_the_same_characters_typed_another_way(passwords: Passwords) -> None:
    composed, decomposed = "пароль с й и ё", "пароль с и\u0306 и е\u0308"

    assert (await passwords.check(await passwords.hash(composed), decomposed)).right


async def test_the_loop_goes_on_and_the_queue_is_bounded(passwords: Passwords) -> None:
    stored = await passwords.hash("correct horse")

    outcomes = await asyncio.gather(
        *(passwords.check(stored, "correct horse") for _ in range(200)), return_exceptions=True
    )

    assert {type(outcome) for outcome in outcomes} == {Overloaded, type(outcomes[0])}
    assert (await passwords.check(stored, "correct horse")).right
