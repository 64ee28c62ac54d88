"""A bare pjsua2 script: what the SIP engine costs with no phone around it.

The library's own defaults (its media worker thread, polling every 10 ms as in its Python samples),
but for what the measured processing depends on: no VAD, a 16 kHz bridge, G.722 first. Commands come
on standard input, one a line: ``dial URI``, ``answer``, ``hangup``, ``quit``.

    python -m tests.bench.bare USER PASSWORD SERVER ADDRESS
"""

from __future__ import annotations

import ctypes
import importlib
import os
import select
import socket
import sys
from typing import Any

pj: Any = importlib.import_module("pjsua2")
POLL_MS = 10


def operation(code: int = 0) -> Any:
    """A call operation with one audio stream."""
    parameter = pj.CallOpParam(True)
    parameter.opt.audioCount = 1
    parameter.opt.videoCount = parameter.opt.textCount = 0
    if code:
        parameter.statusCode = code
    return parameter


class Call(pj.Call):  # type: ignore[misc]
    """Joined to the sound device as soon as it has audio."""

    def onCallMediaState(self, prm: Any) -> None:  # noqa: N802
        """Media was negotiated."""
        audio = self.getAudioMedia(-1)
        devices = pj.Endpoint.instance().audDevManager()
        audio.startTransmit(devices.getPlaybackDevMedia())
        devices.getCaptureDevMedia().startTransmit(audio)


class Account(pj.Account):  # type: ignore[misc]
    """Rings at once."""

    call: Call | None = None

    def onIncomingCall(self, prm: Any) -> None:  # noqa: N802
        """An INVITE."""
        self.call = Call(self, prm.callId)
        self.call.answer(operation(180))

    def command(self, words: list[str]) -> None:
        """Do what a line of standard input says."""
        match words:
            case ["dial", uri]:
                self.call = Call(self)
                self.call.makeCall(uri, operation())
            case ["answer"] if self.call is not None:
                self.call.answer(operation(200))
            case ["hangup"] if self.call is not None:
                self.call.hangup(pj.CallOpParam())


def configuration() -> Any:
    """The library's, as the module says."""
    config = pj.EpConfig()
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = True
    config.medConfig.noVad = True
    config.medConfig.clockRate = 16000
    config.logConfig.level = config.logConfig.consoleLevel = 0
    return config


def open_gate(server: str) -> None:
    """Let the server's packets in: this build of PJSIP listens to nobody else (gate.c)."""
    library = ctypes.CDLL(importlib.import_module("_pjsua2").__file__)
    mapped = bytes(10) + b"\xff\xff" + socket.inet_aton(server.rpartition(":")[0] or server)
    library.gate_admit(mapped + bytes(256), 1, 0, 0)


def main(user: str, password: str, server: str, address: str) -> None:
    """Register and obey."""
    endpoint = pj.Endpoint()
    endpoint.libCreate()
    endpoint.libInit(configuration())
    transport = pj.TransportConfig()
    transport.boundAddress = address
    endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
    endpoint.libStart()
    open_gate(server)
    endpoint.audDevManager().setNullDev()
    for codec in endpoint.codecEnum2():
        endpoint.codecSetPriority(codec.codecId, 254 if codec.codecId.startswith("G722/") else 0)
    config = pj.AccountConfig()
    config.idUri = f"sip:{user}@{server}"
    config.regConfig.registrarUri = f"sip:{server}"
    config.sipConfig.authCreds.append(pj.AuthCredInfo("digest", "*", user, 0, password))
    config.mediaConfig.transportConfig.boundAddress = address
    account = Account()
    account.create(config)
    while True:
        endpoint.libHandleEvents(POLL_MS)
        if select.select([0], [], [], 0)[0]:
            words = os.read(0, 4096).decode().split()
            if not words or words == ["quit"]:
                break
            account.command(words)
    account.call = None
    account.shutdown()
    endpoint.libDestroy()


if __name__ == "__main__":
    main(*sys.argv[1:])
