"""Why a mailbox could not be read, in words for who set it up. No I/O here."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from trunkline.web.i18n import mark


class Problem(StrEnum):
    """What went wrong."""

    SIGN_IN = "sign_in"
    FOLDER = "folder"
    TLS = "tls"
    NEEDS_TLS = "needs_tls"
    FORBIDDEN = "forbidden"
    UNREACHABLE = "unreachable"
    SILENT = "silent"
    CLOSED = "closed"
    PROTOCOL = "protocol"
    KEY = "key"


FOR_A_PERSON: Final = frozenset(
    (Problem.SIGN_IN, Problem.FOLDER, Problem.TLS, Problem.NEEDS_TLS, Problem.FORBIDDEN, Problem.KEY)
)
"""What does not pass by itself."""

WORDS: Final[Mapping[Problem, str]] = {
    Problem.SIGN_IN: mark("The server refuses the login or the password; many want a password for programs here"),
    Problem.FOLDER: mark("There is no such folder"),
    Problem.TLS: mark("The server's certificate is not believed, or it speaks no TLS at this port"),
    Problem.NEEDS_TLS: mark("Without TLS only a server on this computer is read"),
    Problem.FORBIDDEN: mark("Its address is a private one that the settings do not allow"),
    Problem.UNREACHABLE: mark("The server is not reached"),
    Problem.SILENT: mark("The server does not answer"),
    Problem.CLOSED: mark("The server broke the connection off"),
    Problem.PROTOCOL: mark("The server's answer is not understood"),
    Problem.KEY: mark("The password was sealed with another key: write it anew"),
}
