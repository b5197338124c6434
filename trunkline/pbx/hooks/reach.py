"""Whether our address answers when asked as a provider asks it: by its name, through the proxy, with TLS looked at.

What is wrong with a certificate is said in plain words, each with its remedy. The codes are OpenSSL's (x509_vfy.h).
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

import aiohttp

from trunkline.crypto import SecretBox
from trunkline.pbx.hooks.probe import ANSWER, probe_secret
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark

_SECONDS: Final = 5.0

_EXPIRED = (
    mark("its certificate has expired"),
    mark("have it renewed (Caddy does so by itself, for nginx the timer of certbot), then reload the proxy"),
)
_EARLY = (
    mark("its certificate is not valid yet"),
    mark("look at the clocks of this machine and of the proxy's"),
)
_OWN = (
    mark("its certificate was made by yourself: no PBX in the cloud trusts it"),
    mark("get one of a public authority for %(host)s: Caddy does so by itself, for nginx certbot does"),
)
_CHAIN = (
    mark("who signed its certificate is not trusted, or the certificates between are not sent"),
    mark("give the proxy the whole chain (fullchain.pem of certbot), signed by a public authority"),
)
_HOST = (
    mark("its certificate is not for the name %(host)s"),
    mark("get one for %(host)s, or set server.public_url to the name the certificate is for"),
)
_OTHER = (
    mark("its certificate is not valid: %(reason)s"),
    mark("get one of a public authority for %(host)s: Caddy does so by itself, for nginx certbot does"),
)
_PLAIN = (
    mark("what answers there speaks no TLS, or none a PBX could speak: %(reason)s"),
    mark("put the proxy with its certificate before listen.question, as config/proxy/ shows"),
)
_BY_CODE: Final[Mapping[int, tuple[str, str]]] = MappingProxyType(
    {9: _EARLY, 10: _EXPIRED, 18: _OWN, 19: _CHAIN, 20: _CHAIN, 21: _CHAIN, 62: _HOST, 64: _HOST}
)


@dataclass(frozen=True, slots=True)
class Reached:
    """What came of asking: `fault` is empty where our address answered as it should; `remedy` where it is the usual."""

    fault: str = ""
    remedy: str = ""


async def reach(base: str, provider: str, box: SecretBox, now: datetime) -> Reached:
    """Ask our address of this provider below `base`, with a secret that opens nothing."""
    address = f"{base}/router/v1/hooks/{provider}/{probe_secret(box, now.timestamp())}"
    try:
        timeout = aiohttp.ClientTimeout(total=_SECONDS)
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(address, allow_redirects=False) as got,
        ):
            if got.status == 200 and await got.content.read(100) == ANSWER:
                return Reached()
            return Reached(_("it answers %(status)s") % {"status": got.status})
    except aiohttp.ClientConnectorCertificateError as error:
        return _untrusted(error.certificate_error, base)
    except ssl.SSLError as error:
        return _told(_PLAIN, base, getattr(error, "reason", None) or type(error).__name__)
    except TimeoutError:
        return Reached(_("it does not answer within %(seconds)s s") % {"seconds": int(_SECONDS)})
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return Reached(str(error) or type(error).__name__)


def _untrusted(error: Exception, base: str) -> Reached:
    code, reason = getattr(error, "verify_code", 0), getattr(error, "verify_message", type(error).__name__)
    return _told(_BY_CODE.get(code, _OTHER), base, reason)


def _told(sentences: tuple[str, str], base: str, reason: str) -> Reached:
    facts = {"host": urlsplit(base).hostname or base, "reason": reason}
    fault, remedy = (_(sentence) % facts for sentence in sentences)
    return Reached(fault, remedy)
