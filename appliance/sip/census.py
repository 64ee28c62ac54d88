"""Hears of every request that arrives, so that the phone can say when its server last reached it.

pjsua answers OPTIONS by itself and tells nobody. A pjsip module of ours, registered through the C
interface that the wheel exports, sits in front of the others: it reads method and source, answers
nothing and holds nothing back. Lives on the sip thread, as pjsip calls it there.
"""

from __future__ import annotations

import ctypes
import importlib
import ipaddress
import re
import socket
from collections.abc import Callable

from appliance.errors import EngineError

Heard = Callable[[str, str], None]
"""Called with the method and the address it came from, empty where pjsip does not tell."""

_PRIORITY = 9
"""Right behind pjsip's transport layer (8), before all that answers (sip_module.h)."""
_METHOD = re.compile(rb"Request msg ([A-Z]+)/")
_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)
_RESPONSE_ADDRESS_BYTES = 512
"""More than struct pjsip_response_addr has: a pointer, a pj_sockaddr, a length, a host."""
_SOCKADDR = ctypes.sizeof(ctypes.c_void_p)


class _Module(ctypes.Structure):
    """struct pjsip_module of pjsip/sip_module.h."""

    _fields_ = (
        ("prev", ctypes.c_void_p),
        ("next", ctypes.c_void_p),
        ("name", ctypes.c_char_p),
        ("name_length", ctypes.c_ssize_t),
        ("id", ctypes.c_int),
        ("priority", ctypes.c_int),
        ("load", ctypes.c_void_p),
        ("start", ctypes.c_void_p),
        ("stop", ctypes.c_void_p),
        ("unload", ctypes.c_void_p),
        ("on_rx_request", _CALLBACK),
        ("on_rx_response", ctypes.c_void_p),
        ("on_tx_request", ctypes.c_void_p),
        ("on_tx_response", ctypes.c_void_p),
        ("on_tsx_state", ctypes.c_void_p),
    )


class Census:
    """Counts nothing, tells everything; keep it as long as the library lives.

    `crash` is told what goes wrong in the callback, which no exception may leave.
    """

    def __init__(self, heard: Heard, crash: Callable[[BaseException], None]) -> None:
        self._heard = heard
        self._crash = crash
        self._library = ctypes.CDLL(importlib.import_module("_pjsua2").__file__)
        self._library.pjsip_rx_data_get_info.restype = ctypes.c_char_p
        self._library.pjsip_rx_data_get_info.argtypes = (ctypes.c_void_p,)
        self._library.pjsip_get_response_addr.argtypes = (ctypes.c_void_p,) * 3
        self._library.pjsua_get_pjsip_endpt.restype = ctypes.c_void_p
        self._library.pjsip_endpt_register_module.argtypes = (ctypes.c_void_p,) * 2
        name = b"mod-deskphone-census"
        self._module = _Module(
            name=name,
            name_length=len(name),
            id=-1,
            priority=_PRIORITY,
            on_rx_request=_CALLBACK(self._request),
        )

    def begin(self) -> None:
        """Take the place among pjsip's modules; raises `EngineError` when there is none."""
        endpoint = self._library.pjsua_get_pjsip_endpt()
        status = self._library.pjsip_endpt_register_module(endpoint, ctypes.byref(self._module))
        if status:
            raise EngineError("SIP-01", "SIP does not start", f"pjsip takes no module: {status}")

    def _request(self, data: int) -> int:
        try:
            found = _METHOD.match(self._library.pjsip_rx_data_get_info(data) or b"")
            if found is not None:
                self._heard(found[1].decode("ascii"), self._source(data))
        except Exception as error:  # noqa: BLE001 - the thread reports it
            self._crash(error)
        return 0

    def _source(self, data: int) -> str:
        """Where a response would go: over connections and with rport (RFC 3581), the source."""
        answer = ctypes.create_string_buffer(_RESPONSE_ADDRESS_BYTES)
        pool = ctypes.c_void_p.from_address(data)
        if self._library.pjsip_get_response_addr(pool, data, answer):
            return ""
        family = int.from_bytes(answer.raw[_SOCKADDR : _SOCKADDR + 2], "little")
        place = answer.raw[_SOCKADDR + 4 :]
        if family == socket.AF_INET:
            return str(ipaddress.ip_address(place[:4]))
        if family == socket.AF_INET6:
            return str(ipaddress.ip_address(place[4:20]))
        return ""
