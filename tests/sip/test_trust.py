from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.sip.trust import is_trusted, plain_address


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
def test_a_server_is_trusted_from_any_port_of_its_own(address: object, port: int) -> None:
    source = f"[{address}]:{port}" if ":" in str(address) else f"{address}:{port}"
    assert is_trusted(source, [str(address)], "registrar")
    assert not is_trusted(source, [], "registrar")
    assert is_trusted(source, [], "anyone")


@given(st.ip_addresses(v=4), st.ip_addresses(v=4))
def test_nobody_else_is_trusted(one: object, other: object) -> None:
    assert is_trusted(f"{one}:5060", [str(other)], "registrar") is (one == other)


@given(st.text())
def test_any_text_is_answered(text: str) -> None:
    assert is_trusted(text, [text], "registrar") is bool(plain_address(text))
