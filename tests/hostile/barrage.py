"""What the attacker fires: messages that mean something, each a little or very wrong.

Four in ten are requests inside the phone's call, whose Via, tags, Call-ID and CSeq are right, so
that what is wrong in their headers and descriptions is read; six in ten are requests and answers
that have nothing to do with it, wrong anywhere. Besides, calls that the phone is made to place are
answered with wrong descriptions, before and with the answer.
"""

from __future__ import annotations

import functools
import random
import re
from collections.abc import Iterator

from tests.hostile.attack import Attack
from tests.hostile.mutation import mutated
from tests.sip.message import sdp

BETWEEN = 25
"""Messages between the beginning of such a call and its end, and till the next one, on average."""


def barrage(attack: Attack, dice: random.Random) -> Iterator[bytes]:
    """Mutated messages without end: strange calls, strange answers, and our call's own traffic.

    Now and then the phone is told to call, and hears what `_retorts` makes of an answer.
    """
    attack.retort = functools.partial(_retorts, random.Random(dice.random()))
    while True:
        for order in ("dial", "drop"):
            attack.order(order)
            for _ in range(dice.randrange(2 * BETWEEN)):
                if dice.random() < 0.4:
                    yield _inside(attack, dice)
                else:
                    yield mutated(dice, _outside(attack, dice))


METHODS = (
    *(b"INVITE", b"INVITE", b"OPTIONS", b"NOTIFY", b"MESSAGE", b"REFER", b"SUBSCRIBE", b"BYE"),
    *(b"CANCEL", b"REGISTER", b"INFO", b"UPDATE", b"PRACK", b"PUBLISH", b"ACK"),
)
HEADERS = (
    b"Event: message-summary\r\nSubscription-State: active\r\n",
    b"Refer-To: <sip:600@127.0.0.1?Replaces=1%40a%3Bto-tag%3D2%3Bfrom-tag%3D3>\r\n",
    b'Replaces: 98732@example.com;from-tag=r33th4x0r;to-tag=ff87ff\r\nAlert-Info: <x>;info="a"\r\n',
    b"Require: 100rel, timer\r\nSession-Expires: 90;refresher=uac\r\nRAck: 1 1 INVITE\r\n",
    b'P-Asserted-Identity: "Bob" <sip:2@x>, <tel:+1>\r\nPrivacy: id\r\nDiversion: <sip:1@x>\r\n',
    b'Authorization: Digest username="1", realm="r", nonce="n", uri="sip:x", response="0"\r\n',
    b"Record-Route: <sip:[2001:db8::1]:5060;lr>, <sip:a;lr>\r\nAllow: INVITE\r\nSupported: a\r\n",
    b"Call-Info: <sip:x>;answer-after=0\r\nDate: Sat, 13 Nov 2010 23:29:00 GMT\r\nAccept: a/b\r\n",
    b"",
)
CODES = (b"100 Trying", b"180 Ringing", b"183 Early", b"200 OK", b"302 Moved", b"401 Unauthorized",
         b"407 Proxy", b"422 Small", b"488 No", b"503 Later", b"699 What")  # fmt: skip
SDP_LINES = (
    b"a=rtpmap:96 opus/48000/2\r\na=fmtp:96 useinbandfec=1;maxplaybackrate=16000\r\n",
    b"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|2\r\n",
    b"a=fingerprint:sha-256 4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C:AB\r\n",
    b"a=candidate:1 1 UDP 2130706431 127.0.0.1 4000 typ host\r\na=ice-ufrag:x\r\na=ice-pwd:y\r\n",
    b"a=rtcp:4001 IN IP4 127.0.0.1\r\na=rtcp-mux\r\na=ptime:20\r\na=ssrc:1 cname:x\r\n",
    b"m=video 4002 RTP/AVP 31\r\nm=application 9 TCP/BFCP *\r\nm=text 4004 RTP/AVP 98\r\n",
    b"",
)


def _retorts(dice: random.Random, good: bytes) -> Iterator[bytes]:
    """What comes back for a call: early media and an answer, each of them wrong, or one of them."""
    head, _, body = good.partition(b"\r\n\r\n")
    for status in dice.choice(((b"183 Early",), (b"200 OK",), (b"183 Early", b"200 OK"))):
        wrong = mutated(dice, body + dice.choice(SDP_LINES))
        length = b"Content-Length: %d" % len(wrong)
        answer = re.sub(rb"Content-Length: \d+", length, head.replace(b"200 OK", status, 1))
        whole = answer + b"\r\n\r\n" + wrong
        yield mutated(dice, whole) if dice.random() < 0.3 else whole


def _outside(attack: Attack, dice: random.Random) -> bytes:
    """A good message that has nothing to do with the call."""
    method = dice.choice(METHODS)
    host, fresh = attack.host.encode(), dice.randbytes(5).hex().encode()
    start = b"%s sip:1001@127.0.0.1 SIP/2.0" % method
    if dice.random() < 0.15:
        start = b"SIP/2.0 " + dice.choice(CODES)
    body = _body(dice)
    kind = b"Content-Type: application/sdp\r\n" if body else b""
    return (
        b'%s\r\nVia: SIP/2.0/UDP %s;rport;branch=z9hG4bK%s\r\nMax-Forwards: 70\r\nFrom: "Ann" '
        b"<sip:2001@%s>;tag=%s\r\nTo: <sip:1001@127.0.0.1>\r\nCall-ID: %s\r\nCSeq: 1 %s\r\n"
        b"Contact: <sip:2001@%s>\r\n%s%sContent-Length: %d\r\n\r\n%s"
    ) % (
        *(start, host, fresh, host, fresh, fresh, method, host, dice.choice(HEADERS), kind),
        *(len(body), body),
    )


def _inside(attack: Attack, dice: random.Random) -> bytes:
    """A request in the call, of which what makes it one is whole, and the rest is not.

    Nothing here ends the call by its own right: neither BYE nor another contact.
    """
    method = dice.choice(
        (b"INVITE", b"INVITE", b"UPDATE", b"INFO", b"NOTIFY", b"MESSAGE", b"OPTIONS")
    )
    body = _body(dice)
    headers = dice.choice((b"", b"", dice.choice(HEADERS)))
    if headers:
        headers = mutated(dice, headers).replace(b"\r\n\r\n", b"\r\n") + b"\r\n"
    return attack.inside(method, headers, mutated(dice, body) if body else b"")


def _body(dice: random.Random) -> bytes:
    good = sdp(dice.randrange(2000, 60000), dice.choice(("sendrecv", "sendonly", "inactive")))
    return dice.choice((b"", good.encode() + dice.choice(SDP_LINES), good.encode()))
