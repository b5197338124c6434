"""Google's token endpoint and its Data Manager API on loopback (calltracking.md §4.4).

What it takes, how it answers and what it counts is that of google/ads/datamanager/v1 in
github.com/googleapis/googleapis: ingestion_service.proto (paths, at most 2,000 events), event.proto and
destination.proto (fields, which are required), error.proto (reasons of a refusal of the whole request),
processing_errors.proto and request_status_per_destination.proto (what becomes of events later, by reason; an event
whose transaction id was taken before is DUPLICATE_TRANSACTION_ID, one with the click and the time of another
DUPLICATE_GCLID). A value is a number and needs a currency, of three letters (ISO 4217). Errors have Google's common
form (AIP-193: error.status, details with ErrorInfo and BadRequest); 64-bit numbers are strings (ProtoJSON). Tokens:
RFC 7523 §2.1 and §3, RFC 6749 §5 and §6; a service account's assertion is RS256, for
https://oauth2.googleapis.com/token, with a scope, and good for an hour at most, as Google's "OAuth 2.0 for server to
server applications" asks. The paths of fields in violations are our reading: the API's guide shows no full list.
"""

import base64
import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from yarl import URL

SCOPE = "https://www.googleapis.com/auth/datamanager"
_AUDIENCE = "https://oauth2.googleapis.com/token"
_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_EVENT = {"transactionId", "eventTimestamp", "adIdentifiers", "consent", "currency", "conversionValue", "eventSource"}
_SOURCES = {"WEB", "APP", "IN_STORE", "PHONE", "OTHER"}
_STATUS = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 429: "RESOURCE_EXHAUSTED"}


