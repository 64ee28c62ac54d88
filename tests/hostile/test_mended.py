"""Messages that once ended the phone, each alone; where they are mended stands in README.md."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest

from tests.hostile.attack import Attack
from tests.sip.message import sdp

NO_ADDRESS = b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 0 RTP/AVP 0\r\n"
"""A stream that is switched off and needs no c= line (RFC 4566 section 5.7), and no other."""
GOOD = sdp(4000).encode() + b"a=rtpmap:0 PCMU/8000\r\n"
SIXTEEN = GOOD.partition(b"m=")[0] + b"".join(
    b"m=%s RTP/AVP 0\r\n" % stream
    for stream in (
        *(b"text 0", b"audio 0", b"audio 0", b"audio 4002", b"application 0", b"audio 0"),
        *(b"audio 4002", b"video 0", b"application 0", b"audio 4002", b"text 0", b"video 0"),
        *(b"audio 4000", b"application 0", b"text 0", b"video 0"),
    )
)


@pytest.fixture(scope="module")
def attack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attack]:
    with Attack(tmp_path_factory.mktemp("mended")) as attack:
        attack.still_talks()
        yield attack


@pytest.mark.parametrize(
    "body", [NO_ADDRESS, NO_ADDRESS + b"a=inactive\r\n", NO_ADDRESS.replace(b"audio 0", b"audio 9")]
)
def test_a_description_without_an_address(attack: Attack, body: bytes) -> None:
    attack.fire([attack.inside(b"INVITE", b"", body)])
    attack.still_talks()


def test_a_stream_without_an_address_beside_one_that_has_it(attack: Attack) -> None:
    off = b"m=audio 0 RTP/AVP 0\r\n"
    own = NO_ADDRESS.partition(b"m=")[0] + b"m=audio 4000 RTP/AVP 0\r\nc=IN IP4 127.0.0.1\r\n"
    offers = [own + off, own + off * 2, own + b"m=video 0 RTP/AVP 31\r\n" + off]
    attack.fire(attack.inside(b"INVITE", b"", offer) for offer in (*offers, *reversed(offers)))
    attack.still_talks()


@pytest.mark.parametrize(
    "body",
    [b"\r\n", b"\r\n\r\n", b"\n" * 40, b"\r"],
    ids=["one line", "two lines", "forty lines", "half a line"],
)
def test_a_description_of_empty_lines(attack: Attack, body: bytes) -> None:
    wrapped = b"--x\r\nContent-Type: application/sdp\r\n\r\n" + body + b"\r\n--x--\r\n"
    attack.fire(
        [
            attack.inside(b"INVITE", b"", body),
            attack.inside(b"INVITE", b"", body).replace(b"Content-Length: ", b"l: 1\r\nX: ") + body,
            attack.inside(b"INVITE", b"Content-Type: multipart/mixed;boundary=x\r\n", wrapped),
        ]
    )
    attack.still_talks()


def test_an_rtpmap_without_a_slash(attack: Attack) -> None:
    wrong = GOOD.replace(b"PCMU/8000", b"PCMU 8000")
    assert wrong != GOOD
    for _ in range(3):
        attack.fire([attack.inside(b"INVITE", b"", wrong), attack.inside(b"INVITE", b"", b"\n\n")])
    attack.still_talks()


@pytest.mark.parametrize(
    "contact",
    [
        *(b"<sip:601@[2001:db8::1]>", b"<sip:601@no.such.name>", b"<mailto:601@x>", b"<sip:>"),
        *(b"<sip:601@%s>" % (b"a" * 253), b"<sip:601@%s>" % (b"a" * 400)),
    ],
    ids=["another family", "no such name", "mail", "nothing", "253 letters", "400 letters"],
)
def test_an_answer_whose_contact_leads_nowhere(attack: Attack, contact: bytes) -> None:
    def retort(good: bytes) -> list[bytes]:
        return [re.sub(rb"Contact: [^\r]*", b"Contact: " + contact, good)]

    answered_with(attack, retort)


@pytest.mark.parametrize("early", [NO_ADDRESS, b"\r\n", b"v=0\r\n"])
def test_an_answer_after_early_media_that_was_none(attack: Attack, early: bytes) -> None:
    def retort(good: bytes) -> list[bytes]:
        return [with_body(good, early).replace(b"200 OK", b"183 Early", 1), good, good]

    answered_with(attack, retort)


def test_more_media_than_a_description_has_room_for(attack: Attack) -> None:
    """An offer of the phone's own has to name the sixteen streams that were, each in its place."""
    before = attack.tally[b"INVITE 500"]
    attack.fire([attack.inside(b"INVITE", b"", SIXTEEN), attack.inside(b"INVITE", b"", b"")])
    assert attack.tally[b"INVITE 500"] == before + 1
    attack.still_talks()


def test_a_type_longer_than_the_room_for_it(attack: Attack) -> None:
    kind = b"Content-Type: %s/plain\r\n" % (b"text" * 80)
    attack.fire([attack.inside(b"MESSAGE", kind, b"hello")])
    attack.still_talks()


@pytest.mark.parametrize("digit", [b"Signal=5", b"Signal=5\r", b"Signal=5\n", b"Signal="])
def test_a_digit_without_a_line_end(attack: Attack, digit: bytes) -> None:
    attack.fire([attack.inside(b"INFO", b"Content-Type: application/dtmf-relay\r\n", digit)])
    attack.still_talks()


def answered_with(attack: Attack, retort: Callable[[bytes], list[bytes]]) -> None:
    """A call that the phone is made to place gets these answers, and is ended."""
    retorts = attack.retorts
    attack.retort = retort
    attack.order("dial")
    attack.wait_until(lambda: attack.retorts > retorts)
    attack.ask()
    attack.order("drop")
    attack.still_talks()


def with_body(answer: bytes, body: bytes) -> bytes:
    """The same answer with another body."""
    head = answer.partition(b"\r\n\r\n")[0]
    length = b"Content-Length: %d" % len(body)
    return re.sub(rb"Content-Length: \d+", length, head) + b"\r\n\r\n" + body


def test_an_offer_of_the_phone_that_is_never_acknowledged(attack: Attack) -> None:
    """It is forgotten with its transaction, and the call can be agreed upon anew."""
    attack.acknowledges = False
    attack.fire([attack.inside(b"INVITE", b"", b"")])
    attack.at_rest()
    attack.acknowledges = True
    before = attack.tally.copy()
    attack.fire([attack.inside(b"INVITE", b"", GOOD)])
    assert attack.tally - before == {b"INVITE 200": 1}
    attack.still_talks()
