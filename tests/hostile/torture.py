"""The messages of RFC 4475 (all 49) and RFC 5118, by the names that the RFCs give them.

Written from the RFCs' descriptions: each keeps the one thing that its section is about, addressed
to this phone. Where an RFC's message is long for no reason but its length, it is computed.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable

PHONE = "sip:1001@127.0.0.1"
SDP = (
    "v=0\r\no=mhandley 29739 7272939 IN IP4 192.0.2.3\r\ns=-\r\nc=IN IP4 192.0.2.4\r\n"
    "t=0 0\r\nm=audio 49217 RTP/AVP 0 12\r\nm=video 3227 RTP/AVP 31\r\na=rtpmap:31 LPC\r\n"
)
_numbers = itertools.count(1)


def message(start: str, *headers: str, body: str = "", drop: Iterable[str] = ()) -> bytes:
    """A message with everything that it must have, but what `headers` say otherwise or `drop`.

    A header that is given replaces the usual one of the same name at its place.
    """
    method = "INVITE" if start.startswith("SIP/") else start.split(maxsplit=1)[0]
    tag = f"torture.{next(_numbers)}"
    usual = {
        "Via": f"SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bK{tag}",
        "Max-Forwards": "70",
        "From": f"<sip:caller@example.net>;tag={tag}",
        "To": f"<{PHONE}>",
        "Call-ID": tag,
        "CSeq": f"1 {method}",
        "Contact": "<sip:caller@127.0.0.1>",
    }
    if body:
        usual["Content-Type"] = "application/sdp"
    usual["Content-Length"] = str(len(body.encode("latin-1")))
    given = [header.partition(":")[0].strip().lower() for header in headers]
    kept = [
        f"{name}: {value}"
        for name, value in usual.items()
        if name.lower() not in given and name not in drop
    ]
    return ("\r\n".join([start, *headers, *kept]) + "\r\n\r\n" + body).encode("latin-1")


def _invite(*headers: str, uri: str = PHONE, body: str = SDP, drop: Iterable[str] = ()) -> bytes:
    return message(f"INVITE {uri} SIP/2.0", *headers, body=body, drop=drop)


def _options(*headers: str, uri: str = PHONE, drop: Iterable[str] = ()) -> bytes:
    return message(f"OPTIONS {uri} SIP/2.0", *headers, drop=drop)


def _register(*headers: str, uri: str = "sip:example.com", body: str = "") -> bytes:
    return message(f"REGISTER {uri} SIP/2.0", *headers, body=body)


_INTMETH = "!interesting-Method0123456789_*+`.%indeed'~"
_MULTIPART = (
    "--7a9cbec02ceef655\r\nContent-Type: text/plain\r\n\r\nHello\r\n--7a9cbec02ceef655\r\n"
    "Content-Type: application/octet-stream\r\n\r\n\x00\x82\x01\x52\x30\xff\r\n--7a9cbec02ceef655--"
)

VALID_4475: dict[str, bytes] = {
    "wsinv": (
        f"INVITE {PHONE};unknownparam SIP/2.0\r\nTO :\r\n {PHONE} ;   tag    = 1918181833n\r\n"
        'from   : "J Rosenberg \\\\\\""       <sip:j.r@example.com>\r\n  ;\r\n  tag = 98asjd8\r\n'
        "MaX-fOrWaRdS: 0068\r\nCall-ID: wsinv.ndaksdj@192.0.2.1\r\nContent-Length   : 150\r\n"
        "cseq: 0009\r\n  INVITE\r\nVia  : SIP  /   2.0\r\n /UDP\r\n"
        "    192.0.2.2;branch=390skdjuw\r\n"
        "s :\r\nNewFangledHeader:   newfangled value\r\n continued newfangled value\r\n"
        "UnknownHeaderWithUnusualValue: ;;,,;;,;\r\nContent-Type: application/sdp\r\n"
        "Route:\r\n <sip:services.example.com;lr;unknownwith=value;unknown-no-value>\r\n"
        "v:  SIP  / 2.0  / TCP     spindle.example.com   ;\r\n"
        "  branch  =   z9hG4bK9ikj8  ,\r\n SIP  /    2.0   / UDP  192.168.255.111   ; branch=\r\n"
        ' z9hG4bK30239\r\nm:"Quoted string \\"\\"" <sip:jdrosen@example.com> ; newparam =\r\n'
        "      newvalue ;\r\n  secondparam ; q = 0.33\r\n\r\n" + SDP
    ).encode(),
    "intmeth": message(
        f"{_INTMETH} sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d"
        "_too.(doesn't-it)@example.com SIP/2.0",
        "To: \"BEL:\\\x07 NUL:\\\x00 DEL:\\\x7f\" <sip:1_unusual.URI~(to-be!sure)@example.com>",
        "From: token1~` token2'+_ token3*%!.- <sip:mundane@example.com>;fromParam''~+*_!.-%="
        '"\xd1\x80\xd0\xb0\xd0\xb1\xd0\xbe\xd1\x82\xd0\xb0";tag=_token~1\'+`*%!-.',
        "extensionHeader-!.%*+_`'~:\xef\xbb\xbf\xe5\xa4\xa7\xe5\x81\x9c\xe9\x9b\xbb",
    ),
    "esc01": _invite(
        "To: <sip:%75se%72@example.com>;tag=938",
        "Contact: <sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31>",
        uri="sip:sips%3Auser%40example.com@example.net",
    ),
    "escnull": _register(
        "To: sip:null-%00-null@example.com", "From: sip:null-%00-null@example.com;tag=839923423",
        "Contact: <sip:%00@host5.example.com>", "l: 0",
    ),
    "esc02": message("RE%47IST%45R sip:registrar.example.com SIP/2.0",
                     'To: "%Z%45" <sip:resource@example.com>', "CSeq: 29344 RE%47IST%45R"),
    "lwsdisp": _options("From: caller<sip:caller@example.com>;tag=323"),
    "longreq": _invite(
        'To: "I have a user name of extremeextreme proportion"'
        "<sip:user@example.com:6000;unknownparam1=verylong" + "long" * 20 + "value;short=1>",
        "F: sip:amazinglylongcallername" + "g" * 100 + "@example.net;tag=12" + "9" * 100
        + ";unknownheaderparam" + "name" * 12 + "=unknown" + "value" * 12,
        "Call-ID: longreq.one" + "really" * 20 + "longcallid",
        "Unknown-" + "Long" * 20 + "-Name: unknown-" + "long" * 20 + "-value",
        *(f"Via: SIP/2.0/TCP sip{n}.example.com;branch=z9hG4bK{'x' * 30}{n}" for n in range(33)),
        "Contact: <sip:" + "amazinglylongcallername" * 5 + "@host5.example.net>",
    ),
    "dblreq": _register("Call-ID: dblreq.0ha0isndaksdj99sdfafnl3lk233412")
    + b"INVITE sip:joe@example.com SIP/2.0\r\nthe rest of the packet is noise\r\n\r\n",
    "semiuri": _options(uri="sip:user;par=u%40example.net@example.com"),
    "transports": _options(
        *(f"Via: SIP/2.0/{kind} t{n}.example.com;branch=z9hG4bKkdjuw{n}"
          for n, kind in enumerate(("UDP", "SCTP", "TLS", "UNKNOWN", "TCP")))
    ),
    "mpart01": message(f"MESSAGE {PHONE} SIP/2.0",
                       "Content-Type: multipart/mixed;boundary=7a9cbec02ceef655", body=_MULTIPART),
    "unreason": message("SIP/2.0 200 = 2**3 * 5**2 \xd0\xbd\xd0\xbe \xd1\x81\xd1\x82\xd0\xbe"),
    "noreason": message("SIP/2.0 100 ", drop=("Contact",)),
}  # fmt: skip

INVALID_4475: dict[str, bytes] = {
    "badinv01": _invite(
        f"To: {PHONE};;,;,,", "From: sip:caller@example.net;;,;,,",
        "Via: SIP/2.0/UDP 192.0.2.15;;,;,,", 'Contact: "" <> ;,"Joe" <sip:joe@example.org>;;,,;;',
    ),
    "clerr": _invite("Content-Length: 9999"),
    "ncl": _invite("Content-Length: -999"),
    "scalar02": _register(
        "CSeq: 36893488147419103232 REGISTER", "Max-Forwards: 300",
        "Contact: <sip:user@host129.example.com>;expires=280297596632815",
    ),
    "scalarlg": message(
        "SIP/2.0 503 Service Unavailable", "CSeq: 9292394834772304023312 OPTIONS",
        "Retry-After: 949302838503028349304023988", "Warning: 1812 overture \"In Progress\"",
        drop=("Contact",),
    ),
    "quotbal": _invite('To: "Mr. J. User <sip:j.user@example.com>'),
    "ltgtruri": _invite(uri=f"<{PHONE}>"),
    "lwsruri": _invite(uri=f"{PHONE}; lr"),
    "lwsstart": message(f"INVITE  {PHONE}  SIP/2.0", body=SDP),
    "trws": message(f"OPTIONS {PHONE} SIP/2.0  "),
    "escruri": _invite(uri="sip:user@example.com?Route=%3Csip:example.com%3E"),
    "baddate": _invite("Date: Fri, 01 Jan 2010 16:00:00 EST"),
    "regbadct": _register("Contact: sip:user@example.com?Route=%3Csip:sip.example.com%3E"),
    "badaspec": _options('To: "Bad Spec" < sip:j.user@example.com >'),
    "baddn": _options("From: Bell, Alexander <sip:a.g.bell@example.com>;tag=43"),
    "badvers": message(f"OPTIONS {PHONE} SIP/7.0"),
    "mismatch01": _options("CSeq: 8 INVITE"),
    "mismatch02": message(f"NEWMETHOD {PHONE} SIP/2.0", "CSeq: 8 INVITE", body=SDP),
    "bigcode": message("SIP/2.0 4294967301 better not break the receiver", drop=("Contact",)),
}  # fmt: skip

APPLICATION_4475: dict[str, bytes] = {
    "badbranch": _options("Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK"),
    "insuf": _invite(drop=("From", "To", "Call-ID")),
    "unkscm": _options(uri="nobodyKnowsThisScheme:totallyopaquecontent"),
    "novelsc": _options(uri="soap.beep://192.0.2.103:3002"),
    "unksm2": _register(
        "To: isbn:2983792873", "From: <http://www.example.com>;tag=3234233",
        "Contact: <name:John_Smith>",
    ),
    "bext01": _options("Require: nothingSupportsThis, nothingSupportsThisEither",
                       "Proxy-Require: noProxiesSupportThis, norDoAnyProxiesSupportThis"),
    "invut": _invite("Content-Type: application/unknownformat", body="<audio>\r\n</audio>\r\n"),
    "regaut01": _register("Authorization: NoOneKnowsThisScheme opaque-data=here"),
    "multi01": _invite(
        "CSeq: 5 INVITE", "CSeq: 59 INVITE", "Call-ID: multi01.98asdh@192.0.2.1",
        "Call-ID: multi01.98asdh@192.0.2.2", "From: <sip:caller@example.com>;tag=3413415",
        "From: <sip:other@example.net>;tag=2923420123", f"To: <{PHONE}>", "To: <sip:else@example>",
        "Max-Forwards: 70", "Max-Forwards: 5", "Contact: <sip:one@x>", "Contact: <sip:two@x>",
    ),
    "mcl01": _options("Content-Length: 13", "Content-Length: 5"),
    "bcast": message(
        "SIP/2.0 200 OK", "Via: SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923",
        "Via: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bK1saber23", body=SDP,
    ),
    "zeromf": _options("Max-Forwards: 0"),
    "cparam01": _register("Contact: sip:+19725552222@gw1.example.net;unknownparam"),
    "cparam02": _register("Contact: <sip:+19725552222@gw1.example.net;unknownparam>"),
    "regescrt": _register("Contact: <sip:user@example.com?Route=%3Csip:sip.example.com%3E>"),
    "sdp01": _invite("Accept: text/nobodyKnowsThis"),
    "inv2543": message(
        f"INVITE {PHONE} SIP/2.0", "Via: SIP/2.0/UDP iftgw.example.com", f"Record-Route: <{PHONE};"
        f"maddr=127.0.0.1>, <sip:[2001:db8::2]:5071;lr>", "From: <sip:+13035551111@ift>",
        drop=("Contact", "Max-Forwards"), body=SDP,
    ),
}  # fmt: skip

_V6 = "[2001:db8::9:255]"
RFC_5118: dict[str, bytes] = {
    "ipv6-good": _register(f"Via: SIP/2.0/UDP {_V6};branch=z9hG4bKas3-111",
                           f"Contact: <sip:caller@{_V6}>", uri="sip:[2001:db8::10]"),
    "ipv6-bad": _register("Via: SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bKas3-112",
                          uri="sip:2001:db8::10"),
    "port-ambiguous": _register(uri="sip:[2001:db8::10:5070]"),
    "port-unambiguous": _register(uri="sip:[2001:db8::10]:5070"),
    "via-received-param-with-delim": message(
        "BYE sip:[2001:db8::10] SIP/2.0",
        "Via: SIP/2.0/UDP [2001:db8::9:1];received=[2001:db8::9:255];branch=z9hG4bKas3-113"),
    "via-received-param-no-delim": _options(
        "Via: SIP/2.0/UDP [2001:db8::9:1];received=2001:db8::9:255;branch=z9hG4bKas3-114"),
    "ipv6-in-sdp": _invite(body=SDP.replace("IP4 192.0.2.4", "IP6 2001:db8::20")),
    "mult-ip-in-header": _options(
        "Via: SIP/2.0/UDP [2001:db8::9:1]:6050;branch=z9hG4bKas3-115",
        "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKjhja8781hjuaij65144",
        "Via: SIP/2.0/TCP [2001:db8::9:255];branch=z9hG4bK451jj;received=192.0.2.200"),
    "mult-ip-in-sdp": _invite(
        body="v=0\r\no=bob 280744730 28977631 IN IP4 host.example.com\r\ns=-\r\nt=0 0\r\n"
        "m=audio 22334 RTP/AVP 0\r\nc=IN IP4 192.0.2.1\r\nm=video 6024 RTP/AVP 107\r\n"
        "c=IN IP6 2001:db8::1\r\na=rtpmap:107 H263-1998/90000\r\n"),
    "ipv4-mapped-ipv6": _invite(
        "Via: SIP/2.0/UDP [::ffff:192.0.2.10]:19823;branch=z9hG4bKbh19",
        "Contact: <sip:t.watson@[::ffff:192.0.2.2]>", uri="sip:user@[::ffff:192.0.2.10]",
        body=SDP.replace("IP4 192.0.2.4", "IP6 ::ffff:192.0.2.2")),
    "ipv6-bug-abnf-3-colons": _options(uri="sip:user@[2001:db8:::192.0.2.1]"),
}  # fmt: skip

TORTURE = {**VALID_4475, **INVALID_4475, **APPLICATION_4475, **RFC_5118}
