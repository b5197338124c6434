"""The second factor: RFC 6238 codes, each good once, and recovery codes for a lost phone."""

import base64
import io
import secrets
from uuid import UUID

import pyotp
import segno

from trunkline.crypto import SecretBox
from trunkline.db.types import Connection
from trunkline.people.statements import QUERIES

STEP_SECONDS = 30
_ISSUER = "Trunkline"
_RECOVERY_CODES = 10
_RECOVERY_BYTES = 10
_DIGITS = 6


def matching_step(secret: str, code: str, now: float) -> int | None:
    """The 30-second step `code` belongs to, the present one or a neighbour (clocks differ); None for a wrong code."""
    totp, present = pyotp.TOTP(secret), int(now) // STEP_SECONDS
    found = None
    for step in (present - 1, present, present + 1):
        if secrets.compare_digest(totp.generate_otp(step), code):
            found = step
    return found


def is_code(text: str) -> bool:
    """Whether it looks like an authenticator's code rather than a recovery code."""
    return len(text) == _DIGITS and text.isascii() and text.isdigit()


def enrolment_uri(secret: str, login: str) -> str:
    """What the QR code says to the authenticator."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=_ISSUER)


def qr_svg(text: str) -> str:
    """`text` as an SVG picture without a style or script in it."""
    drawing = io.BytesIO()
    segno.make(text, error="m").save(
        drawing, kind="svg", xmldecl=False, svgns=False, scale=4, border=2, light="#fff", dark="#000"
    )
    return drawing.getvalue().decode()


async def propose(connection: Connection, box: SecretBox, person: UUID) -> None:
    """A new secret that counts once its first code was right; replaces one that was never confirmed."""
    await connection.execute(QUERIES["propose_totp"], person, box.seal(pyotp.random_base32().encode()))


async def proposed(connection: Connection, box: SecretBox, person: UUID) -> str | None:
    """The secret that waits for its first code."""
    row = await connection.fetchrow(QUERIES["totp_of"], person)
    return box.open(row["totp_pending"]).decode() if row and row["totp_pending"] else None


async def confirm(connection: Connection, box: SecretBox, person: UUID, code: str, now: float) -> list[str] | None:
    """Make the proposed secret the person's; returns fresh recovery codes, to be shown once; None for a wrong code."""
    row = await connection.fetchrow(QUERIES["totp_of"], person)
    if row is None or row["totp_pending"] is None:
        return None
    step = matching_step(box.open(row["totp_pending"]).decode(), squeezed(code), now)
    if step is None or not await connection.fetchval(QUERIES["confirm_totp"], person, step, row["totp_pending"]):
        return None
    return await _renew_recovery_codes(connection, box, person)


async def drop(connection: Connection, person: UUID) -> None:
    """No second factor and no recovery codes any more."""
    await connection.execute(QUERIES["drop_totp"], person)
    await connection.execute(QUERIES["drop_recovery_codes"], person)


async def spend(connection: Connection, box: SecretBox, person: UUID, shown: str, now: float) -> bool:
    """Whether `shown` is a right code or recovery code not used before; it is used up by this."""
    shown = squeezed(shown)
    if not is_code(shown):
        code = _recovery_hash(box, person, shown)
        return await connection.fetchval(QUERIES["spend_recovery_code"], person, code) is not None
    row = await connection.fetchrow(QUERIES["totp_of"], person)
    if row is None or row["totp_secret"] is None:
        return False
    step = matching_step(box.open(row["totp_secret"]).decode(), shown, now)
    return step is not None and await connection.fetchval(QUERIES["spend_step"], person, step) is not None


async def recovery_codes_left(connection: Connection, person: UUID) -> int:
    """How many recovery codes were not used."""
    left: int = await connection.fetchval(QUERIES["count_recovery_codes"], person)
    return left


def squeezed(shown: str) -> str:
    """A code as people type it, without spaces and dashes, lower case."""
    return "".join(shown.split()).replace("-", "").lower()


async def _renew_recovery_codes(connection: Connection, box: SecretBox, person: UUID) -> list[str]:
    codes = [base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode().lower() for _ in range(_RECOVERY_CODES)]
    await connection.execute(QUERIES["drop_recovery_codes"], person)
    await connection.executemany(
        QUERIES["add_recovery_code"], [(person, _recovery_hash(box, person, code)) for code in codes]
    )
    return [f"{code[:4]}-{code[4:8]}-{code[8:12]}-{code[12:]}" for code in codes]


def _recovery_hash(box: SecretBox, person: UUID, code: str) -> bytes:
    return box.sign("recovery code", person.bytes + code.encode())
