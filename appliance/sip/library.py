"""pjsua2 as a whole: configured, started, waited on, woken and ended. Lives on the sip thread.

No worker thread of the library runs while the phone is idle: SIP, RTP and timers are all handled
inside `wait`, which sleeps in one select. A four-byte keep-alive (RFC 5626 section 4.4.1) sent to a
UDP transport of our own on the loopback interface ends that sleep.
"""

from __future__ import annotations

import ctypes
import importlib
import logging
import socket
from typing import Any

from appliance.errors import EngineError
from appliance.sip.border import guarded, pj, plain_text, words
from appliance.sip.census import Census
from appliance.sip.remote import Remote
from appliance.sip.resolver import LOOPBACK
from appliance.sip.settings import BRIDGE_RATE, SipSettings

log = logging.getLogger(__name__)

ECHO_TAIL_MS = 200
_ECHO_CANCELLERS = {"off": 0, "speex": 1, "webrtc": 4}
_MAX_CALLS = 16
_CODEC_NAMES = {"opus": "opus/", "g722": "g722/", "pcmu": "pcmu/", "pcma": "pcma/",
                "g729": "g729/", "gsm": "gsm/", "speex": "speex/"}  # fmt: skip
_HIGHEST_PRIORITY = 254
_C = ctypes.CDLL(importlib.import_module("_pjsua2").__file__)
_C.pjsua_get_pjsip_endpt.restype = ctypes.c_void_p


class _Text(ctypes.Structure):
    """pj_str_t, pjlib's counted string (pj/types.h)."""

    _fields_ = (("ptr", ctypes.c_char_p), ("slen", ctypes.c_ssize_t))


class _Endpoint(pj.Endpoint):  # type: ignore[misc]
    """The library's endpoint; hands what concerns no call and no account to the station."""

    def __init__(self, station: Any) -> None:
        super().__init__()
        self.station = station

    @guarded
    def onTransportState(self, prm: Any) -> None:  # noqa: N802
        """A connection came up or went down."""
        self.station.transports.changed(prm)
        if prm.state == pj.PJSIP_TP_STATE_DISCONNECTED:
            self.station.connection_lost(int(prm.hnd), int(prm.lastError))

    @guarded
    def onSelectAccount(self, prm: Any) -> None:  # noqa: N802
        """A request from outside: say which account it is for."""
        message = plain_text(prm.rdata.wholeMsg)
        prm.accountIndex = self.station.account_for(
            message, prm.rdata.srcAddress, int(prm.accountIndex)
        )

    @guarded
    def onMediaEvent(self, prm: Any) -> None:  # noqa: N802
        """Something about the media; the sound device's trouble is what matters here."""
        if prm.ev.type == pj.PJMEDIA_EVENT_AUD_DEV_ERROR:
            self.station.thread.later(0.0, self.station.sound.broken)

    @guarded
    def onRejectedIncomingCall(self, prm: Any) -> None:  # noqa: N802
        """The library itself turned an INVITE away: no common codec, bad SDP, no account."""
        log.info("INVITE from %s refused: %d %s", prm.rdata.srcAddress, prm.statusCode, prm.reason)


