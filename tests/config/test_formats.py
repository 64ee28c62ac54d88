"""Addresses, URIs, numbers and time zones: what fits and what does not."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from appliance.config.fields import SECTIONS, Shape
from appliance.config.formats import CHECKS, FORMS, FormatError, HostPort, parse_host_port
from appliance.config.problems import quote


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("pbx.example.com", "pbx.example.com", None),
        ("pbx.example.com.:5061", "pbx.example.com.", 5061),
        ("192.0.2.1:5060", "192.0.2.1", 5060),
        ("[2001:db8::1]", "2001:db8::1", None),
        ("[2001:db8::1]:65535", "2001:db8::1", 65535),
        ("pbx_2", "pbx_2", None),
    ],
)
def test_servers(text: str, host: str, port: int | None) -> None:
    assert parse_host_port(text) == HostPort(host, port)
    assert str(parse_host_port(text)) == text


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("2001:db8::1", "between [ and ]"),
        ("[fe80::1%eth0]", "without a zone"),
        ("[2001:db8::1", "between [ and ]"),
        ("[2001:db8::1]5060", "only a port"),
        ("sip:pbx.example.com", "leave out"),
        ("https://pbx.example.com", "leave out"),
        ("1001@pbx.example.com", "before @"),
        ("pbx.example.com:0", "1 to 65535"),
        ("pbx.example.com:65536", "1 to 65535"),
        ("pbx.example.com:", "1 to 65535"),
        ("pbx:\N{ARABIC-INDIC DIGIT FIVE}", "1 to 65535"),
        ("256.0.0.1", "letters, digits"),
        ("pbx example", "letters, digits"),
        ("-pbx.example.com", "letters, digits"),
        ("pbx..example.com", "letters, digits"),
        ("a" * 64 + ".example.com", "letters, digits"),
    ],
)
def test_what_is_no_server(text: str, hint: str) -> None:
    with pytest.raises(FormatError) as caught:
        parse_host_port(text)
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("form", "fits", "unfit"),
    [
        ("sip-uri", "sip:edge.example.com", "edge.example.com"),
        ("sip-uri", "SIP:[2001:db8::1]:5060;transport=tcp;lr", "sip:user@edge.example.com"),
        ("sip-uri", "sips:edge.example.com:5061", "sip:edge.example.com;=x"),
        ("sip-uri", "sip:edge", "sip:"),
        ("sip-uri", "sip:edge;transport=UDP", "sip:edge;transport=ws"),
        ("sip-uri", "sips:edge;transport=tcp", "sips:edge;transport=udp"),
        ("sip-user", "1001", "1001@pbx"),
        ("sip-user", "a%20b", "a b"),
        ("dialable", "+491234", "49+1234"),
        ("dialable", "*97#", "call me"),
        ("digits", "112", "*112"),
        ("digits", "911", "\N{ARABIC-INDIC DIGIT NINE}11"),
        ("iana-tz", "Europe/Berlin", "Europe"),
        ("iana-tz", "UTC", "../../etc/passwd"),
        ("digit-map", "[2-9]xxx|9x.T", "[2-9xxx"),
        ("header", "X-Session", "X Session"),
        ("header", "X-Session: yes", "X-Session: yes\r\nX-Injected: 1"),
        ("header", "P-Early:1", ": yes"),
        ("user-agent", "Deskphone/1.0 PJSIP (at the window)", "phone\r\nX-Injected: 1"),
        ("user-agent", "phone", "Gerät/1"),
        ("user-agent", "", " "),
    ],
)
def test_formats(form: str, fits: str, unfit: str) -> None:
    CHECKS[form](fits)
    with pytest.raises(FormatError):
        CHECKS[form](unfit)


@pytest.mark.parametrize("typed", ["Europe/Berln", "europe/berlin", "Berlin", "Germany/Berlin"])
def test_the_time_zone_that_was_meant_is_named(typed: str) -> None:
    with pytest.raises(FormatError) as caught:
        CHECKS["iana-tz"](typed)
    assert "Europe/Berlin" in caught.value.hint


@settings(deadline=None)
@given(st.sampled_from(sorted(CHECKS)), st.text())
@example("digit-map", ":'")
def test_a_check_either_holds_or_says_unfit(form: str, text: str) -> None:
    try:
        CHECKS[form](text)
    except FormatError as unfit:
        assert f"did you mean {quote(text)}" not in unfit.hint


def test_every_format_that_the_model_names_has_a_check_and_words() -> None:
    def formats(shape: Shape) -> set[str]:
        inner = [*(shape.fields or {}).values(), *([shape.items] if shape.items else [])]
        return {shape.format}.union(*map(formats, inner))

    used = set().union(*(formats(f.shape) for s in SECTIONS.values() for f in s.values()))
    assert used - {"", "hex"} == set(CHECKS) == set(FORMS)
