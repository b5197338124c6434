"""Machines of a network on this one: a namespace for each node, addresses of its bridge for all others.

A cut between a node and an address is silent, as a pulled cable is: what either sends the other vanishes, and nobody is
told. The node's frames go to a card that nobody has (a neighbour entry), the answers are dropped by a routing rule.
Needs root, and `ip` of iproute2.
"""

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

_NOBODY = "02:00:00:00:00:99"


@dataclass(frozen=True, slots=True)
class Network:
    """`name` begins the names of the bridge and the namespaces; `nodes` are ends of addresses by name."""

    name: str
    nodes: Mapping[str, int]

    def address(self, last: int) -> str:
        """The address that ends so; a run of its own number has a network of its own."""
        return f"10.77.{os.getpid() % 250}.{last}"

    def inside(self, node: str) -> tuple[str, ...]:
        """What stands before a command that runs on that node."""
        return ("ip", "netns", "exec", self.name + node)

    @contextmanager
    def cut(self, node: str, *addresses: str) -> Iterator[None]:
        """No way between the node and these addresses."""
        with ExitStack() as stack:
            for address in addresses:
                neighbour = f"-n {self.name}{node} neigh"
                _ip(f"{neighbour} replace {address} lladdr {_NOBODY} dev eth0 nud permanent")
                stack.callback(_ip, f"{neighbour} del {address} dev eth0")
                rule = f"from {address} to {self.address(self.nodes[node])} blackhole"
                _ip(f"rule add {rule}")
                stack.callback(_ip, f"rule del {rule}")
            yield


@contextmanager
def network(nodes: Mapping[str, int], servers: Sequence[int]) -> Iterator[Network]:
    """A network of these nodes, and of the ends of addresses that this machine itself has there."""
    made = Network(f"tl{os.getpid()}", nodes)
    with ExitStack() as stack:
        _ip(f"link add {made.name} type bridge")
        stack.callback(_ip, f"link del {made.name}")
        _ip(f"link set {made.name} up")
        for last, width in [(1, 24), *((server, 32) for server in servers)]:
            _ip(f"address add {made.address(last)}/{width} dev {made.name}")
        for node, last in nodes.items():
            _join(stack, made, node, last)
        yield made


def _join(stack: ExitStack, made: Network, node: str, last: int) -> None:
    space = made.name + node
    _ip(f"netns add {space}")
    stack.callback(_ip, f"netns del {space}")
    _ip(f"link add {space}x type veth peer name eth0 netns {space}")
    _ip(f"link set {space}x master {made.name} up")
    _ip(f"-n {space} address add {made.address(last)}/24 dev eth0")
    for device in ("lo", "eth0"):
        _ip(f"-n {space} link set {device} up")


def _ip(command: str) -> None:
    done = subprocess.run(["ip", *command.split()], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"ip {command}: {done.stderr.strip()}; the cluster's tests need root and iproute2"
