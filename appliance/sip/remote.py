"""What a server asks of a call by NOTIFY: `talk` answers or resumes it, `hold` holds it.

`image/pjsua2/remote.c`, in our build of the library, takes these requests and answers them; they
come to nobody's call but one that the server has with this phone. Only the sip thread may come in.
"""

from __future__ import annotations

import ctypes
import importlib
from collections.abc import Callable

from appliance.errors import EngineError

Told = Callable[[int, bool], None]
"""Called with the library's number of a call, and whether it is to be held."""

_CALLBACK = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_int)
_C = ctypes.CDLL(importlib.import_module("_pjsua2").__file__)


class Remote:
    """Keep it as long as the library lives; `crash` is told what goes wrong in `told`."""

    def __init__(self, told: Told, crash: Callable[[BaseException], None]) -> None:
        self._told = told
        self._crash = crash
        self._callback = _CALLBACK(self._called)

    def begin(self) -> None:
        """Take the place among pjsip's modules; raises `EngineError` when there is none."""
        if status := _C.remote_begin(self._callback):
            raise EngineError("SIP-01", "SIP does not start", f"pjsip takes no module: {status}")

    def _called(self, call: int, hold: int) -> None:
        try:
            self._told(call, bool(hold))
        except Exception as error:  # noqa: BLE001 - the thread reports it
            self._crash(error)
