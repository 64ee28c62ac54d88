"""The embedded PBX's own extensions, over real SIP and real RTP on loopback."""

from __future__ import annotations

import math
import socket
import struct
import time
from collections.abc import Callable
from itertools import pairwise

import pytest

from tests.demo.softphone import PATIENCE, Call, Dialog, Softphone, rtp

Phone = Callable[[str], Softphone]


def linear(octet: int) -> int:
    """Mu-law back to 14-bit-scaled linear, from G.711's own decision values."""
    octet = ~octet & 0xFF
    magnitude = (((octet & 0x0F) << 3) + 0x84 << (octet >> 4 & 7)) - 0x84
    return -magnitude if octet & 0x80 else magnitude


def power_at(samples: list[int], hertz: float) -> float:
    """Power of one frequency, as a share of the total (Goertzel's single bin)."""
    turn = 2.0 * math.pi * hertz / 8000.0
    real = sum(s * math.cos(turn * n) for n, s in enumerate(samples))
    imaginary = sum(s * math.sin(turn * n) for n, s in enumerate(samples))
    return 2.0 * (real**2 + imaginary**2) / len(samples) / sum(s * s for s in samples)


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def test_600_echoes_every_packet_under_a_source_of_its_own(phone: Phone) -> None:
    desk = phone("1001")
    call = Call(desk, "600")
    answer = call.outcome()
    assert answer.code == 200
    assert "m=audio" in answer.body
    remote = ("127.0.0.1", answer.media_port())
    sources = set()
    for n in range(50):
        sent = rtp(n, 160 * n, bytes([n]) * 160)
        desk.rtp.sendto(sent, remote)
        heard = desk.hear()
        assert heard[:8] + heard[12:] == sent[:8] + sent[12:]
        sources.add(heard[8:12])
    assert len(sources) == 1
    assert struct.pack("!I", 0x1234) not in sources
    assert call.hang_up().code == 200


def test_600_answers_with_one_codec_and_its_events(phone: Phone) -> None:
    desk = phone("1001")
    call = Call(desk, "600", desk.sdp(formats="96 0 8 101"))
    answer = call.outcome()
    assert "RTP/AVP 96 101\r\n" in answer.body
    assert "rtpmap:96 opus/48000/2" in answer.attributes()
    packet = rtp(1, 960, b"any opus frame", payload_type=96)
    desk.rtp.sendto(packet, ("127.0.0.1", answer.media_port()))
    assert desk.hear()[12:] == b"any opus frame"
    assert call.hang_up().code == 200


def test_600_returns_to_where_the_packets_come_from(phone: Phone) -> None:
    desk, elsewhere = phone("1001"), phone("1002")
    call = Call(desk, "600")
    remote = ("127.0.0.1", call.outcome().media_port())
    elsewhere.rtp.sendto(rtp(1, 160, b"behind a NAT"), remote)
    assert elsewhere.hear()[12:] == b"behind a NAT"
    assert call.hang_up().code == 200


@pytest.mark.parametrize(
    ("offered", "answered", "echoes"),
    [
        ("sendonly", "recvonly", False),
        ("inactive", "inactive", False),
        ("recvonly", "sendonly", True),
        ("sendrecv", "sendrecv", True),
    ],
)
def test_600_mirrors_hold_and_resumes(
    phone: Phone, offered: str, answered: str, echoes: bool
) -> None:
    desk = phone("1001")
    call = Call(desk, "600")
    remote = ("127.0.0.1", call.outcome().media_port())
    held = call.change(desk.sdp(offered, version=2))
    assert held.code == 200
    assert answered in held.attributes()
    desk.rtp.sendto(rtp(1, 160, b"held"), remote)
    assert call.ask("OPTIONS").code == 200
    resumed = call.change(desk.sdp("sendrecv", version=3))
    assert "sendrecv" in resumed.attributes()
    assert resumed.media_port() == remote[1]
    desk.rtp.sendto(rtp(2, 320, b"resumed"), remote)
    heard = [desk.hear()[12:]]
    if echoes:
        heard.append(desk.hear()[12:])
    assert heard == ([b"held", b"resumed"] if echoes else [b"resumed"])
    assert call.hang_up().code == 200


def test_600_gives_its_ports_back(phone: Phone) -> None:
    desk = phone("1001")
    call = Call(desk, "600")
    port = call.outcome().media_port()
    assert port % 2 == 0
    assert call.hang_up().code == 200
    deadline = time.monotonic() + PATIENCE
    for each in (port, port + 1):
        while not _is_free(each):
            assert time.monotonic() < deadline, f"port {each} is still taken"


def test_600_takes_a_delayed_offer(phone: Phone) -> None:
    desk = phone("1001")
    call = Call(desk, "600", body="")
    offer = call.outcome(ack_body=desk.sdp(formats="8"))
    assert "RTP/AVP 0 8 101" in offer.body
    remote = ("127.0.0.1", offer.media_port())
    desk.rtp.sendto(rtp(1, 160, b"late"), remote)
    assert desk.hear()[12:] == b"late"
    assert call.hang_up().code == 200


