from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.sip.trust import TurnedAway, host_and_port, is_from, octets, plain_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1:5060", "192.0.2.1"),
        ("[2001:db8::1]:5061", "2001:db8::1"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("[::ffff:192.0.2.1]:5060", "192.0.2.1"),
        ("[fe80::1%eth0]:5060", "fe80::1"),
        ("pbx.example.com:5060", ""),
        ("", ""),
    ],
)
def test_an_address_is_found_in_its_notations(text: str, address: str) -> None:
    assert plain_address(text) == address


@given(st.ip_addresses(), st.integers(1, 65535))
def test_an_address_is_the_same_to_the_gate_in_all_its_notations(
    address: object, port: int
) -> None:
    plain = plain_address(str(address))
    written = f"[{plain}]:{port}" if ":" in plain else f"{plain}:{port}"
    assert octets(written) == octets(str(address))
    assert host_and_port(octets(str(address)), port) == written


@given(st.ip_addresses(), st.ip_addresses())
def test_two_addresses_are_two_to_the_gate(one: object, other: object) -> None:
    same = plain_address(str(one)) == plain_address(str(other))
    assert (octets(str(one)) == octets(str(other))) is same


@given(st.ip_addresses(), st.ip_addresses(), st.integers(1, 65535))
def test_a_server_is_known_at_any_port(one: object, other: object, port: int) -> None:
    source = host_and_port(octets(str(one)), port)
    assert is_from(source, [str(other), str(one)])
    assert is_from(source, [str(other)]) is (octets(str(one)) == octets(str(other)))
    assert not is_from("pbx.example.com", ["pbx.example.com"])


@given(st.text())
def test_any_text_is_an_address_or_none(text: str) -> None:
    assert len(octets(text)) == (16 if plain_address(text) else 0)


def test_an_ipv4_address_is_mapped() -> None:
    assert octets("192.0.2.1") == ip_address("::ffff:192.0.2.1").packed


@pytest.mark.parametrize(
    ("turned_away", "words"),
    [
        (
            TurnedAway(3, 0, "192.0.2.7:5061"),
            "strangers turned away: 3, last from 192.0.2.7:5061",
        ),
        (
            TurnedAway(1, 0, "192.0.2.7:5061", last_was_answer=True),
            "strangers turned away: 1, last from 192.0.2.7:5061; "
            "that was an answer: does the server send from another address?",
        ),
        (
            TurnedAway(0, 9),
            "packets of the servers dropped, for they came too fast: 9",
        ),
        (
            TurnedAway(unheeded=2, unheeded_from="192.0.2.7:5061"),
            "strangers who wanted to be answered by themselves, and ring: 2,"
            " last from 192.0.2.7:5061",
        ),
    ],
)
def test_what_was_turned_away_is_said(turned_away: TurnedAway, words: str) -> None:
    assert str(turned_away) == words
