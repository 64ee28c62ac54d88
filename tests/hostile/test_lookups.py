"""Whatever name somebody writes into a message, nobody waits for a name server that is silent."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.hostile.attack import Attack
from tests.sip.message import sdp

NAME_SERVER = ("127.0.0.99", 53)
INSIDE = 'mount --bind "$1" /etc/resolv.conf && shift && exec "$@"'
NAMES = ("no.such.name", "a" * 60, "localhost.example.", "xn--nxasmq6b", "1.2.3.4.5")


@pytest.mark.parametrize("address", ["IP4", "IP6"])
def test_the_system_s_resolver_is_asked_for_no_name(tmp_path: Path, address: str) -> None:
    resolv = tmp_path / "resolv.conf"
    resolv.write_text(f"nameserver {NAME_SERVER[0]}\noptions timeout:30\n")
    wrapper = ("unshare", "--mount", "sh", "-c", INSIDE, "sh", str(resolv))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(NAME_SERVER)
        silent.setblocking(False)
        with Attack(tmp_path, wrapper) as attack:
            for name in NAMES:
                body = sdp(4000).replace("c=IN IP4 127.0.0.1", f"c=IN {address} {name}")
                contact = f"Contact: <sip:server@{name}>\r\n".encode()
                attack.fire(
                    [
                        attack.inside(b"INVITE", b"", body.encode()),
                        attack.inside(b"UPDATE", contact, body.encode()),
                    ]
                )
            attack.still_talks()
        with pytest.raises(BlockingIOError):
            silent.recv(512)
