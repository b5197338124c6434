"""Which addresses are of the world: one within another is looked at as well, whatever way it is written."""

import pytest

from trunkline.webhooks.address import AddressRules

_LOCAL = ("127.0.0.1", "10.1.2.3", "169.254.169.254", "192.168.0.1")
_WORLD = ("93.184.215.14", "2606:2800:21f::15", "64:ff9b::5db8:d70e", "::ffff:93.184.215.14")


@pytest.mark.parametrize("inner", _LOCAL)
@pytest.mark.parametrize("written", ["{}", "::ffff:{}", "64:ff9b::{}", "64:ff9b:1::{}", "::ffff:0:{}", "::{}"])
def test_a_private_address_is_refused_within_another_too(written: str, inner: str) -> None:
    assert not AddressRules(()).permits(written.format(inner))


@pytest.mark.parametrize(
    "address",
    [
        "2002:7f00:1::1",  # 6to4 of 127.0.0.1
        "2002:a9fe:a9fe::",  # 6to4 of 169.254.169.254
        "2001:0:5db8:d70e::80ff:fffe",  # Teredo of 127.0.0.1
        "fec0::1",
        "fe80::1%eth0",
        "fd00::1",
        "ff0e::1",
    ],
)
def test_what_leads_elsewhere_is_refused(address: str) -> None:
    assert not AddressRules(()).permits(address)


@pytest.mark.parametrize("address", _WORLD)
def test_the_world_is_open(address: str) -> None:
    assert AddressRules(()).permits(address)


@pytest.mark.parametrize("network", ["64:ff9b:1::/48", "64:ff9b::/96"])
def test_a_network_that_the_settings_name_is_open(network: str) -> None:
    address = network.partition("/")[0] + "10.1.2.3"

    assert AddressRules((network,)).permits(address)
    assert not AddressRules(("172.16.0.0/12",)).permits(address)
