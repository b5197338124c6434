"""TLS to an AMI: which certificate is trusted, and in one sentence why it is not.

There is no way to trust every certificate. `trust` is empty (the CAs of this system), the path of a PEM file of CAs, or
the SHA-256 fingerprint of the one certificate that is right, whoever signed it and whatever name it carries.
"""

import hashlib
import ssl
from pathlib import Path
from string import hexdigits

from trunkline.pbx.asterisk.terms import Address, Fault, LinkDown
from trunkline.web.i18n import mark

PORT, TLS_PORT = 5038, 5039

_HOST = (
    mark("the certificate %(where)s shows is not for %(host)s"),
    mark("name the PBX here as its certificate does, or trust that certificate by its fingerprint: %(how)s"),
)
_DATED = (
    mark("the certificate %(where)s shows has expired, or is not valid yet"),
    mark("renew tlscertfile of manager.conf, then restart Asterisk; look at the clocks of both machines"),
)
_ISSUER = (
    mark("the certificate %(where)s shows is signed by nobody we trust (%(error)s)"),
    mark("trust the file of the CA that signed it, or that certificate by its fingerprint: %(how)s"),
)
_PINNED = (
    mark("the certificate %(where)s shows is not the trusted one: its fingerprint is %(seen)s"),
    mark("if the PBX was given a new certificate, compare and trust that: %(how)s; if not, somebody is between"),
)
_PLAIN = (
    mark("%(where)s speaks no TLS"),
    mark("tlsenable and tlsbindaddr in manager.conf, and that port here (usually 5039); or no TLS here"),
)
_WANTS_TLS = (
    mark("%(where)s hangs up without a greeting, as a port for TLS does"),
    mark("turn TLS on for this PBX (trunkline pbx add … --tls), or name the port without it (usually 5038)"),
)
_FILE = (
    mark("the file of trusted certificates %(file)s cannot be used: %(error)s"),
    mark("name a PEM file of the CA that signed the PBX's certificate, and let Trunkline read it"),
)
_OTHER = (
    mark("TLS with %(where)s fails: %(error)s"),
    mark("look at tlscertfile, tlsprivatekey and tlscipher in manager.conf; it has to be TLS 1.2 or newer"),
)
_HOW = "openssl x509 -in asterisk.pem -noout -fingerprint -sha256"
_BY_CODE = {9: _DATED, 10: _DATED, 62: _HOST, 64: _HOST}  # X509_V_ERR_… of OpenSSL's x509_vfy.h
_NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST"})
_ALERT = b"\x15\x03"  # the record in which a TLS server refuses what is no TLS


def kept_trust(text: str) -> str | None:
    """`trust` as it is stored: a fingerprint in small letters without colons; None where it is nothing we know."""
    if (pin := _pin(text)) is not None:
        return pin
    return text if not text or (Path(text).is_absolute() and text.isprintable()) else None


def context_of(trust: str) -> ssl.SSLContext:
    """What a connection that trusts `trust` needs; reads the file anew each time. Raises LinkDown."""
    pinned = _pin(trust) is not None
    try:
        context = ssl.create_default_context(cafile=trust if trust and not pinned else None)
    except ssl.SSLError as error:
        raise LinkDown(_fault(_FILE, file=trust, error=_words(error))) from error
    except OSError as error:
        raise LinkDown(_fault(_FILE, file=trust, error=error.strerror or str(error))) from error
    # Python 3.13 wants key identifiers that ast_tls_cert does not write; signatures, dates and names are looked at.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if pinned:  # `stranger` compares the certificate itself before anything is said
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def stranger(address: Address, certificate: bytes | None) -> Fault | None:
    """Where one certificate is trusted and the PBX shows another."""
    pin = _pin(address.trust)
    if pin is None:
        return None
    seen = hashlib.sha256(certificate or b"").hexdigest()
    if seen == pin:
        return None
    pairs = ":".join(seen[at : at + 2] for at in range(0, len(seen), 2)).upper()
    return _fault(_PINNED, where=address.where, seen=pairs, how=_HOW)


def handshake_fault(address: Address, error: ssl.SSLError | ConnectionResetError) -> Fault:
    """Why no TLS came about."""
    if isinstance(error, ssl.SSLCertVerificationError):
        sentences = _BY_CODE.get(error.verify_code, _ISSUER)
        facts = {"host": address.host, "error": error.verify_message, "how": _HOW}
        return _fault(sentences, where=address.where, **facts)
    if isinstance(error, ConnectionResetError):
        return _fault(_OTHER, where=address.where, error="it hung up")
    if error.reason in _NO_TLS:
        return _fault(_PLAIN, where=address.where)
    return _fault(_OTHER, where=address.where, error=_words(error))


def silence_fault(address: Address, heard: bytes) -> Fault | None:
    """When a connection without TLS ended and `heard` is all that came: was it a port for TLS?"""
    wants = not address.tls and (not heard or heard.startswith(_ALERT))
    return _fault(_WANTS_TLS, where=address.where) if wants else None


def _pin(trust: str) -> str | None:
    """The fingerprint `trust` is, if it is one; openssl writes `sha256 Fingerprint=AA:BB:…`."""
    bare = trust.rpartition("=")[2].replace(":", "").strip().lower()
    return bare if len(bare) == 64 and set(bare) <= set(hexdigits) else None


def _words(error: ssl.SSLError) -> str:
    return (error.reason or str(error)).replace("_", " ").lower()


def _fault(sentences: tuple[str, str], **facts: str) -> Fault:
    return Fault(*sentences, facts)
