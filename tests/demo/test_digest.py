"""The digest against the specification's own example, and everything that may be wrong with it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.demo.digest import (
    NONCE_LIFETIME,
    Authenticator,
    Credentials,
    Verdict,
    response_for,
)

EXAMPLE = Credentials(
    username="Mufasa",
    realm="testrealm@host.com",
    nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093",
    uri="/dir/index.html",
    response="6629fae49393a05397450978507c4ef1",
    qop="auth",
    nonce_count="00000001",
    cnonce="0a4f113b",
)
"""RFC 2617 section 3.5."""


def test_the_example_of_the_specification() -> None:
    assert response_for(EXAMPLE, "Circle Of Life", "GET") == EXAMPLE.response


def credentials(authenticator: Authenticator, now: float) -> Credentials:
    challenge = authenticator.challenge(now)
    match = re.search(r'nonce="([^"]+)"', challenge)
    assert match is not None
    bare = Credentials("1001", "here", match[1], "sip:here", "")
    return replace(bare, response=response_for(bare, "secret", "REGISTER"))


def test_a_fresh_nonce_is_accepted_and_an_old_one_is_stale() -> None:
    authenticator = Authenticator("here", {"1001": "secret"})
    good = credentials(authenticator, 100.0)
    assert authenticator.judge(good, "REGISTER", 100.0) is Verdict.ACCEPTED
    assert authenticator.judge(good, "REGISTER", 100.0 + NONCE_LIFETIME) is Verdict.ACCEPTED
    assert authenticator.judge(good, "REGISTER", 101.0 + NONCE_LIFETIME) is Verdict.STALE
    assert authenticator.judge(good, "REGISTER", 99.0) is Verdict.STALE
    assert "stale=true" in authenticator.challenge(0.0, stale=True)


def test_a_nonce_of_another_server_is_stale_even_with_the_right_password() -> None:
    theirs = credentials(Authenticator("here", {"1001": "secret"}), 0.0)
    ours = Authenticator("here", {"1001": "secret"})
    assert ours.judge(theirs, "REGISTER", 0.0) is Verdict.STALE


@pytest.mark.parametrize(
    "spoilt",
    [
        {"username": "1002"},
        {"username": "nobody"},
        {"realm": "there"},
        {"uri": "sip:elsewhere"},
        {"response": "0" * 32},
        {"response": ""},
        {"response": "ß"},
        {"algorithm": "SHA-256"},
        {"qop": "auth-int"},
        {"nonce": "ß-ß"},
    ],
)
def test_whatever_is_changed_is_wrong(spoilt: dict[str, str]) -> None:
    authenticator = Authenticator("here", {"1001": "secret", "1002": "other"})
    bad = replace(credentials(authenticator, 0.0), **spoilt)
    assert authenticator.judge(bad, "REGISTER", 0.0) is Verdict.WRONG


def test_another_method_needs_another_response() -> None:
    authenticator = Authenticator("here", {"1001": "secret"})
    good = credentials(authenticator, 0.0)
    assert authenticator.judge(good, "INVITE", 0.0) is Verdict.WRONG
    assert authenticator.judge(None, "INVITE", 0.0) is Verdict.MISSING


@given(st.text())
def test_no_nonce_makes_it_stumble(nonce: str) -> None:
    authenticator = Authenticator("here", {"1001": "secret"})
    bare = Credentials("1001", "here", nonce, "sip:here", "")
    forged = replace(bare, response=response_for(bare, "secret", "REGISTER"))
    assert authenticator.judge(forged, "REGISTER", 0.0) is Verdict.STALE