def test_what_cannot_be_spoken_is_not_acceptable(phone: Phone) -> None:
    desk = phone("1001")
    assert Call(desk, "601", desk.sdp(formats="96")).outcome().code == 488
    secure = desk.sdp().replace("RTP/AVP", "RTP/SAVP")
    assert Call(desk, "600", secure).outcome().code == 488
    assert Call(desk, "600", "v=0\r\nnonsense").outcome().code == 488
    call = Call(desk, "600")
    assert call.outcome().code == 200
    assert call.change("v=0\r\nnonsense").code == 488
    assert call.hang_up().code == 200


@pytest.mark.parametrize(("formats", "payload_type"), [("0 8 101", 0), ("8 0", 8)])
def test_601_is_1004_hz_in_real_time(phone: Phone, formats: str, payload_type: int) -> None:
    desk = phone("1001")
    call = Call(desk, "601", desk.sdp(formats=formats))
    assert call.outcome().code == 200
    begun = time.monotonic()
    packets = [desk.hear() for _ in range(51)]
    assert 0.98 <= time.monotonic() - begun <= 1.5
    headers = [struct.unpack("!BBHII", packet[:12]) for packet in packets]
    assert {header[0] for header in headers} == {0x80}
    assert [header[1] for header in headers] == [0x80 | payload_type] + [payload_type] * 50
    for before, after in pairwise(headers):
        assert (after[2] - before[2]) % 2**16 == 1
        assert (after[3] - before[3]) % 2**32 == 160
        assert after[4] == before[4]
    assert {len(packet) for packet in packets} == {172}
    if payload_type == 0:
        samples = [linear(octet) for packet in packets for octet in packet[12:]]
        assert power_at(samples[:8000], 1004.0) > 0.99
        rms = math.sqrt(sum(s * s for s in samples) / len(samples))
        assert 20.0 * math.log10(rms / (32124 / math.sqrt(2))) + 3.17 == pytest.approx(-10, abs=0.3)
    assert call.hang_up().code == 200


def test_601_is_silent_on_hold_and_marks_its_return(phone: Phone) -> None:
    desk = phone("1001")
    call = Call(desk, "601")
    assert call.outcome().code == 200
    before = struct.unpack("!BBHII", desk.hear()[:12])
    held = call.change(desk.sdp("sendonly", version=2))
    assert "recvonly" in held.attributes()
    for packet in desk.heard_so_far():
        before = struct.unpack("!BBHII", packet[:12])
    silence = time.monotonic()
    with pytest.raises(TimeoutError):
        desk.hear(within=0.3)
    assert "sendrecv" in call.change(desk.sdp("sendrecv", version=3)).attributes()
    after = struct.unpack("!BBHII", desk.hear()[:12])
    assert after[1] == 0x80
    assert (after[2] - before[2]) % 2**16 == 1
    passed = (after[3] - before[3]) % 2**32 / 8000
    assert passed == pytest.approx(time.monotonic() - silence, abs=0.1)
    assert call.hang_up().code == 200


def test_602_is_busy(phone: Phone) -> None:
    assert Call(phone("1001"), "602").outcome().code == 486


def test_603_rings_until_it_is_cancelled(phone: Phone) -> None:
    call = Call(phone("1001"), "603")
    assert call.progress().code == 180
    assert call.cancel().code == 200
    assert call.outcome().code == 487


def test_604_hangs_up_and_calls_back(phone: Phone) -> None:
    desk = phone("1001")
    assert desk.register().code == 200
    call = Call(desk, "604")
    assert call.outcome().code == 200
    answered = time.monotonic()
    assert len(desk.hear()) == 172
    desk.respond(desk.incoming("BYE"), "200 OK")
    hung_up = time.monotonic()
    assert 0.9 <= hung_up - answered <= 2.0
    invitation = desk.incoming("INVITE")
    assert 2.9 <= time.monotonic() - hung_up <= 4.0
    assert invitation.start == f"INVITE {desk.contact} SIP/2.0"
    assert '"Call back" <sip:604@127.0.0.1>' in invitation.header("From")
    desk.respond(invitation, "180 Ringing")
    desk.respond(invitation, "200 OK", desk.sdp())
    assert desk.incoming("ACK").start.startswith(f"ACK {desk.contact}")
    desk.heard_so_far()
    assert len([desk.hear() for _ in range(5)]) == 5
    dialog = Dialog(invitation.header("From"), "far", invitation.header("Call-ID"))
    desk.request("BYE", f"sip:604@127.0.0.1:{desk.pbx[1]}", dialog, 1)
    assert desk.response("BYE").code == 200
    assert desk.register(expires=0).code == 200


def test_in_a_dialog_strange_requests_are_answered(phone: Phone) -> None:
    desk = phone("1001")
    call = Call(desk, "600")
    assert call.outcome().code == 200
    assert call.ask("UPDATE").code == 405
    assert call.ask("OPTIONS").code == 200
    assert call.ask("INFO", "Signal=5").code == 200
    assert call.change("").code == 488
    assert call.hang_up().code == 200
    assert call.ask("INFO").code in (481, 500)
