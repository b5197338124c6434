"""What pages and commands say of hosted PBXs. No I/O here."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from trunkline.pbx.hooks.capabilities import Can, Routing
from trunkline.pbx.hooks.commanding import Fate
from trunkline.pbx.hooks.port import Verdict
from trunkline.web.i18n import mark

ROUTING: Final[Mapping[Routing, str]] = MappingProxyType(
    {
        Routing.REPLY: mark("It asks us, and our reply decides where a call goes."),
        Routing.NAMES: mark("It asks us who calls and who is responsible, and does the rest by itself."),
        Routing.COMMAND: mark("It tells us of a call, and a command of ours sends the call on."),
        Routing.EVENTS: mark("It only tells us of calls: where they go is said in its cabinet."),
    }
)

CAN: Final[Mapping[Can, tuple[str, str]]] = MappingProxyType(
    {
        Can.SIGNED: (
            mark("Its requests are signed, and the signature is looked at."),
            mark("Its requests are not signed: the secret address and the list of networks are all that proves them."),
        ),
        Can.NAME: (
            mark("It shows the caller's name that we give."),
            mark("It shows no caller's name of ours."),
        ),
        Can.STICKY: (
            mark("The client's own manager rings first; then it goes on by its cabinet."),
            mark("It cannot ring one extension for a while and then go on."),
        ),
        Can.GROUPS: (
            mark("It rings several extensions of our choice at once."),
            mark(
                "It rings no several extensions of our choice at once: the first of them rings. Make a scenario for it."
            ),
        ),
        Can.MOBILE: (
            mark("It calls outside numbers of our choice."),
            mark("It calls no outside number of our choice."),
        ),
        Can.CHALLENGE: (
            mark("It asks suspicious callers for a digit."),
            mark("It cannot ask a caller for a digit: the spam challenge is left out."),
        ),
        Can.REJECT: (mark("It refuses callers we name."), mark("It refuses nobody for us.")),
        Can.RINGING: (
            mark("It tells which extension rings: the card opens."),
            mark("It does not tell which extension rings: no card opens while it does."),
        ),
        Can.ANSWERED: (
            mark("It tells of an answer when it happens."),
            mark("It tells of an answer only when the call is over."),
        ),
        Can.OUTGOING: (mark("It tells of outgoing calls."), mark("It tells of no outgoing calls.")),
        Can.TRANSFERS: (
            mark("It tells who was passed on to whom."),
            mark("It does not tell of transfers: of a call that was passed on, only who had it last."),
        ),
        Can.HANGUP: (
            mark("It tells which side hung up."),
            mark("It does not tell which side ended a talk."),
        ),
        Can.ORIGINATE: (
            mark("Calls can be begun through it: click-to-call, callbacks."),
            mark("No call can be begun through it: click-to-call and callbacks need another PBX."),
        ),
        Can.HISTORY: (
            mark("Calls whose webhooks were lost are found in its history."),
            mark("Calls whose webhooks were all lost are only in its cabinet."),
        ),
        Can.RECORDINGS: (
            mark("Its recordings are fetched."),
            mark("Its recordings stay in its cabinet."),
        ),
        Can.PRESENCE: (
            mark("It tells which telephones are free."),
            mark("It does not tell which telephones are free: nobody is passed over for being busy."),
        ),
    }
)
"""Of what it has, and of what it lacks."""

VERDICTS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        Verdict.FITS.value: (mark("accepted"), "ok"),
        Verdict.GREETING.value: (mark("the address was checked"), "info"),
        Verdict.UNSIGNED.value: (mark("refused: not signed"), "bad"),
        Verdict.FORGED.value: (mark("refused: another signature, so a wrong secret"), "bad"),
        Verdict.ADDRESS.value: (mark("refused: from an address that is not in the list"), "bad"),
        Verdict.UNREADABLE.value: (mark("refused: no request of this provider"), "bad"),
        Verdict.SEALED.value: (mark("its secret cannot be opened: give it again"), "bad"),
        Fate.SENT.value: (mark("our command: taken"), "ok"),
        Fate.REFUSED.value: (mark("our command: refused"), "bad"),
        Fate.UNKNOWN.value: (mark("our command: no answer, not repeated"), "warn"),
        Fate.DROPPED.value: (mark("our command: not needed any more"), "info"),
    }
)
"""In a few words, and how grave it is."""
