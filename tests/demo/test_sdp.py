"""Offers and answers: the mirrored direction, the one codec, and text that makes no sense."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from appliance.demo import sdp

OFFER = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\na=sendonly\r\n"
    "m=audio 4000 RTP/AVP 96 9 0 97 98\r\n"
    "a=rtpmap:96 opus/48000/2\r\na=fmtp:96 useinbandfec=1\r\n"
    "a=rtpmap:97 telephone-event/8000\r\na=rtpmap:98 telephone-event/48000\r\na=fmtp:98 0-16\r\n"
    "m=video 4002 RTP/AVP 34\r\na=sendrecv\r\n"
)


def session() -> sdp.Session:
    return sdp.Session("127.0.0.1", 5000, 7)


def media_lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line[:2] in ("m=", "a=")]


def test_an_answer_takes_one_codec_its_events_and_refuses_the_other_streams() -> None:
    answer, agreement = session().answer(sdp.parse(OFFER), sdp.any_speech)
    assert media_lines(answer) == [
        "m=audio 5000 RTP/AVP 96 98",
        "a=rtpmap:96 opus/48000/2",
        "a=fmtp:96 useinbandfec=1",
        "a=rtpmap:98 telephone-event/48000",
        "a=fmtp:98 0-16",
        "a=ptime:20",
        "a=recvonly",
        "m=video 0 RTP/AVP 34",
    ]
    assert agreement == sdp.Agreement("127.0.0.1", 4000, sdp.Codec(96, "opus", 48000), "recvonly")
    assert not agreement.may_send


def test_g711_is_found_wherever_it_stands_and_static_types_need_no_map() -> None:
    _, agreement = session().answer(sdp.parse(OFFER), sdp.g711_only)
    assert agreement.codec == sdp.Codec(0, "PCMU", 8000)


@pytest.mark.parametrize(("offered", "answered"), sdp.MIRRORED.items())
def test_directions_are_mirrored(offered: str, answered: str) -> None:
    _, agreement = session().answer(
        sdp.parse(OFFER.replace("a=sendonly", f"a={offered}")), sdp.any_speech
    )
    assert agreement.direction == answered


def test_the_hold_of_old_is_understood() -> None:
    held = OFFER.replace("c=IN IP4 127.0.0.1", "c=IN IP4 0.0.0.0").replace("a=sendonly", "a=x")
    _, agreement = session().answer(sdp.parse(held), sdp.any_speech)
    assert agreement.direction == "recvonly"


def test_the_version_counts_changes_only() -> None:
    ours = session()
    first, _ = ours.answer(sdp.parse(OFFER), sdp.any_speech)
    again, _ = ours.answer(sdp.parse(OFFER), sdp.any_speech)
    resumed, _ = ours.answer(sdp.parse(OFFER.replace("sendonly", "sendrecv")), sdp.any_speech)
    assert first == again
    assert "o=- 7 1 " in first
    assert "o=- 7 2 " in resumed


def test_an_own_offer_is_understood_and_answered() -> None:
    ours, theirs = session(), sdp.Session("127.0.0.1", 6000, 8)
    answer, _ = theirs.answer(sdp.parse(ours.offer()), sdp.any_speech)
    agreement = ours.agreed(sdp.parse(answer), sdp.g711_only)
    assert agreement == sdp.Agreement("127.0.0.1", 6000, sdp.Codec(0, "PCMU", 8000), "sendrecv")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "v=1\r\n",
        "v=0\r\nnot a line",
        "v=0\r\nm=audio",
        "v=0\r\nm=audio 70000 RTP/AVP 0",
        "v=0\r\n",
        OFFER.replace("RTP/AVP", "RTP/SAVP"),
        OFFER.replace("audio 4000", "audio 0"),
        OFFER.replace("IN IP4 127.0.0.1\r\nt", "IN IP6 ::1\r\nt"),
        OFFER.replace("IP4 127.0.0.1\r\nt", "IP4 phone.example.com\r\nt"),
    ],
)
def test_what_cannot_be_used_is_refused(text: str) -> None:
    with pytest.raises(sdp.SdpError):
        session().answer(sdp.parse(text), sdp.any_speech)
    with pytest.raises(sdp.SdpError):
        session().agreed(sdp.parse(text), sdp.any_speech)


LINES = st.lists(
    st.one_of(st.sampled_from(OFFER.splitlines()), st.text(max_size=60)), max_size=20
).map(lambda lines: "\r\n".join(["v=0", *lines]))


@given(st.one_of(st.text(), LINES))
@example("v=0\r\nm=audio 1 RTP/AVP ²\r\nc=IN IP4 1.2.3.4")
@example("v=0\r\nm=audio 1 RTP/AVP 0\r\na=rtpmap:0 ²/²\r\nc=IN IP4 1.2.3.4")
def test_no_text_raises_anything_else(text: str) -> None:
    with suppress(sdp.SdpError):
        answer, agreement = session().answer(sdp.parse(text), sdp.any_speech)
        assert sdp.parse(answer).media
        assert 0 < agreement.port < 65536
