"""Proves under the emulator that a unit's Python finds all that a phone is made of.

`python imports.py DIRECTORY` with the directory of the application: modules with code of their
own are imported for real, and PJSIP is started and asked for what a cross build loses in silence.
"""

from __future__ import annotations

import importlib
import sys

CODECS = ("opus/48000", "G722/16000", "PCMA/8000", "PCMU/8000", "G729/8000", "GSM/8000")
MODULES = (
    *("ssl", "sqlite3", "zlib", "alsaaudio", "msgspec", "PIL.Image", "smbus2", "luma.oled.device"),
    *("gpiozero", "systemd.journal", "dns.resolver", "appliance.wiring.plans", "hw.kernel_pins"),
)


def main(directory: str) -> int:
    """Names everything that is missing before it complains."""
    sys.path.insert(0, directory)
    missing: list[str] = []
    for module in MODULES:
        try:
            importlib.import_module(module)
        except ImportError as error:
            missing.append(f"{module}: {error}")
    pj = importlib.import_module("pjsua2")
    endpoint = pj.Endpoint()
    config = pj.EpConfig()
    config.logConfig.level = config.logConfig.consoleLevel = 0
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = True
    endpoint.libCreate()
    endpoint.libInit(config)
    codecs = [info.codecId for info in endpoint.codecEnum2()]
    missing += [codec for codec in CODECS if not any(found.startswith(codec) for found in codecs)]
    if not len(endpoint.utilSslGetAvailableCiphers()):
        missing.append("TLS")
    endpoint.libDestroy(pj.PJSUA_DESTROY_NO_RX_MSG)
    for what in missing:
        sys.stderr.write(f"missing on the unit: {what}\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
