"""What a network says comes to addresses that are used or refused in words, whatever it says."""

from __future__ import annotations

import struct
from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.provisioning import dhcp_message
from appliance.provisioning.candidate import (
    Candidate,
    of_dhcp,
    of_dhcp6,
    of_service,
    of_vendor,
    refusal,
)
from appliance.provisioning.dhcp import Lease, lease_of

WHO = "192.0.2.1 (end0)"
MAC = bytes.fromhex("dca632000001")


def acknowledgement(
    options: bytes, number: int = 7, file: bytes = b"", server: bytes = b""
) -> bytes:
    head = struct.pack("!BBBBI", 2, 1, 6, 0, number) + bytes(20) + MAC.ljust(16, b"\0")
    return head + server.ljust(64, b"\0") + file.ljust(128, b"\0") + b"\x63\x82\x53\x63" + options


@pytest.mark.parametrize(
    ("option", "url"),
    [
        (b"https://phones.example.com/units/", "https://phones.example.com/units/"),
        (b"phones.example.com\0", "https://phones.example.com/"),
        (b"phones.example.com:8443", "https://phones.example.com:8443/"),
        (b"phones.example.com/units", "https://phones.example.com/units"),
        (b"192.0.2.9", "https://192.0.2.9/"),
        (b"2001:db8::9", "https://[2001:db8::9]/"),
    ],
)
def test_option_66_is_a_url_or_a_name(option: bytes, url: str) -> None:
    (found,) = of_dhcp({66: option}, WHO)
    assert found == Candidate(url, f"DHCP option 66 of {WHO}")
    assert refusal(found, clear_text=False) == ""


def test_the_order_of_the_options() -> None:
    found = of_dhcp(
        {
            43: b"\x02\x01x\x01\x0ehttps://d.test",
            150: IPv4Address("192.0.2.5").packed + IPv4Address("192.0.2.6").packed + b"x",
            160: b"https://b.test/",
            66: b"a.test",
        },
        WHO,
    )
    assert [candidate.url for candidate in found] == [
        *("https://a.test/", "https://b.test/", "https://192.0.2.5/", "https://192.0.2.6/"),
        "https://d.test",
    ]
    assert found[-1].source == f"DHCP option 43.1 of {WHO}"
    assert of_dhcp({66: b"\0\0"}, WHO) == ()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (b"tftp://192.0.2.1/", "TFTP is refused"),
        (b"http://phones.example.com/", "clear text is refused"),
        (b"file:///etc/", "expected"),
        (b"https://phones.example.com/?unit", "expected"),
        (b"https://user:word@phones.example.com/", "expected"),
        (b"https://phones.example.com/\xff/", "expected"),
        (b"https://phones.example.com/\n/", "expected"),
    ],
)
def test_what_is_refused_says_why(url: bytes, words: str) -> None:
    (found,) = of_dhcp6({59: url}, "end0")
    assert words in refusal(found, clear_text=False)
    assert found.url.isprintable()
    assert "word" not in found.url


@pytest.mark.parametrize("scheme", ["http", "tftp", "TFTP"])
def test_clear_text_by_name_only(scheme: str) -> None:
    found = Candidate(f"{scheme}://phones.example.com/", "")
    assert "provisioning.clear_text" in refusal(found, clear_text=False)
    assert refusal(found, clear_text=True) == ""
    assert refusal(Candidate("tftp://a b/", ""), clear_text=True)


@pytest.mark.parametrize(
    ("options", "url"),
    [
        ({66: b"phones.example.com\0"}, "tftp://phones.example.com/"),
        ({66: b"phones.example.com/units"}, "tftp://phones.example.com/units"),
        ({66: b"2001:db8::9"}, "tftp://[2001:db8::9]/"),
        ({150: IPv4Address("192.0.2.5").packed}, "tftp://192.0.2.5/"),
        ({66: b"phones.example.com:8443"}, ""),
        ({66: b"https://phones.example.com/"}, ""),
        ({66: b"[x"}, ""),
        ({160: b"phones.example.com"}, ""),
    ],
)
def test_a_mere_name_means_tftp_by_tradition(options: dict[int, bytes], url: str) -> None:
    (found,) = of_dhcp(options, WHO)
    assert found.tftp == url
    assert found.url.startswith("https://")


