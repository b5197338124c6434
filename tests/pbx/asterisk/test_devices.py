"""What Asterisk says when a telephone signs on, signs off or cannot be reached, as recorded, and what we know then."""

import pytest

from trunkline.pbx.asterisk.devices import states_of
from trunkline.pbx.asterisk.framing import decode, split_frames
from trunkline.pbx.devices import DeviceState

_PJSIP = """Event: PeerStatus
Privilege: system,all
Timestamp: 1795706379.383254
ChannelType: PJSIP
Peer: PJSIP/109
PeerStatus: {peer}

Event: DeviceStateChange
Privilege: call,all
Timestamp: 1795706379.383513
Device: PJSIP/109
State: {state}

Event: ContactStatus
Privilege: system,all
Timestamp: 1795706379.383544
URI: sip:109@127.0.0.1:15109
ContactStatus: {contact}
AOR: 109
EndpointName: 109
RoundtripUsec: 0

"""
_CHAN_SIP = """Event: PeerStatus
Privilege: system,all
Timestamp: 1795706427.079193
ChannelType: SIP
Peer: SIP/109
PeerStatus: {peer}

Event: DeviceStateChange
Privilege: call,all
Timestamp: 1795706427.079247
Device: SIP/109
State: {state}

"""
_LISTED = """Event: DeviceStateChange
ActionID: 2
Device: PJSIP/109
State: UNAVAILABLE

Event: DeviceStateChange
ActionID: 2
Device: Queue:sales_pause_PJSIP/109
State: NOT_INUSE

"""


@pytest.mark.parametrize(
    ("said", "state"),
    [
        pytest.param(
            _PJSIP.format(peer="Reachable", state="NOT_INUSE", contact="NonQualified"),
            DeviceState.NOT_INUSE,
            id="PJSIP of 16 and 22 signs on",
        ),
        pytest.param(
            _PJSIP.format(peer="Unreachable", state="UNAVAILABLE", contact="Removed"),
            DeviceState.UNAVAILABLE,
            id="PJSIP of 16 and 22 signs off",
        ),
        pytest.param(
            _CHAN_SIP.format(peer="Registered", state="NOT_INUSE"), DeviceState.NOT_INUSE, id="chan_sip of 16 signs on"
        ),
        pytest.param(
            _CHAN_SIP.format(peer="Unregistered", state="UNAVAILABLE"),
            DeviceState.UNAVAILABLE,
            id="chan_sip of 16 signs off",
        ),
        pytest.param(_LISTED, DeviceState.UNAVAILABLE, id="listed after login, never signed on"),
    ],
)
def test_a_telephones_registration_is_its_device_state(said: str, state: DeviceState) -> None:
    frames, _ = split_frames(said.replace("\n", "\r\n").encode())

    assert states_of(decode(frame) for frame in frames if b"DeviceStateChange" in frame) == {"109": state}
