"""AMI frames as call events: a table of event names, one function each. No I/O here.

Fields as documented by Asterisk 22 (`manager show event NAME`); read classes `call` and `agent`. One frame may tell two
calls something: a transfer or a pick-up ends one call as a part of another.
"""

from collections.abc import Callable, Iterator, Mapping

from trunkline.calls import what as w
from trunkline.calls.events import Event, Source
from trunkline.calls.what import AnyWhat, TransferKind
from trunkline.pbx.asterisk import cel
from trunkline.pbx.asterisk.framing import decode, frame_id
from trunkline.pbx.asterisk.headers import LINE, Headers, Told, age, micros, told_by_dialplan

_PREFIX = b"Event: "
_RINGING, _UP = "5", "6"


def events_of(pbx: str, frame: bytes, heard_at: int) -> tuple[Event, ...]:
    """What one whole frame tells about calls: usually one event or none.

    `heard_at` (µs) stands in for the `Timestamp` that `timestampevents=yes` gives.
    """
    if not frame.startswith(_PREFIX):
        return ()
    tell = _TABLE.get(frame[7 : frame.find(b"\r", 7)])
    if tell is None:
        return ()
    headers = Headers(decode(frame))
    is_journal = tell is cel.told
    at = micros(headers["EventTime" if is_journal else "Timestamp"]) or heard_at
    source = Source.LEDGER if is_journal else Source.LIVE
    name = frame_id(frame)
    return tuple(
        Event(pbx, linkedid, leg, channel, at, bytes((name[0] ^ index, *name[1:])), source, what)
        for index, (linkedid, leg, channel, what) in enumerate(tell(headers))
        if linkedid
    )


def _newchannel(h: Headers) -> Iterator[Told]:
    kind = w.CallStarted if h["Uniqueid"] == h["Linkedid"] else w.LegStarted
    yield h.told(
        kind(
            number=h["CallerIDNum"],
            name=h["CallerIDName"],
            exten=h["Exten"],
            context=h["Context"],
            account=h["AccountCode"],
        )
    )


def _newstate(h: Headers) -> Iterator[Told]:
    if h["ChannelState"] == _RINGING:
        yield h.told(w.Ringing())
    elif h["ChannelState"] == _UP:
        yield h.told(w.Answered())


def _dial_begin(h: Headers) -> Iterator[Told]:
    what = w.Dialed(to=h["DestUniqueid"], channel=h["DestChannel"], number=h["DestCallerIDNum"], string=h["DialString"])
    yield h["Linkedid"] or h["DestLinkedid"], h["Uniqueid"], h["Channel"], what


def _dial_state(h: Headers) -> Iterator[Told]:
    if h["DialStatus"] == "RINGING":
        yield h.told(w.Ringing(), "Dest")
    elif h["DialStatus"] == "PROGRESS":
        yield h.told(w.Progressed(), "Dest")


def _dial_end(h: Headers) -> Iterator[Told]:
    what = w.DialEnded(to=h["DestUniqueid"], status=h["DialStatus"], forward=h["Forward"])
    yield h["Linkedid"] or h["DestLinkedid"], h["Uniqueid"], h["Channel"], what


def _bridge_enter(h: Headers) -> Iterator[Told]:
    if h["BridgeTechnology"] != "holding_bridge":
        yield h.told(
            w.Joined(
                bridge=h["BridgeUniqueid"],
                technology=h["BridgeTechnology"],
                number=h["CallerIDNum"],
                name=h["CallerIDName"],
            )
        )
    yield from _recording(h)


def _bridge_leave(h: Headers) -> Iterator[Told]:
    if h["BridgeTechnology"] != "holding_bridge":
        yield h.told(w.Left(bridge=h["BridgeUniqueid"]))


def _show_channel(h: Headers) -> Iterator[Told]:
    """A row of CoreShowChannels, asked for when the link comes up: what lives already."""
    yield h.told(w.Found(number=h["CallerIDNum"], name=h["CallerIDName"], exten=h.variable("TRUNKLINE_LINE")))
    yield from _newstate(h)
    if bridge := h["BridgeId"]:
        yield h.told(w.Joined(bridge=bridge, number=h["CallerIDNum"], name=h["CallerIDName"]))


def _hangup(h: Headers) -> Iterator[Told]:
    yield h.told(w.Ended(cause=h.number("Cause")))
    yield from _recording(h)


def _recording(h: Headers) -> Iterator[Told]:
    if file := h.variable("MIXMONITOR_FILENAME"):
        yield h.told(w.Recorded(file=file))


def _queue_join(h: Headers) -> Iterator[Told]:
    yield h.told(w.Queued(queue=h["Queue"], position=h.number("Position")))


def _queue_abandon(h: Headers) -> Iterator[Told]:
    yield h.told(w.Abandoned(queue=h["Queue"], waited=h.number("HoldTime")))


