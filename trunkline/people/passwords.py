"""Passwords: argon2id away from the event loop, the same work for a login that does not exist, and what is refused."""

import asyncio
import secrets
import unicodedata
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache, partial
from importlib import resources
from typing import ParamSpec, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from trunkline.errors import InvalidInput, Mistake, Overloaded
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark

P = ParamSpec("P")
R = TypeVar("R")

LEAST, MOST = 10, 200
_FEWEST_KINDS = 4  # different characters
_WAITING = 64


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether the password was right; `renewed` is its hash under today's parameters where the stored one is older."""

    right: bool
    renewed: str | None = None


class Passwords:
    """Hashes and checks in two threads of its own (argon2 leaves the interpreter free), a bounded number waiting."""

    def __init__(self, hasher: PasswordHasher, executor: ThreadPoolExecutor, nobody: str) -> None:
        self._hasher = hasher
        self._executor = executor
        self._nobody = nobody  # the hash a login without a password is checked against
        self._waiting = 0

    async def hash(self, password: str) -> str:
        """What is stored of `password`."""
        return await self._away(self._hash, password)

    async def check(self, stored: str | None, password: str) -> Checked:
        """Whether `password` made `stored`; where nothing is stored the same work is done and the answer is no."""
        return await self._away(self._check, stored, password)

    def _hash(self, password: str) -> str:
        return self._hasher.hash(_normal(password))

    def _check(self, stored: str | None, password: str) -> Checked:
        try:
            self._hasher.verify(stored or self._nobody, _normal(password))
        except (VerificationError, InvalidHashError):
            return Checked(right=False)
        if stored is None:
            return Checked(right=False)
        return Checked(True, self._hash(password) if self._hasher.check_needs_rehash(stored) else None)

    async def _away(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        if self._waiting >= _WAITING:
            raise Overloaded("too many people are signing in at once; try again in a few seconds", again=5)
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._executor, partial(work, *args, **kwargs))
        finally:
            self._waiting -= 1


@asynccontextmanager
async def open_passwords(hasher: PasswordHasher | None = None) -> AsyncIterator[Passwords]:
    """Threads for passwords, ended on leaving; `hasher` is argon2-cffi's default (RFC 9106, low memory) where None."""
    hasher = hasher or PasswordHasher()
    with ThreadPoolExecutor(max_workers=2, thread_name_prefix="password") as executor:
        loop = asyncio.get_running_loop()
        nobody = await loop.run_in_executor(executor, hasher.hash, secrets.token_urlsafe())
        yield Passwords(hasher, executor, nobody)


def refuse_weak(password: str, login: str, field: str = "password") -> None:
    """Raise InvalidInput with every rule that `password` breaks. No upper limit but one against abuse."""
    folded = _normal(password).casefold()
    broken = [_(message) for is_broken, message in _RULES if is_broken(folded, login.casefold())]
    if broken:
        raise InvalidInput(*(Mistake(field, message) for message in broken))


@cache
def _common() -> frozenset[str]:
    text = resources.files("trunkline.people").joinpath("common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(text.split())


def _normal(password: str) -> str:
    """The same characters for every keyboard and system that types them (NFKC, as RFC 8265 asks)."""
    return unicodedata.normalize("NFKC", password)


_RULES: tuple[tuple[Callable[[str, str], bool], str], ...] = (
    (lambda password, _login: len(password) < LEAST, mark("must have at least 10 characters")),
    (lambda password, _login: len(password) > MOST, mark("must have at most 200 characters")),
    (
        lambda password, login: bool(login) and password in {login, login * 2, login[::-1]},
        mark("must not be the login"),
    ),
    (
        lambda password, _login: password in _common() or len(set(password)) < _FEWEST_KINDS,
        mark("is one that everybody tries first"),
    ),
)