class Library:
    """The one endpoint of the process, from `start` to `stop`."""

    def __init__(self, settings: SipSettings, station: Any) -> None:
        self._settings = settings
        self.endpoint: Any = _Endpoint(station)
        self._census = Census(station.heard, station.thread.crash)
        self._remote = Remote(station.remote_control, station.thread.crash)
        self._bell: socket.socket | None = None
        self._resolver_port = 0
        self._stun = ""

    def start(self) -> None:
        """Start the library; raises `EngineError` with its own words."""
        _hush()
        try:
            self.endpoint.libCreate()
            self.endpoint.libInit(self._configuration())
            self._census.begin()
            self._remote.begin()
            if status := _C.unasked_begin():
                raise EngineError(
                    "SIP-01", "SIP does not start", f"pjsip takes no module: {status}"
                )
            self._hang_bell()
            self.endpoint.libStart()
            self.endpoint.audDevManager().setNoDev()
            self._choose_codecs()
        except pj.Error as error:
            raise EngineError("SIP-01", "SIP does not start", words(error)) from None

    def wait(self, seconds: float) -> None:
        """Handle what arrives on the wire until `seconds` have passed or something came."""
        self.endpoint.libHandleEvents(int(seconds * 1000))

    def wake(self) -> None:
        """End the present `wait`, or the next one at once. From any thread."""
        if self._bell is not None:
            try:
                self._bell.send(b"\r\n\r\n")
            except OSError as error:
                log.debug("bell: %s", error)

    def ask_for_names(self, port: int) -> None:
        """Let the library resolve names at this port of the loopback interface.

        pjsua2 itself can name no port of a name server; the functions are pjsip's public ones.
        """
        if port == self._resolver_port:
            return
        endpoint = ctypes.c_void_p(_C.pjsua_get_pjsip_endpt())
        resolver = ctypes.c_void_p()
        address = _Text(LOOPBACK.encode(), len(LOOPBACK))
        failed = _C.pjsip_endpt_create_resolver(endpoint, ctypes.byref(resolver))
        failed = failed or _C.pj_dns_resolver_set_ns(
            resolver, 1, ctypes.byref(address), ctypes.byref(ctypes.c_uint16(port))
        )
        failed = failed or _C.pjsip_endpt_set_resolver(endpoint, resolver)
        if failed:
            log.warning("the SIP library resolves names by itself: %s", failed)
        self._resolver_port = port

    def use_stun(self, server: str) -> None:
        """Ask this STUN server (``address:port``) from now on; empty: none that is not in use."""
        if not server or server == self._stun:
            return
        self._stun = server
        servers = pj.StringVector()
        servers.append(server)
        try:
            self.endpoint.natUpdateStunServers(servers, False)
        except pj.Error as error:
            log.warning("STUN server %s: %s", server, words(error))

    def subscribe_to_mailbox(self, account: int, wanted: bool) -> None:
        """Begin or end the subscription to the messages of an account, by the library's number."""
        failed = _C.mailbox_subscribe(account, int(wanted))
        if failed:
            log.info("no subscription to the mailbox of account %d: %s", account, failed)

    def repeat_no_more(self, account: int) -> None:
        """Leave an account's last REGISTER, by the library's number, at what was sent of it.

        An answer that comes all the same is heard, until the account asks anew.
        """
        _C.repeats_end(account)

    def retire(self, connection: int) -> None:
        """Send nothing more over a connection, by its handle; it ends when nobody holds it."""
        failed = _C.pjsip_transport_shutdown(ctypes.c_void_p(connection))
        if failed:
            log.warning("a connection stays in use: %s", failed)

    def stop(self) -> None:
        """End the library without waiting for anything more from the wire."""
        if self._bell is not None:
            self._bell.close()
            self._bell = None
        try:
            self.endpoint.libDestroy(pj.PJSUA_DESTROY_NO_RX_MSG)
        except pj.Error as error:
            log.warning("pjsua2 does not end cleanly: %s", words(error))
        self.endpoint.station = None
        self.endpoint = None

    def _configuration(self) -> Any:
        config = pj.EpConfig()
        agent = config.uaConfig
        agent.threadCnt = 0
        agent.mainThreadOnly = True
        agent.maxCalls = _MAX_CALLS
        agent.natTypeInSdp = 0
        agent.userAgent = self._settings.user_agent
        media = config.medConfig
        media.hasIoqueue = False
        media.threadCnt = 0
        media.clockRate = BRIDGE_RATE
        media.noVad = True
        media.sndAutoCloseTime = -1
        canceller = _ECHO_CANCELLERS[self._settings.audio.echo_cancellation]
        media.ecTailLen = ECHO_TAIL_MS if canceller else 0
        media.ecOptions = canceller
        journal = config.logConfig
        journal.consoleLevel = 0
        journal.level = self._settings.log_level if self._settings.log_file else 0
        journal.msgLogging = int(bool(self._settings.log_file))
        journal.filename = self._settings.log_file
        return config

    def _hang_bell(self) -> None:
        loopback = pj.TransportConfig()
        loopback.boundAddress = "127.0.0.1"
        number = self.endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, loopback)
        _, _, port = self.endpoint.transportGetInfo(number).localAddress.rpartition(":")
        self._bell = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._bell.setblocking(False)
        self._bell.connect(("127.0.0.1", int(port)))

    def _choose_codecs(self) -> None:
        wanted = [_CODEC_NAMES[name] for name in self._settings.audio.codecs]
        for codec in self.endpoint.codecEnum2():
            name = codec.codecId.lower()
            rank = next((i for i, prefix in enumerate(wanted) if name.startswith(prefix)), None)
            priority = 0 if rank is None else _HIGHEST_PRIORITY - rank
            self.endpoint.codecSetPriority(codec.codecId, priority)


def _hush() -> None:
    """Until it has read its configuration the library logs to stdout, which is for results."""
    _C.pj_log_set_level(0)
