"""Integrations and tokens of an account (crm.md §3.1)."""

import base64
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

ACCESS_SECONDS: Final = 86_400
_CODE_SECONDS: Final = 20 * 60
_REFRESH_SECONDS: Final = 90 * 86_400


class Denied(Exception):
    """A token request that is refused; `hint` as the vendor writes it."""

    def __init__(self, hint: str, status: int = 400) -> None:
        super().__init__(hint)
        self.hint = hint
        self.status = status


@dataclass(frozen=True)
class App:
    """A private integration."""

    client_id: str
    secret: str
    redirect: str


@dataclass(frozen=True)
class Grant:
    """A pair of tokens; the refresh token works once."""

    access: str
    refresh: str
    user: int
    until: float
    refresh_until: float


@dataclass
class Access:
    """`grants` are all that are good or were; `asked` counts token requests."""

    app: App
    now: Callable[[], float]
    grants: list[Grant] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    codes: dict[str, tuple[int, float]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def code(self, user: int) -> str:
        """What the browser brings back; good for 20 minutes, once."""
        code = secrets.token_urlsafe(24)
        self.codes[code] = (user, self.now() + _CODE_SECONDS)
        return code

    def grant(self, user: int, seconds: float = ACCESS_SECONDS) -> Grant:
        """A pair for a user."""
        now = self.now()
        access = token(user, now + seconds)
        made = Grant(access, secrets.token_urlsafe(24), user, now + seconds, now + _REFRESH_SECONDS)
        self.grants.append(made)
        return made

    def who(self, access: str) -> int | None:
        """Whose token it is; None for one that is none, or has ended."""
        found = next((one for one in self.grants if one.access == access and one.until > self.now()), None)
        return found.user if found else None

    def exchange(self, said: dict[str, Any]) -> Grant:
        """`/oauth2/access_token`: a refresh token dies with its use."""
        self.asked.append(str(said.get("grant_type")))
        wanted = (self.app.client_id, self.app.secret, self.app.redirect)
        if (said.get("client_id"), said.get("client_secret"), said.get("redirect_uri")) != wanted:
            raise Denied("Client authentication failed", 401)
        match said.get("grant_type"):
            case "authorization_code":
                user, until = self.codes.pop(str(said.get("code")), (0, 0.0))
                if until <= self.now():
                    raise Denied("Authorization code has expired")
                return self.grant(user)
            case "refresh_token":
                refresh = str(said.get("refresh_token"))
                found = next((one for one in self.grants if one.refresh == refresh), None)
                if found is None or refresh in self.used or found.refresh_until <= self.now():
                    raise Denied("Token has been revoked", 401)
                self.used.add(refresh)
                return self.grant(found.user)
        raise Denied("The authorization grant type is not supported")

    def steal(self) -> None:
        """Somebody else used the newest refresh token: with that both tokens of the pair are worth nothing."""
        newest = self.grants.pop()
        self.used.add(newest.refresh)


def token(user: int, until: float) -> str:
    """A JWT whose signature nobody looks at here."""
    header = {"typ": "JWT", "alg": "RS256", "jti": secrets.token_hex(8)}
    claims = {"sub": str(user), "exp": int(until), "account_id": 7, "api_domain": "api-b.amocrm.ru"}
    parts = [base64.urlsafe_b64encode(msgspec.json.encode(one)).decode().rstrip("=") for one in (header, claims)]
    return ".".join([*parts, secrets.token_urlsafe(16)])
