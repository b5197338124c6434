"""Who asks: incoming webhooks and OAuth applications (crm.md §2.1). The clock is an argument. No I/O here."""

import secrets
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from tests.fakes.bitrix24.answers import Refused
from tests.fakes.bitrix24.limits import Clock

CODE_SECONDS: Final = 30
ACCESS_SECONDS: Final = 3600
REFRESH_SECONDS: Final = 180 * 86400
ALL_SCOPES: Final = frozenset({"telephony", "crm", "user", "placement", "department", "call", "im"})


@dataclass
class Webhook:
    """An incoming one; an administrator's edit changes its code, it may have a date of expiry."""

    user: int
    code: str
    scopes: frozenset[str] = ALL_SCOPES
    is_enabled: bool = True
    expires_at: float = float("inf")


@dataclass(frozen=True)
class App:
    """A local application. `token` is what events are told by (`auth[application_token]`)."""

    id: int
    client_id: str
    secret: str
    token: str
    scopes: frozenset[str]
    title: str = "Trunkline"
    handler: str = ""
    """Its address, where the browser of who lets it in is sent with a code."""


@dataclass(frozen=True)
class Grant:
    """A pair of tokens."""

    app: App
    user: int
    access: str
    refresh: str
    expires_at: float


@dataclass(frozen=True)
class Who:
    """Whose rights a request has; no `app` for a webhook."""

    user: int
    scopes: frozenset[str]
    app: App | None = None

    @property
    def key(self) -> str:
        """What operating time and merged calls are counted by."""
        return self.app.client_id if self.app else f"webhook:{self.user}"


def _refused(code: str, status: int = 400) -> Refused:
    """Errors of the token server (crm.md §2.1); statuses as in the vendor's b24pysdk, `_api_errors`."""
    return Refused(code, f"{code} (of the token server)", status)


@dataclass
class Access:
    """`url` is the portal's, `has_paid` whether applications are paid for."""

    now: Clock
    url: str = ""
    member_id: str = "a223c6b9410f85df78e9377d6c4f7213"
    has_paid: bool = True
    webhooks: list[Webhook] = field(default_factory=list)
    apps: dict[str, App] = field(default_factory=dict)
    grants: list[Grant] = field(default_factory=list)
    _codes: dict[str, tuple[App, int, float]] = field(default_factory=dict)

    def add_webhook(self, user: int, scopes: frozenset[str] = ALL_SCOPES) -> Webhook:
        """A new one; its address is `{url}rest/{user}/{code}/`."""
        self.webhooks.append(Webhook(user, secrets.token_hex(8), scopes))
        return self.webhooks[-1]

    def add_app(self, scopes: frozenset[str] = ALL_SCOPES) -> App:
        """A local application, installed."""
        number = len(self.apps) + 1
        app = App(number, f"local.{secrets.token_hex(7)}", secrets.token_hex(25), secrets.token_hex(16), scopes)
        self.apps[app.client_id] = app
        return app

    def code(self, app: App, user: int) -> str:
        """What the browser brings back from `/oauth/authorize/`."""
        code = secrets.token_hex(16)
        self._codes[code] = (app, user, self.now() + CODE_SECONDS)
        return code

    def way_back(self, client_id: str, state: str, user: int) -> str:
        """Where `/oauth/authorize/` sends the browser of a user who lets the application in (the vendor's page on it).

        Raises Refused.
        """
        app = self.apps.get(client_id)
        if app is None or not app.handler:
            raise _refused("invalid_client")
        told = self.told(Grant(app, user, "", "", 0.0))
        said = {"code": self.code(app, user), "state": state, "domain": told["domain"], "member_id": self.member_id}
        return f"{app.handler}?{urlencode(said | {'scope': told['scope'], 'server_domain': 'oauth.bitrix24.tech'})}"

    def grant(self, app: App, user: int) -> Grant:
        """New tokens, as an event or an installation brings them; the older ones stay good."""
        self.grants.append(
            Grant(app, user, secrets.token_hex(35), secrets.token_hex(35), self.now() + ACCESS_SECONDS),
        )
        return self.grants[-1]

    def steal(self, grant: Grant) -> Grant:
        """Somebody else refreshes with the refresh token: it is replaced, and ours is good for nothing."""
        return self._replaced(grant)

    def revoke(self, app: App) -> None:
        """The application is removed, or its tokens are: none of them is known any more."""
        self.grants = [one for one in self.grants if one.app != app]

    def _replaced(self, grant: Grant) -> Grant:
        new = self.grant(grant.app, grant.user)
        at = self.grants.index(grant)
        self.grants[at] = Grant(grant.app, grant.user, grant.access, "", grant.expires_at)
        return new

    def by_webhook(self, user: str, code: str) -> Who:
        """Raises Refused `NO_AUTH_FOUND` for a code that is unknown, disabled or expired."""
        for hook in self.webhooks:
            if (str(hook.user), hook.code) == (user, code) and hook.is_enabled and self.now() < hook.expires_at:
                return Who(hook.user, hook.scopes)
        raise Refused("NO_AUTH_FOUND")

    def by_token(self, token: str) -> Who:
        """Raises Refused `NO_AUTH_FOUND`, `expired_token`."""
        for grant in self.grants:
            if token and grant.access == token:
                if self.now() >= grant.expires_at:
                    raise Refused("expired_token")
                return Who(grant.user, grant.app.scopes, grant.app)
        raise Refused("NO_AUTH_FOUND")

    def exchange(self, form: dict[str, Any]) -> dict[str, Any]:
        """`/oauth/token/`: a code, or a refresh token, for new tokens. Raises Refused."""
        app = self.apps.get(str(form.get("client_id")))
        if app is None or not secrets.compare_digest(app.secret, str(form.get("client_secret", ""))):
            raise _refused("invalid_client")
        if not self.has_paid:
            raise _refused("PAYMENT_REQUIRED", 402)  # the code is crm.md §2.1's, the status is ours
        if form.get("grant_type") == "authorization_code":
            of, user, until = self._codes.pop(str(form.get("code")), (None, 0, 0.0))
            if of != app or self.now() >= until:
                raise _refused("invalid_grant")
            return self.told(self.grant(app, user))
        if form.get("grant_type") == "refresh_token":
            token = str(form.get("refresh_token", ""))
            for grant in self.grants:
                is_old = self.now() >= grant.expires_at - ACCESS_SECONDS + REFRESH_SECONDS
                if token and grant.refresh == token and grant.app == app and not is_old:
                    return self.told(self._replaced(grant))
            raise _refused("invalid_grant")
        raise _refused("invalid_request")

    def told(self, grant: Grant) -> dict[str, Any]:
        """Tokens as the token server answers them; the `auth` of an event has the same and `application_token`."""
        return {
            "access_token": grant.access,
            "expires": int(grant.expires_at),
            "expires_in": ACCESS_SECONDS,
            "scope": ",".join(sorted(grant.app.scopes)),
            "domain": self.url.removeprefix("http://").rstrip("/"),
            "server_endpoint": f"{self.url}rest/",
            "status": "L",
            "client_endpoint": f"{self.url}rest/",
            "member_id": self.member_id,
            "user_id": grant.user,
            "refresh_token": grant.refresh,
        }
