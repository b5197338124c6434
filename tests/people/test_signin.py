"""Signing in, from the password to the session; real PostgreSQL and Valkey."""

from datetime import timedelta

import pyotp
import pytest
from argon2 import PasswordHasher

from trunkline.crypto import SecretBox
from trunkline.db.types import Pool
from trunkline.errors import InvalidInput
from trunkline.people import sessions, totp
from trunkline.people.identity import Via
from trunkline.people.roles import ROLE_RIGHTS, Right, Role
from trunkline.people.signin import CodeOwed, Door, Outcome, Refused, SignedIn, TooOften
from trunkline.people.statements import QUERIES
from trunkline.people.throttle import BY_ADDRESS, BY_LOGIN

from .company import LIFETIME, NOW, PASSWORD, AddPerson, CountingHasher, visitor


def secret_of(outcome: Outcome) -> str:
    assert isinstance(outcome, SignedIn | CodeOwed), outcome
    return outcome.secret


async def test_the_right_password_opens_a_session(door: Door, pool: Pool, add_person: AddPerson) -> None:
    person = await add_person("anna", Role.SUPERVISOR, grants=frozenset({Right.RECORDINGS_LISTEN}))

    secret = secret_of(await door.enter(" Anna ", PASSWORD, visitor(), NOW))
    identity = await sessions.find_session(pool, secret, LIFETIME, NOW)

    assert identity is not None
    assert (identity.person, identity.login, identity.via) == (person, "anna", Via.SESSION)
    assert identity.rights == ROLE_RIGHTS[Role.SUPERVISOR] | {Right.RECORDINGS_LISTEN}


async def test_only_a_hash_of_the_session_is_kept(door: Door, pool: Pool, add_person: AddPerson) -> None:
    await add_person("anna")

    secret = secret_of(await door.enter("anna", PASSWORD, visitor(), NOW))
    row = await pool.fetchval("select to_jsonb(s)::text from sessions s")

    assert secret not in row


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("anna", "wrong"),
        ("nobody", PASSWORD),
        ("left", PASSWORD),
        ("unset", ""),
        ("", ""),
        ("a\0b", "\0"),
        ("я" * 99, ""),
    ],
)
async def test_every_refusal_is_the_same_and_costs_the_same(
    door: Door, pool: Pool, add_person: AddPerson, hasher: CountingHasher, login: str, password: str
) -> None:
    await add_person("anna")
    await pool.execute("update people set active = false where id = $1", await add_person("left"))
    await pool.execute("update accounts set password_hash = null where person_id = $1", await add_person("unset"))
    before = hasher.verified

    outcome = await door.enter(login, password, visitor(), NOW)

    assert outcome == Refused()
    assert hasher.verified - before == 1
    assert await pool.fetchval("select count(*) from audit where action = 'session.refused'") == 1


async def test_signing_in_kills_the_session_shown_before(door: Door, pool: Pool, add_person: AddPerson) -> None:
    await add_person("anna")
    planted = secret_of(await door.enter("anna", PASSWORD, visitor(), NOW))

    fresh = secret_of(await door.enter("anna", PASSWORD, visitor(shown=planted), NOW))

    assert fresh != planted
    assert await sessions.find_session(pool, planted, LIFETIME, NOW) is None
    assert await sessions.find_session(pool, fresh, LIFETIME, NOW) is not None


async def test_a_login_is_throttled_from_whatever_address(
    door: Door, add_person: AddPerson, hasher: CountingHasher
) -> None:
    await add_person("anna")
    for number in range(BY_LOGIN.capacity):
        assert await door.enter("anna", "wrong", visitor(f"192.0.2.{number}"), NOW) == Refused()
    before = hasher.verified

    outcome = await door.enter("anna", PASSWORD, visitor("198.51.100.1"), NOW)

    assert isinstance(outcome, TooOften)
    assert outcome.seconds == pytest.approx(BY_LOGIN.seconds)
    assert hasher.verified == before


async def test_an_address_is_throttled_whatever_the_login(door: Door, add_person: AddPerson) -> None:
    await add_person("anna")
    for number in range(BY_ADDRESS.capacity):
        assert await door.enter(f"guess{number}", "wrong", visitor(), NOW) == Refused()

    assert isinstance(await door.enter("anna", PASSWORD, visitor(), NOW), TooOften)
    assert isinstance(await door.enter("anna", PASSWORD, visitor("198.51.100.1"), NOW), SignedIn)


async def test_right_answers_use_up_nothing(door: Door, add_person: AddPerson) -> None:
    await add_person("anna")

    for _ in range(BY_ADDRESS.capacity + 5):
        assert isinstance(await door.enter("anna", PASSWORD, visitor(), NOW), SignedIn)


async def _with_totp(pool: Pool, box: SecretBox, add_person: AddPerson) -> tuple[pyotp.TOTP, list[str]]:
    person = await add_person("anna")
    async with pool.acquire() as connection:
        await totp.propose(connection, box, person)
        secret = await totp.proposed(connection, box, person)
        assert secret is not None
        earlier = NOW.timestamp() - 300
        codes = await totp.confirm(connection, box, person, pyotp.TOTP(secret).at(int(earlier)), earlier)
    assert codes is not None
    return pyotp.TOTP(secret), codes


