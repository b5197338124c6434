"""Where the helper keeps its server and its token: a file of this user alone, on Windows sealed for him besides."""

import base64
import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec
from yarl import URL

from softphone_card.desktop import seal
from trunkline.web.i18n import gettext as _

_PRIVATE: Final = 0o600
_TOKEN_BEGINS: Final = "tl_"  # noqa: S105 - every token's
_LONGEST_TOKEN: Final = 200


class Unusable(Exception):
    """What was entered or is kept cannot serve; the text says what would."""


class Kept(msgspec.Struct, frozen=True):
    """The settings of a computer; `language` is empty for the system's."""

    address: str = ""
    token: str = ""
    language: str = ""

    def __repr__(self) -> str:
        return f"Kept({self.address!r})"


def folder() -> Path:
    """Where programs of this system keep what is a user's own."""
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or home / "AppData" / "Roaming") / "Trunkline"
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "Trunkline"
    return Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "trunkline-card"


def load(place: Path) -> Kept:
    """What is kept, or nothing yet; raises Unusable for a file that is none of ours."""
    path = place / "settings.json"
    try:
        content = path.read_bytes()
        if os.name == "posix" and path.stat().st_mode & 0o077:
            path.chmod(_PRIVATE)
        kept = msgspec.json.decode(content, type=Kept)
        token = seal.opened(base64.b64decode(kept.token)).decode() if kept.token else ""
    except FileNotFoundError:
        return Kept()
    except (OSError, ValueError) as error:  # msgspec's and base64's are ValueErrors
        raise Unusable(
            _("%(path)s cannot be read (%(error)s): delete it and connect again.") % {"path": path, "error": error}
        ) from error
    return msgspec.structs.replace(kept, token=token)


def keep(place: Path, kept: Kept) -> None:
    """Replace what is kept; the file is private from its first byte on."""
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    sealed = base64.b64encode(seal.sealed(kept.token.encode())).decode() if kept.token else ""
    content = msgspec.json.format(msgspec.json.encode(msgspec.structs.replace(kept, token=sealed)))
    handle, name = tempfile.mkstemp(dir=place, prefix=".settings-")  # made with mode 0600
    try:
        with open(handle, "wb") as file:  # noqa: PTH123 - a descriptor
            file.write(content)
        Path(name).replace(place / "settings.json")
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise


def forget(place: Path) -> None:
    """Keep nothing any more."""
    (place / "settings.json").unlink(missing_ok=True)


def address_of(text: str) -> str:
    """The server's address as it was typed or copied from a browser; raises Unusable."""
    text = text.strip()
    if "://" not in text:
        text = f"https://{text}"
    try:
        url = URL(text)
        if url.scheme in {"http", "https"} and url.host and not url.user:
            return str(url.origin())
    except ValueError:
        pass
    raise Unusable(_("The address is that of Trunkline in the browser, e.g. https://calls.example.com"))


def token_of(text: str) -> str:
    """A token as it was pasted; raises Unusable."""
    token = text.strip()
    if token.startswith(_TOKEN_BEGINS) and len(token) <= _LONGEST_TOKEN and token.isascii() and token.isprintable():
        return token
    raise Unusable(_("The token begins with tl_: copy it whole from Settings, Desktop helper."))
