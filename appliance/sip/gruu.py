"""The phone's globally routable URI (GRUU, RFC 5627), where a registrar gives it one.

An account's Contact leads to an address that changes and that a NAT may hide; the GRUU leads to
this unit by way of its server, from anywhere and for as long as it is registered. The dialogs of an
account bear it then, its REGISTERs never. PJSIP knows nothing of it: `image/pjsua2/gruu.c`, in our
build of the library, puts it in. Only the sip thread may come in here.
"""

from __future__ import annotations

import ctypes
import importlib
import logging
import re

from appliance.sip.bindings import assigned

log = logging.getLogger(__name__)

_SIP_URI = re.compile(r"sips?:[^\s<>\"\x00-\x1f\x7f]+", re.IGNORECASE)
_C = ctypes.CDLL(importlib.import_module("_pjsua2").__file__)
_C.gruu_set.argtypes = (ctypes.c_char_p, ctypes.c_char_p)


def adopt(answer: str, mark: str, parameters: str) -> str:
    """Bear from now on what a 200 to REGISTER assigns to the contact with this mark; that URI.

    `parameters` are the URI parameters by which the account's Contact is known from others. Empty:
    the registrar assigned none, and the Contact stands for itself.
    """
    uri = assigned(answer, mark)
    if uri and not _SIP_URI.fullmatch(uri):
        log.warning("the registrar assigns %r, which is no SIP URI", uri[:80])
        uri = ""
    contact = f"<{uri}>" if uri else ""
    if _C.gruu_set(parameters.encode(), contact.encode()):
        log.warning("the URI that the registrar assigns is too long: %s…", uri[:80])
        return ""
    return uri


def forget(parameters: str) -> None:
    """The account is not registered any more."""
    _C.gruu_set(parameters.encode(), b"")
