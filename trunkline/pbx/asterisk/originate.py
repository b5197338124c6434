"""The AMI action that begins a call of ours: the agent's phone first, then the dialplan. No I/O here.

The channel gets an id of ours, by which its fate is found in the story whatever becomes of the answer. What the agent's
phone shows is the client; the dialplan gives the channel its agent back before it dials on.
"""

from trunkline.dialing.store import Order
from trunkline.pbx.asterisk.members import Ways

MOBILE_SECONDS = 15
"""A mobile network needs longer to ring, and who answers is asked for a 1."""
CONTEXT = "trunkline-dial"
"""In config/asterisk/extensions_trunkline.conf.example; the client's number is the extension there."""


def originate(order: Order, ways: Ways) -> dict[str, str]:
    """Needs `write = originate` and nothing else. `Async`: the answer says only that the order was understood."""
    variables = {
        "TRUNKLINE_DIAL": str(order.id),
        "TRUNKLINE_AGENT": order.agent,
        "TRUNKLINE_SHOW": order.line,
        "TRUNKLINE_SECONDS": str(order.longest_seconds),
    }
    seconds = order.ring_seconds + (MOBILE_SECONDS if order.forwarded else 0)
    shown = order.agent if order.forwarded else order.number  # no trunk is told a client's number as ours
    return {
        "Action": "Originate",
        "ChannelId": order.channel,
        "Channel": ways.interface_of(order.agent, forwarded=order.forwarded),
        "Context": CONTEXT,
        "Exten": order.number,
        "Priority": "1",
        "Timeout": str(seconds * 1000),
        "CallerID": f"{shown} <{shown}>",
        "Variable": ",".join(f"{name}={value}" for name, value in variables.items()),
        "Async": "true",
    }
