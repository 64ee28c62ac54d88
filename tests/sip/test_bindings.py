"""Who has the extension, read from what a registrar answered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.sip import bindings
from appliance.sip.bindings import Binding

MARK = "abcd1234"
VIA = "SIP/2.0/UDP 192.0.2.10:5060;rport=5060;received=192.0.2.10;branch=z9hG4bK1"
NAT = "SIP/2.0/UDP 192.0.2.10:5060;rport=40000;received=203.0.113.9;branch=z9hG4bK1"


def answer(*contacts: str, via: str = VIA) -> str:
    lines = ["SIP/2.0 200 OK", f"Via: {via}", "CSeq: 2 REGISTER"]
    lines += [f"Contact: {contact}" for contact in contacts]
    return "\r\n".join((*lines, "Content-Length: 0", "", ""))


def marked(place: str, mark: str = MARK) -> str:
    return f"<sip:1001@{place};unit={mark};ob>;expires=300"


@pytest.mark.parametrize(
    "text",
    [
        answer(),
        answer(marked("192.0.2.10:5060")),
        answer("<sip:1001@192.0.2.10>;expires=300"),
        answer(marked("192.0.2.77:5060", "other"), marked("192.0.2.10")),
        answer(marked("203.0.113.9:40000"), via=NAT),
        answer(marked("192.0.2.10:5060"), via=NAT),
        answer(marked("192.0.2.10:49152"), via=VIA.replace("UDP", "TLS")),
        answer(marked("[2001:db8::1]:5060"), via="SIP/2.0/UDP [2001:DB8:0::1]:5060;branch=z"),
        "SIP/2.0 200 OK\r\nContact: <sip:1001@192.0.2.77>\r\n\r\n",
        "",
    ],
    ids=[
        *("nobody", "ours", "ours without mark", "shared", "server mends NAT", "behind NAT"),
        *("a connection", "IPv6", "no Via", "nothing"),
    ],
)
def test_nothing_is_wrong(text: str) -> None:
    assert bindings.judge(text, MARK) is None


@pytest.mark.parametrize(
    ("text", "name", "where"),
    [
        (answer(marked("203.0.113.9:40000")), "nat-rewritten", "203.0.113.9 port 40000"),
        (answer(marked("203.0.113.9:5062"), via=NAT), "nat-rewritten", "203.0.113.9 port 40000"),
        (answer(marked("192.0.2.77", "other")), "moved-elsewhere", "192.0.2.77 port 5060"),
        (answer("<sip:1001@192.0.2.10:6000>"), "moved-elsewhere", "192.0.2.10 port 6000"),
    ],
)
def test_somebody_else_is_called_in_our_place(text: str, name: str, where: str) -> None:
    found = bindings.judge(text, MARK)
    assert found is not None
    assert found.name == name
    assert where in found.evidence
    assert found.next_step


def test_a_query_shows_that_the_extension_is_taken() -> None:
    found = bindings.taken(answer(marked("192.0.2.77:5062", "other")), MARK)
    assert found is not None
    assert (found.name, "192.0.2.77 port 5062" in found.evidence) == ("moved-elsewhere", True)
    assert bindings.taken(answer(marked("192.0.2.1")), MARK) is None
    assert bindings.taken(answer(), MARK) is None


def test_every_way_of_writing_contacts_is_read() -> None:
    text = (
        'SIP/2.0 200 OK\r\nm: "A, <B>" <sip:1@pbx.test:5070;x=1>;expires=3,\r\n'
        "  <sips:2@[2001:db8::2]>\r\nCONTACT : sip:3@192.0.2.3;expires=9\r\nContact: *\r\n\r\n"
    )
    assert bindings.bindings(text) == (
        Binding("sip:1@pbx.test:5070;x=1", "pbx.test", 5070, 3),
        Binding("sips:2@[2001:db8::2]", "2001:db8::2", 5060),
        Binding("sip:3@192.0.2.3", "192.0.2.3", 5060, 9),
    )


@given(st.text(alphabet='<>@:;,"[]sip.0129 *\\x', max_size=60), st.text(max_size=40))
def test_no_text_is_too_strange(contact: str, via: str) -> None:
    text = answer(contact, via=via)
    bindings.judge(text, MARK)
    bindings.taken(text, MARK)
    for binding in bindings.bindings(text):
        assert binding.address
        assert 0 <= binding.port <= 65535