def test_a_service_of_the_dns() -> None:
    name = "_deskphone-cfg._tcp.example.com"
    (found,) = of_service("phones.example.com.", 8443, (b"txtvers=1", b"Path=units/"), name)
    assert found == Candidate("https://phones.example.com:8443/units/", f"DNS SRV {name}")
    assert of_service("phones.example.com", 443, (), name)[0].url == "https://phones.example.com/"
    assert of_service(".", 443, (), name) == ()
    assert of_service("phones.example.com", 0, (), name) == ()


def test_an_acknowledgement_in_parts() -> None:
    options = b"\0\x35\x01\x05\x42\x02a.\x42\x04test\x34\x01\x03\x2b\x09x"
    got = dhcp_message.acknowledged(
        acknowledgement(options, file=b"\xa0\x01b\xff", server=b"\x96\x01c"), 7
    )
    assert got is not None
    assert (got[66], got[160], got[150]) == (b"a.test", b"b", b"c")
    assert 43 not in got


def test_what_is_no_acknowledgement_of_ours() -> None:
    whole = acknowledgement(b"\x35\x01\x05\xff")
    assert dhcp_message.acknowledged(whole, 7) is not None
    assert dhcp_message.acknowledged(whole, 8) is None
    assert dhcp_message.acknowledged(acknowledgement(b"\x35\x01\x06"), 7) is None
    assert dhcp_message.acknowledged(whole[:200], 7) is None
    assert dhcp_message.acknowledged(dhcp_message.inform(7, bytes(4), MAC), 7) is None


def test_a_reply() -> None:
    reply = b"\x07\0\0\x09\0\x01\0\x01x\0\x3b\0\x02ab\0\x3b\0\x09c"
    assert dhcp_message.replied(reply, 9) == {1: b"x", 59: b"ab"}
    assert dhcp_message.replied(reply, 8) is None


def test_a_lease() -> None:
    text = "# This is private data. Do not parse.\nADDRESS=192.0.2.7\nSERVER_ADDRESS=192.0.2.1\n"
    assert lease_of(text, "end0") == Lease("end0", "192.0.2.7", "192.0.2.1")
    more = lease_of(text + "CLIENTID=01aa\nVENDOR_SPECIFIC=zz\n", "end0")
    assert more == Lease("end0", "192.0.2.7", "192.0.2.1", b"\x01\xaa")
    assert lease_of("ADDRESS=192.0.2.7\n", "end0") is None


octets = st.binary(max_size=64)


@given(st.dictionaries(st.sampled_from([43, 59, 66, 150, 160]), octets), octets, st.text())
def test_no_octets_raise_anything(options: dict[int, bytes], more: bytes, text: str) -> None:
    found = [*of_dhcp(options, WHO), *of_dhcp6(options, WHO), *of_vendor(more, WHO)]
    found += of_service(text, 443, [more], "name")
    for candidate in found:
        assert candidate.url.isprintable()
        assert isinstance(refusal(candidate, clear_text=True), str)


@given(st.binary(max_size=400), st.integers(0, 2**32 - 1), st.text())
def test_no_message_raises_anything(message: bytes, number: int, text: str) -> None:
    _ = dhcp_message.acknowledged(message, number)
    _ = dhcp_message.acknowledged(acknowledgement(message, number, message, message), number)
    _ = dhcp_message.replied(message, number)
    _ = dhcp_message.replied(b"\x07" + number.to_bytes(4, "big")[1:] + message, number)
    _ = lease_of(text, "end0")
