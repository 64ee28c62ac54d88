"""What a server asks by NOTIFY: `talk` answers or resumes a call, `hold` holds it.

`image/pjsua2/remote.c`, in our build of the library, takes these requests and answers them; they
come to nobody's call but one that the server has with this phone. `check-sync`, `resync` and
`reboot` are for the phone as a whole: it is to look for a newer configuration. Only the sip thread
may come in.
"""

from __future__ import annotations

import ctypes
import importlib
from collections.abc import Callable
from typing import Literal

from appliance.errors import EngineError

Wish = Literal["talk", "hold", "check", "restart"]
WISHES: tuple[Wish, ...] = ("talk", "hold", "check", "restart")
"""As the library numbers them."""

Told = Callable[[int, Wish], None]
"""Called with the library's number of a call (-1: none), and what is wanted."""

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

    def _called(self, call: int, wish: int) -> None:
        try:
            self._told(call, WISHES[wish])
        except Exception as error:  # noqa: BLE001 - the thread reports it
            self._crash(error)
