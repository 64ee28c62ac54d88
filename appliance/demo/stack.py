"""sippy on asyncio: the one module that knows the SIP library.

sippy brings an event dispatcher that polls 100 times a second and six threads per UDP socket.
Neither is started here: its timers are asyncio's (`_Timer` stands in for its EventListener) and
its server is one non-blocking socket that the loop watches (`_Socket`), so everything happens on
one thread and nothing happens while nothing happens. Outwards only the typed words of `legs` are
spoken; sippy itself is untyped, and no object of it may leave this module but inside a `Leg` or an
INFO's body.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Any

from sippy.CCEvents import (
    CCEventConnect,
    CCEventDisconnect,
    CCEventFail,
    CCEventInfo,
    CCEventPreConnect,
    CCEventRing,
    CCEventTry,
    CCEventUpdate,
)
from sippy.Core.EventDispatcher import ED2
from sippy.MsgBody import MsgBody
from sippy.Network_server import Network_server, Network_server_opts, Remote_address
from sippy.SipConf import SipConf
from sippy.SipContact import SipContact
from sippy.SipHeader import SipHeader
from sippy.SipTransactionManager import SipTransactionManager
from sippy.SipURL import SipURL
from sippy.Time.MonoTime import MonoTime
from sippy.UA import UA

from appliance.demo.digest import Credentials
from appliance.demo.legs import (
    Answered,
    Changed,
    Ended,
    Informed,
    Invited,
    LegEvent,
    Offered,
    OnLegEvent,
    Progressed,
    Refused,
    Reply,
    Request,
)
from appliance.demo.registrar import Contact

log = logging.getLogger(__name__)

METHODS = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, REGISTER"
"""What the PBX understands, as its Allow header says."""

_IN_DIALOG = frozenset({"INVITE", "BYE", "INFO", "OPTIONS"})
_DATAGRAM = 65535


class _Timer:
    """A timer of sippy's, kept by asyncio."""

    def __init__(
        self,
        callback: Callable[..., None],
        interval: Any,
        ticks: int | None = 1,
        absolute: bool = False,
        *arguments: Any,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._callback, self._arguments = callback, arguments
        self._interval = 0.0 if absolute else float(interval)
        self._due = float(interval.monot) if absolute else self._loop.time() + self._interval
        self._left = 1 if ticks is None else ticks
        self._handle: asyncio.TimerHandle | None = None

    def go(self) -> None:
        """Start; the first tick is due one interval after the timer was made."""
        if self._left != 0:
            self._handle = self._loop.call_at(self._due, self._fire)

    def cancel(self) -> None:
        """Stop; harmless when it has fired already."""
        self._left = 0
        if self._handle is not None:
            self._handle.cancel()

    def _fire(self) -> None:
        if self._left > 0:
            self._left -= 1
        self._due += self._interval
        self.go()
        self._callback(*self._arguments)


class _Socket(Network_server):  # type: ignore[misc]
    """One UDP socket on the event loop, in place of sippy's queue and six threads."""

    transport = "udp"

    def __init__(self, _config: dict[str, Any], options: Any) -> None:
        super().__init__(options)
        self._loop = asyncio.get_running_loop()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        try:
            self._socket.bind(self.uopts.laddress)
        except OSError:
            self._socket.close()
            raise
        self.uopts.laddress = self._socket.getsockname()
        self._loop.add_reader(self._socket.fileno(), self._readable)

    def send_to(self, data: bytes | str, address: tuple[str, int], _delayed: bool = False) -> None:
        """At once; what the network refuses is lost, as UDP is, and SIP's timers repeat it."""
        octets = data if isinstance(data, bytes) else data.encode()
        try:
            self._socket.sendto(octets, address)
        except OSError as error:
            log.warning("cannot send to %s: %s", address, error)

    def shutdown(self) -> None:
        """Close the socket."""
        self._loop.remove_reader(self._socket.fileno())
        self._socket.close()
        self.uopts.data_callback = None

    def join(self) -> None:
        """There is no thread to wait for."""

    def _readable(self) -> None:
        try:
            data, source = self._socket.recvfrom(_DATAGRAM)
        except OSError:
            return
        self.handle_read(data, Remote_address(source, self.transport), MonoTime())


class _Transactions(SipTransactionManager):  # type: ignore[misc]
    model_udp_server = (_Socket, Network_server_opts)


class _Silence:
    """sippy's message log: off, for passwords' digests and numbers are nobody's business."""

    def write(self, *_words: object, **_options: object) -> None:
        """Forget it."""


class _Dialog(UA):  # type: ignore[misc]
    """sippy's user agent, which leaves methods unanswered that it does not know."""

    def recvRequest(self, req: Any, sip_t: Any) -> Any:  # noqa: N802
        """Answer what the base class would ignore or take for the hold of RFC 2543."""
        if self.state is not None:
            if req.getMethod() not in _IN_DIALOG:
                return _reply(req, Reply(405, "Method Not Allowed", (("Allow", METHODS),)))
            if req.getMethod() == "INVITE" and req.getBody() is None:
                return _reply(req, Reply(488, "Not Acceptable Here"))
        return super().recvRequest(req, sip_t)


class SipLeg:
    """One dialog; see `legs.Leg` for what the commands mean."""

    def __init__(self, config: dict[str, Any], peer: tuple[str, int] | None, user: str) -> None:
        self._on_event: OnLegEvent = lambda _event: None
        self.agent = _Dialog(config, event_cb=self._heard, nh_address=peer)
        self.agent.lContact = SipContact()
        self.agent.lContact.address.name = None
        self.agent.lContact.getUrl().username = user
        self._user = user
        self._target: Any = None
        self._name = ""

    def listen(self, on_event: OnLegEvent) -> None:
        """Deliver events to `on_event` from now on."""
        self._on_event = on_event

    def aim(self, uri: str, name: str) -> None:
        """Name the target of a leg that is to call out, and the caller's display name."""
        self._target, self._name = SipURL(uri), name

    def invite(self, sdp: str | None, on_event: OnLegEvent, ring_seconds: float = 0.0) -> None:
        """Send the INVITE that `aim` has prepared."""
        self.listen(on_event)
        self.agent.expire_time = ring_seconds or None
        user, name = self._target.username, self._name or None
        invitation = CCEventTry((None, self._user, user, _body(sdp), None, name))
        invitation.onUacSetupComplete = self._set_target
        self._tell(invitation)

    def progress(self, code: int, reason: str, sdp: str | None = None) -> None:
        """A provisional response."""
        self._tell(CCEventRing((code, reason, _body(sdp))))

    def answer(self, sdp: str | None) -> None:
        """A 2xx, or the ACK to a delayed offer."""
        self._tell(_allowing(CCEventConnect((200, "OK", _body(sdp)))))

    def offer(self, sdp: str | None) -> None:
        """A 2xx with an offer."""
        self._tell(_allowing(CCEventPreConnect((200, "OK", _body(sdp)))))

    def change(self, sdp: str) -> None:
        """A re-INVITE; after a refused one, whatever was refused may be offered again."""
        if self.agent.lSDP is None:
            self.agent.lSDP = MsgBody("")
        self._tell(CCEventUpdate(_body(sdp)))

    def inform(self, body: object) -> None:
        """An INFO."""
        self._tell(CCEventInfo(body))

    def refuse(self, code: int, reason: str) -> None:
        """A final refusal."""
        self._tell(CCEventFail((code, reason)))

    def hang_up(self) -> None:
        """CANCEL, BYE or a refusal."""
        self._tell(CCEventDisconnect())

    def _set_target(self, agent: Any) -> None:
        agent.rTarget = self._target

    def _tell(self, event: Any) -> None:
        self.agent.recvEvent(event)

    def _heard(self, event: Any, _agent: Any) -> None:
        translated = _translate(event)
        if translated is not None:
            self._on_event(translated)


class SipStack:
    """The PBX's SIP side: one UDP port, its transactions and its dialogs.

    To be made and used on a running event loop. `on_request` sees every request that belongs to
    no dialog and returns either a Reply or, for an INVITE, the leg that shall take it.
    """

    def __init__(
        self, address: str, port: int, product: str, on_request: Callable[[Request], Reply | SipLeg]
    ) -> None:
        ED2.regTimer = _Timer
        SipConf.my_uaname = product
        self._on_request = on_request
        self._config: dict[str, Any] = {
            "_sip_address": address,
            "_sip_port": port,
            "_sip_logger": _Silence(),
        }
        self._transactions = _Transactions(self._config, self._received)
        self._config["_sip_tm"] = self._transactions
        bound = self._transactions.l4r.getServer((address, port)).getSIPaddr()[0]
        self.port: int = bound[1]

    def incoming_leg(self, user: str) -> SipLeg:
        """A leg for the INVITE that is being handled; `user` is what was dialled."""
        return SipLeg(self._config, None, user)

    def outgoing_leg(self, uri: str, next_hop: tuple[str, int], caller: str, name: str) -> SipLeg:
        """A leg to a contact's `uri`, by way of the address it registered from."""
        leg = SipLeg(self._config, next_hop, caller)
        leg.aim(uri, name)
        return leg

    def close(self) -> None:
        """Close the port; nothing is sent or received afterwards."""
        self._transactions.shutdown()

    def _received(self, raw: Any, transaction: Any) -> Any:
        try:
            request = _read(raw)
        except Exception:
            log.warning("a request that cannot be understood", exc_info=True)
            return _reply(raw, Reply(400, "Bad Request"))
        try:
            outcome = self._on_request(request)
            if isinstance(outcome, Reply):
                return _reply(raw, outcome)
            if not raw.countHFs("expires"):
                transaction.teE.cancel()  # else sippy lets no call ring for more than 300 s
            return outcome.agent.recvRequest(raw, transaction)
        except Exception:
            log.exception("%s to %s failed", request.method, request.user)
            return _reply(raw, Reply(500, "Server Internal Error"))


def _body(sdp: str | None) -> Any:
    return None if sdp is None else MsgBody(sdp)


def _allowing(event: Any) -> Any:
    event.extra_headers = (SipHeader(f"Allow: {METHODS}"),)
    return event


def _reply(raw: Any, reply: Reply) -> Any:
    response = raw.genResponse(reply.code, reply.reason)
    response.appendHeaders([SipHeader(f"{name}: {value}") for name, value in reply.headers])
    return (response, None, None)


def _translate(event: Any) -> LegEvent | None:
    data = event.getData()
    match event:
        case CCEventTry():
            return Invited(_text(data[3]))
        case CCEventRing():
            return Progressed(data[0], data[1], _text(data[2])) if data[0] > 100 else None
        case CCEventPreConnect():
            return Offered(_text(data[2]))
        case CCEventConnect():
            return Answered(_text(data[2]))
        case CCEventUpdate():
            return Changed(str(data))
        case CCEventInfo():
            return Informed(data)
        case CCEventFail():
            return Refused(data[0], data[1])
        case CCEventDisconnect():
            return Ended()
    return Refused(480, "Temporarily Unavailable")


def _text(body: Any) -> str | None:
    return None if body is None else str(body)


def _read(raw: Any) -> Request:
    caller = raw.getHFBody("from")
    callee = raw.getHFBody("to")
    contacts = raw.getHFBodys("contact")
    if raw.getMethod() == "INVITE" and not contacts:
        raise ValueError("an INVITE without a Contact (RFC 3261 section 8.1.1.8)")
    return Request(
        method=raw.getMethod(),
        user=raw.getRURI().username or "",
        from_user=caller.getUrl().username or "",
        from_name=caller.getUri().name or "",
        to_user=callee.getUrl().username or "",
        to_tag=callee.getTag() or "",
        call_id=str(raw.getHFBody("call-id")),
        cseq=int(raw.getHFBody("cseq").getCSeqNum()),
        source=raw.getSource(),
        contacts=tuple(_contact(each) for each in contacts if not each.asterisk),
        every_contact=any(each.asterisk for each in contacts),
        expires=raw.getHFBody("expires").getNum() if raw.countHFs("expires") else None,
        credentials=_credentials(raw),
    )


def _contact(header: Any) -> Contact:
    expires = header.getUri().getParam("expires")
    return Contact(str(header.getUrl()), None if expires is None else int(expires))


def _credentials(raw: Any) -> Credentials | None:
    if not raw.countHFs("authorization"):
        return None
    header = raw.getHFBody("authorization")
    return Credentials(
        username=header.username or "",
        realm=header.realm or "",
        nonce=header.nonce or "",
        uri=header.uri or "",
        response=header.response or "",
        algorithm=header.algorithm or "",
        qop=header.qop or "",
        nonce_count=header.nc or "",
        cnonce=header.cnonce or "",
    )