@dataclass
class GoogleAds:
    """`statuses` are answered to uploads before anything is looked at; `outcome` is what later becomes of an upload."""

    url: str = ""
    client: str = "exports@company.iam.gserviceaccount.com"
    conversion_actions: set[str] = field(default_factory=lambda: {"987654321"})
    statuses: list[int] = field(default_factory=list)
    token_statuses: list[int] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    asked: list[dict[str, str]] = field(default_factory=list)
    heard: list[dict[str, Any]] = field(default_factory=list)
    """Uploads that were taken."""
    outcome: str = "SUCCESS"
    bad_clicks: set[str] = field(default_factory=set)
    """Clicks it cannot decode, which it finds out later."""
    malformed: set[str] = field(default_factory=set)
    """Clicks for which it refuses the whole upload at once."""
    _key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    _taken: set[str] = field(default_factory=set)
    _uploads: dict[str, tuple[int, dict[str, int]]] = field(default_factory=dict)

    def key(self, **more: str) -> str:
        """The service account's key as the console saves it."""
        private = self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        told = {
            "type": "service_account",
            "project_id": "company",
            "private_key_id": "k1",
            "private_key": private.decode(),
        }
        return json.dumps(told | {"client_email": self.client, "token_uri": _AUDIENCE} | more, indent=2)

    def moved(self, url: str) -> str:
        """Google's address at the fake."""
        return self.url.rstrip("/") + str(URL(url, encoded=True).raw_path_qs)

    async def token(self, request: web.Request) -> web.Response:
        """`POST /token`: an access token for an assertion or a refresh token."""
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.asked.append(form)
        if self.token_statuses:
            return web.Response(status=self.token_statuses.pop(0), text="no")
        refreshed = form.get("grant_type") == "refresh_token" and form.get("refresh_token") == "1//refresh"
        wrong = "" if refreshed else self._faults(form)
        if wrong:
            return web.json_response({"error": "invalid_grant", "error_description": wrong}, status=400)
        token = f"ya29.{len(self.asked)}"
        self.tokens.add(token)
        return web.json_response({"access_token": token, "expires_in": 3599, "token_type": "Bearer"})

    def _faults(self, form: dict[str, str]) -> str:
        head, claims, signature = form.get("assertion", "..").split(".")
        if form.get("grant_type") != _BEARER or not signature:
            return "Bad Request"
        try:
            signed = f"{head}.{claims}".encode()
            self._key.public_key().verify(_raw(signature), signed, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return "Invalid JWT Signature."
        header, told = json.loads(_raw(head)), json.loads(_raw(claims))
        now = time.time()
        right = (
            header["alg"] == "RS256" and header["kid"] == "k1" and told["iss"] == self.client
            and told["aud"] == _AUDIENCE and told["scope"] == SCOPE
            and now - 300 < told["iat"] <= now + 300 and now < told["exp"] <= told["iat"] + 3600
        )  # fmt: skip
        return (
            ""
            if right
            else "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe."
        )

    async def ingest(self, request: web.Request) -> web.Response:
        """`POST /v1/events:ingest`: the whole of it or nothing."""
        if self.statuses:
            return _error(self.statuses.pop(0))
        if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.tokens:
            return _error(401)
        body = json.loads(await request.read())
        violations = list(self._violations(body))
        if violations:
            return _error(400, violations)
        number = f"r-{len(self._uploads) + 1}"
        if not body.get("validateOnly"):
            self.heard.append(body)
            self._uploads[number] = (len(body["events"]), self._process(body["events"]))
        return web.json_response({"requestId": number})

    def _violations(self, body: dict[str, Any]) -> list[tuple[str, str]]:
        found = [
            (name, "INVALID_ARGUMENT") for name in set(body) - {"destinations", "events", "consent", "validateOnly"}
        ]
        destinations, events = body.get("destinations", []), body.get("events", [])
        if not 1 <= len(destinations) <= 10:
            found.append(("destinations", "TOO_MANY_DESTINATIONS" if destinations else "REQUIRED_FIELD_MISSING"))
        for place, one in enumerate(destinations):
            account = one.get("operatingAccount", {})
            if account.get("accountType") != "GOOGLE_ADS" or not re.fullmatch(r"\d{10}", account.get("accountId", "")):
                found.append((f"destinations.destinations[{place}].operating_account", "INVALID_DESTINATION"))
            if one.get("productDestinationId") not in self.conversion_actions:
                path = f"destinations.destinations[{place}].product_destination_id"
                found.append((path, "INVALID_CONVERSION_ACTION_ID"))
        if not 1 <= len(events) <= 2000:
            found.append(("events", "TOO_MANY_EVENTS" if events else "REQUIRED_FIELD_MISSING"))
        for place, one in enumerate(events):
            found += [(f"events.events[{place}].{path}", reason) for path, reason in _event(one)]
            if self.malformed & set(one.get("adIdentifiers", {}).values()):
                found.append((f"events.events[{place}].ad_identifiers.gclid", "INVALID_FORMAT"))
        return found

    def _process(self, events: list[dict[str, Any]]) -> dict[str, int]:
        errors: dict[str, int] = {}
        for one in events:
            name, click = one.get("transactionId", ""), next(iter(one["adIdentifiers"].values()))
            moment = f"{click} {one['eventTimestamp'][:19]}"
            reason = "INVALID_GCLID" if click in self.bad_clicks else ""
            reason = "DUPLICATE_GCLID" if moment in self._taken else reason
            reason = "DUPLICATE_TRANSACTION_ID" if name in self._taken else reason
            if reason:
                errors[reason] = errors.get(reason, 0) + 1
            else:
                self._taken |= {name, moment}
        return errors

    async def status(self, request: web.Request) -> web.Response:
        """`GET /v1/requestStatus:retrieve?requestId=…`."""
        if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.tokens:
            return _error(401)
        if request.query.get("requestId", "") not in self._uploads:
            return _error(400, [("request_id", "INVALID_REQUEST_ID")])
        count, errors = self._uploads[request.query["requestId"]]
        told: dict[str, Any] = {"requestStatus": self.outcome, "eventsIngestionStatus": {"recordCount": str(count)}}
        if errors and self.outcome == "SUCCESS":
            counts = [{"recordCount": str(n), "reason": f"PROCESSING_ERROR_REASON_{r}"} for r, n in errors.items()]
            told |= {"requestStatus": "FAILED" if sum(errors.values()) == count else "PARTIAL_SUCCESS"}
            told |= {"errorInfo": {"errorCounts": counts}}
        return web.json_response({"requestStatusPerDestination": [told]})


def _event(one: dict[str, Any]) -> list[tuple[str, str]]:
    found = [(name, "INVALID_ARGUMENT") for name in sorted(set(one) - _EVENT)]
    try:
        datetime.strptime(one["eventTimestamp"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    except (KeyError, ValueError):
        found.append(("event_timestamp", "INVALID_FORMAT" if "eventTimestamp" in one else "REQUIRED_FIELD_MISSING"))
    clicks = one.get("adIdentifiers", {})
    if not clicks or set(clicks) - {"gclid", "gbraid", "wbraid"} or not all(clicks.values()):
        found.append(("ad_identifiers", "NO_IDENTIFIERS_PROVIDED"))
    if "conversionValue" in one and not isinstance(one["conversionValue"], int | float):
        found.append(("conversion_value", "INVALID_NUMBER_FORMAT"))
    if "conversionValue" in one and not re.fullmatch("[A-Z]{3}", one.get("currency", "")):
        found.append(("currency", "INVALID_CURRENCY_CODE"))
    if one.get("eventSource", "WEB") not in _SOURCES:
        found.append(("event_source", "INVALID_ENUM_VALUE"))
    return found


def _error(status: int, violations: list[tuple[str, str]] | None = None) -> web.Response:
    info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "domain": "datamanager.googleapis.com"}
    info |= {"reason": _STATUS.get(status, "INTERNAL_ERROR")}
    details: list[dict[str, Any]] = [info]
    if violations:
        fields = [
            {"field": path, "description": "There was a problem.", "reason": reason} for path, reason in violations
        ]
        details.append({"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": fields})
    message = "There was a problem with the request."
    error = {"code": status, "message": message, "status": _STATUS.get(status, "UNAVAILABLE"), "details": details}
    return web.json_response({"error": error}, status=status)


def _raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@asynccontextmanager
async def google_ads() -> AsyncIterator[GoogleAds]:
    """A running one."""
    fake = GoogleAds()
    app = web.Application(client_max_size=10 << 20)
    app.router.add_post("/token", fake.token)
    app.router.add_post("/v1/events:ingest", fake.ingest)
    app.router.add_get("/v1/requestStatus:retrieve", fake.status)
    async with TestServer(app) as server:
        fake.url = str(server.make_url("/"))
        yield fake
