"""Digest as a client answers it: the examples of the RFC, and what is not to be answered."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from appliance.sip.credentials import answer, challenge, choose

RFC_7616 = (
    'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={},'
    ' nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",'
    ' opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
)
CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"


def test_the_examples_of_rfc_7616() -> None:
    for algorithm, response in (
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ):
        asked = challenge(RFC_7616.format(algorithm))
        assert asked is not None
        assert asked.supported
        told = answer(asked, "Mufasa", "Circle of Life", "GET", "/dir/index.html", CNONCE)
        assert f'response="{response}"' in told
        assert "nc=00000001" in told
        assert "opaque=" in told


def test_without_quality_of_protection_as_rfc_2069_has_it() -> None:
    asked = challenge(
        'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"'
    )
    assert asked is not None
    told = answer(asked, "Mufasa", "CircleOfLife", "GET", "/dir/index.html", "unused")
    assert 'response="1949323746fe6a43ef61f9606e7febea"' in told
    assert "cnonce" not in told


def test_the_first_that_can_be_answered_is_answered() -> None:
    strong = 'Digest realm="r", nonce="n", algorithm=SHA-512-256'
    chosen = choose([strong, "Basic x", RFC_7616.format("SHA-256"), RFC_7616.format("MD5")])
    assert chosen is not None
    assert chosen.algorithm == "SHA-256"
    alone = choose([strong])
    assert alone is not None
    assert not alone.supported
    assert choose(["Basic x"]) is None


@given(st.text(max_size=80))
def test_any_text_is_a_challenge_or_none(text: str) -> None:
    asked = challenge(f"Digest {text}")
    assert asked is not None
    if asked.supported:
        assert answer(asked, 'a"b', "secret", "REGISTER", "sip:pbx", "c").startswith("Digest ")
