from __future__ import annotations

import hashlib
import select
import socket
import time
from collections.abc import Iterator

import pytest

from tests.bench.wire import PASSWORD, REALM, FarEnd, Silence, receive, stamped_socket

LOOPBACK = "127.0.0.1"


@pytest.fixture
def far_end() -> Iterator[FarEnd]:
    made = FarEnd(LOOPBACK)
    yield made
    made.close()


def register(phone: socket.socket, far_end: FarEnd, *headers: str, expires: int = 300) -> str:
    port = phone.getsockname()[1]
    lines = [
        f"REGISTER sip:{far_end.host} SIP/2.0",
        f"Via: SIP/2.0/UDP {LOOPBACK}:{port};branch=z9hG4bK1",
        f"From: <sip:1001@{far_end.host}>;tag=1",
        f"To: <sip:1001@{far_end.host}>",
        *("Call-ID: 1", "CSeq: 1 REGISTER"),
        f"Contact: <sip:1001@{LOOPBACK}:{port}>;expires={expires}",
        *headers,
        *("Content-Length: 0", "", ""),
    ]
    phone.sendto("\r\n".join(lines).encode(), (LOOPBACK, far_end.port))
    far_end.pump(0.05)
    answer = receive(phone)
    assert answer is not None
    return answer[0].decode()


def authorization(challenge: str, password: str) -> str:
    def md5(text: str) -> str:
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    nonce = challenge.partition('nonce="')[2].partition('"')[0]
    secret, request = md5(f"1001:{REALM}:{password}"), md5("REGISTER:sip:bench")
    response = md5(f"{secret}:{nonce}:{request}")
    return (
        f'Authorization: Digest username="1001", realm="{REALM}", nonce="{nonce}",'
        f' uri="sip:bench", response="{response}"'
    )


def test_a_datagram_is_stamped_when_it_arrives_and_not_when_it_is_read() -> None:
    receiver = stamped_socket(LOOPBACK)
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with receiver, sender:
        before = time.time()
        sender.sendto(b"x", receiver.getsockname())
        select.select([receiver], [], [], 5.0)
        arrived = time.time()
        time.sleep(0.05)
        found = receive(receiver)
        assert found is not None
        assert before <= found[2] <= arrived
        assert receive(receiver) is None


def test_a_phone_is_registered_with_the_password_and_only_with_it(far_end: FarEnd) -> None:
    with stamped_socket(LOOPBACK) as phone:
        challenge = register(phone, far_end)
        assert challenge.startswith("SIP/2.0 401")
        assert register(phone, far_end, authorization(challenge, "wrong")).startswith("SIP/2.0 401")
        assert not far_end.registrations
        accepted = register(phone, far_end, authorization(challenge, PASSWORD))
        assert accepted.startswith("SIP/2.0 200")
        assert far_end.registrations["1001"].source == phone.getsockname()
        register(phone, far_end, authorization(challenge, PASSWORD), expires=0)
        assert not far_end.registrations


def test_what_does_not_come_is_said_with_what_came_instead(
    far_end: FarEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.bench.wire.PATIENCE_S", 0.1)
    with stamped_socket(LOOPBACK) as phone:
        phone.sendto(b"SIP/2.0 404 Not Found\r\n\r\n", (LOOPBACK, far_end.port))
        with pytest.raises(Silence, match=r"INVITE from .*; seen: SIP/2.0 404 Not Found"):
            far_end.expect_request("INVITE", phone.getsockname())