async def test_the_second_factor_is_owed_before_any_right(
    door: Door, pool: Pool, box: SecretBox, add_person: AddPerson
) -> None:
    code, _ = await _with_totp(pool, box, add_person)

    owed = await door.enter("anna", PASSWORD, visitor(), NOW)
    assert isinstance(owed, CodeOwed)
    assert await sessions.find_session(pool, owed.secret, LIFETIME, NOW) is None
    opened = await door.show_code(code.at(NOW), visitor(shown=owed.secret), NOW)

    assert isinstance(opened, SignedIn)
    assert opened.secret != owed.secret
    assert await sessions.find_session(pool, opened.secret, LIFETIME, NOW) is not None
    assert not await door.owes_code(visitor(shown=owed.secret), NOW)


async def test_a_code_is_good_once(door: Door, pool: Pool, box: SecretBox, add_person: AddPerson) -> None:
    code, _ = await _with_totp(pool, box, add_person)
    shown = code.at(NOW)

    first = secret_of(await door.enter("anna", PASSWORD, visitor(), NOW))
    second = secret_of(await door.enter("anna", PASSWORD, visitor(), NOW))

    assert isinstance(await door.show_code(shown, visitor(shown=first), NOW), SignedIn)
    assert await door.show_code(shown, visitor(shown=second), NOW) == Refused()
    older = code.at(NOW - timedelta(seconds=30))
    assert await door.show_code(older, visitor(shown=second), NOW) == Refused()


async def test_a_recovery_code_is_good_once(door: Door, pool: Pool, box: SecretBox, add_person: AddPerson) -> None:
    _, codes = await _with_totp(pool, box, add_person)
    typed = codes[3].upper().replace("-", " ")

    first = secret_of(await door.enter("anna", PASSWORD, visitor(), NOW))
    second = secret_of(await door.enter("anna", PASSWORD, visitor(), NOW))

    assert isinstance(await door.show_code(typed, visitor(shown=first), NOW), SignedIn)
    assert await door.show_code(typed, visitor(shown=second), NOW) == Refused()
    kept = await pool.fetchval("select string_agg(to_jsonb(r)::text, '') from recovery_codes r")
    assert not any(code.replace("-", "") in kept for code in codes)


async def test_codes_are_throttled_by_person_not_by_session(
    door: Door, pool: Pool, box: SecretBox, add_person: AddPerson
) -> None:
    code, _ = await _with_totp(pool, box, add_person)
    outcomes = []
    for number in range(6):
        owed = secret_of(await door.enter("anna", PASSWORD, visitor(f"192.0.2.{number}"), NOW))
        outcomes.append(await door.show_code("000000", visitor(f"192.0.2.{number}", shown=owed), NOW))

    assert outcomes[:5] == [Refused()] * 5
    assert isinstance(outcomes[5], TooOften)
    assert isinstance(await door.show_code(code.at(NOW), visitor("192.0.2.99", shown=owed), NOW), TooOften)


async def test_the_second_step_may_not_take_forever(
    door: Door, pool: Pool, box: SecretBox, add_person: AddPerson
) -> None:
    code, _ = await _with_totp(pool, box, add_person)
    owed = secret_of(await door.enter("anna", PASSWORD, visitor(), NOW))
    late = NOW + timedelta(seconds=sessions.CODE_SECONDS + 1)

    assert await door.show_code(code.at(late), visitor(shown=owed), late) == Refused()


async def test_a_new_password_ends_other_sessions_and_renews_this_one(
    door: Door, pool: Pool, add_person: AddPerson
) -> None:
    await add_person("anna")
    other = secret_of(await door.enter("anna", PASSWORD, visitor(), NOW))
    mine = secret_of(await door.enter("anna", PASSWORD, visitor(), NOW))
    identity = await sessions.find_session(pool, mine, LIFETIME, NOW)
    assert identity is not None

    renewed = secret_of(await door.change_password(identity, PASSWORD, "a better one altogether", visitor(), NOW))

    live = [await sessions.find_session(pool, secret, LIFETIME, NOW) is not None for secret in (other, mine, renewed)]
    assert live == [False, False, True]
    assert await door.enter("anna", PASSWORD, visitor(), NOW) == Refused()
    assert isinstance(await door.enter("anna", "a better one altogether", visitor(), NOW), SignedIn)


async def test_a_new_password_needs_the_old_one_and_the_rules(door: Door, pool: Pool, add_person: AddPerson) -> None:
    await add_person("anna")
    secret = secret_of(await door.enter("anna", PASSWORD, visitor(), NOW))
    identity = await sessions.find_session(pool, secret, LIFETIME, NOW)
    assert identity is not None

    assert await door.change_password(identity, "wrong", "a better one altogether", visitor(), NOW) == Refused()
    with pytest.raises(InvalidInput):
        await door.change_password(identity, PASSWORD, "qwertyuiop", visitor(), NOW)


async def test_an_older_hash_is_renewed_at_sign_in(door: Door, pool: Pool, add_person: AddPerson) -> None:
    person = await add_person("anna")
    old = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash(PASSWORD)
    await pool.execute(QUERIES["set_password"], person, old, NOW)

    assert isinstance(await door.enter("anna", PASSWORD, visitor(), NOW), SignedIn)
    renewed = await pool.fetchval("select password_hash from accounts where person_id = $1", person)
    assert renewed != old
    assert isinstance(await door.enter("anna", PASSWORD, visitor(), NOW), SignedIn)