def _agent_called(h: Headers) -> Iterator[Told]:
    yield h.told(w.AgentCalled(queue=h["Queue"], agent=h["Interface"], name=h["MemberName"], to=h["DestUniqueid"]))


def _agent_connect(h: Headers) -> Iterator[Told]:
    yield h.told(
        w.AgentConnected(
            queue=h["Queue"],
            agent=h["Interface"],
            name=h["MemberName"],
            to=h["DestUniqueid"],
            waited=h.number("HoldTime"),
            rang=h.number("RingTime"),
        )
    )


def _agent_missed(h: Headers) -> Iterator[Told]:
    yield h.told(w.AgentMissed(queue=h["Queue"], agent=h["Interface"], name=h["MemberName"], to=h["DestUniqueid"]))


def _blind_transfer(h: Headers) -> Iterator[Told]:
    what = w.Transferred(how=TransferKind.BLIND, result=h["Result"], exten=h["Extension"])
    yield h.told(what, "Transferer")


def _attended_transfer(h: Headers) -> Iterator[Told]:
    """The older call goes on with the party of the other one, which is over as a call of its own."""
    sides = [("OrigTransferer", "Transferee"), ("SecondTransferer", "TransferTarget")]
    if age(h["SecondTransfererLinkedid"]) < age(h["OrigTransfererLinkedid"]):
        sides.reverse()
    (first, _), (second, target) = sides
    consult = h[second + "Linkedid"]
    failed = h["Result"] not in {"", "Success"}
    kind = TransferKind.BLONDE if h["DestType"] == "App" else TransferKind.ATTENDED
    what = w.Transferred(
        how=kind,
        result=h["Result"],
        exten="" if h[target + "Uniqueid"] else h[second + "Exten"] or h[second + "ConnectedLineNum"],
        target="" if failed else h[target + "Uniqueid"],
        channel=h[target + "Channel"],
        number=h[target + "CallerIDNum"],
        name=h[target + "CallerIDName"],
        bridge="" if failed else h["DestBridgeUniqueid"],
        consult="" if consult == h[first + "Linkedid"] else consult,
    )
    yield h.told(what, first)
    if what.consult and not failed:
        yield h.told(w.Merged(into=h[first + "Linkedid"], why="transfer"), second)


def _pickup(h: Headers) -> Iterator[Told]:
    what = w.PickedUp(
        of=h["TargetUniqueid"], channel=h["TargetChannel"], number=h["CallerIDNum"], name=h["CallerIDName"]
    )
    yield h["TargetLinkedid"], h["Uniqueid"], h["Channel"], what
    if h["Linkedid"] != h["TargetLinkedid"]:
        yield h.told(w.Merged(into=h["TargetLinkedid"], why="pickup"))


def _user_event(h: Headers) -> Iterator[Told]:
    """Of the dialplan's own events those of notices and lines; anybody else's are no part of a story."""
    name = h["UserEvent"]
    what = told_by_dialplan(name, h["Line" if name == LINE else "Notice"])
    if what is not None:
        yield h.told(what)


def _one(make: Callable[[], AnyWhat]) -> Callable[[Headers], Iterator[Told]]:
    """An event that says nothing but that it happened to its channel."""

    def tell(h: Headers) -> Iterator[Told]:
        yield h.told(make())

    return tell


_TABLE: Mapping[bytes, Callable[[Headers], Iterator[Told]]] = {
    b"Newchannel": _newchannel,
    b"Newstate": _newstate,
    b"NewCallerid": lambda h: iter((h.told(w.Named(number=h["CallerIDNum"], name=h["CallerIDName"])),)),
    b"DialBegin": _dial_begin,
    b"DialState": _dial_state,
    b"DialEnd": _dial_end,
    b"BridgeEnter": _bridge_enter,
    b"BridgeLeave": _bridge_leave,
    b"Hold": _one(w.Held),
    b"Unhold": _one(w.Unheld),
    b"HangupRequest": lambda h: iter((h.told(w.HangupAsked(cause=h.number("Cause"))),)),
    b"Hangup": _hangup,
    b"QueueCallerJoin": _queue_join,
    b"QueueCallerLeave": lambda h: iter((h.told(w.QueueLeft(queue=h["Queue"])),)),
    b"QueueCallerAbandon": _queue_abandon,
    b"AgentCalled": _agent_called,
    b"AgentConnect": _agent_connect,
    b"AgentRingNoAnswer": _agent_missed,
    b"BlindTransfer": _blind_transfer,
    b"AttendedTransfer": _attended_transfer,
    b"Pickup": _pickup,
    b"CoreShowChannel": _show_channel,
    b"UserEvent": _user_event,
    b"CEL": cel.told,
}

TOLD_BY = frozenset(name.decode() for name in _TABLE)
"""The AMI events that become part of a call's story."""
