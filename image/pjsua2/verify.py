"""Proves that a pjsua2 wheel is a telephone, and says what is in it.

`PYTHONPATH=<unpacked wheel> python verify.py FILE SOURCE TARGET` starts PJSIP for
real, on loopback, and writes what was built of SOURCE for TARGET to FILE as one
JSON object; it exits 1 and names what a phone would miss. It opens no sound
device and needs nothing but the standard library.
"""

from __future__ import annotations

import ctypes
import json
import re
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import _pjsua2
import pjsua2 as pj

CODECS = (
    *("opus/48000", "G722/16000", "PCMA/8000", "PCMU/8000", "G729/8000", "GSM/8000"),
    *("speex/8000", "speex/16000", "speex/32000"),
)
LIBRARIES = ("libasound", "libssl", "libsrtp2", "libopus", "libbcg729", "libgsm", "libspeexdsp")
POLL_MS = 300
EAFNOSUPPORT_STATUS = 120_097  # PJ_ERRNO_START_SYS + EAFNOSUPPORT
EADDRNOTAVAIL_STATUS = 120_099  # the same for EADDRNOTAVAIL


def needed_libraries(extension: Path) -> list[str]:
    """The shared objects that the extension names as needed (ELF DT_NEEDED)."""
    command = ["readelf", "--dynamic", "--wide", str(extension)]
    dump = subprocess.run(command, check=True, capture_output=True, text=True)
    return re.findall(r"\(NEEDED\).*\[(.+)\]", dump.stdout)


def packages_of(libraries: list[str]) -> list[str]:
    """The Debian packages that those libraries come from on this machine."""
    maps = Path("/proc/self/maps").read_text(encoding="utf-8")
    mapped = {line.split()[-1] for line in maps.splitlines() if "/" in line}
    packages = set()
    for path in sorted(mapped):
        if not any(Path(path).name.startswith(name) for name in libraries):
            continue
        # A path below /usr may be registered without it, and the other way round.
        spellings = [path, path.removeprefix("/usr"), f"/usr{path}"]
        for spelling in spellings:
            found = subprocess.run(
                ["dpkg-query", "--search", spelling], check=False, capture_output=True, text=True
            )
            if found.returncode == 0:
                packages.add(found.stdout.split(":", 1)[0])
                break
    return sorted(packages)


def openssl_version(libraries: list[str]) -> str:
    """OpenSSL's own words, from the libcrypto that the extension is linked with."""
    libcrypto = next(name for name in libraries if name.startswith("libcrypto."))
    version = ctypes.CDLL(libcrypto).OpenSSL_version
    version.restype = ctypes.c_char_p
    return str(version(0).decode())


def opens(endpoint: Any, kind: int, address: str) -> str:
    """Why a transport of that kind cannot be opened on that address; "" if it can."""
    config = pj.TransportConfig()
    config.port = 0
    config.boundAddress = address
    try:
        endpoint.transportClose(endpoint.transportCreate(kind, config))
    except pj.Error as error:
        if kind == pj.PJSIP_TRANSPORT_UDP6 and error.status in (
            EAFNOSUPPORT_STATUS,
            EADDRNOTAVAIL_STATUS,
        ):
            return ""  # built in, but switched off in this kernel
        return str(error.reason)
    return ""


def releases_the_lock(endpoint: Any) -> bool:
    """Whether other Python threads run while PJSIP waits for events."""
    moments: list[float] = []
    other = threading.Timer(POLL_MS / 3000, lambda: moments.append(time.monotonic()))
    other.start()
    endpoint.libHandleEvents(POLL_MS)
    waited_until = time.monotonic()
    other.join()
    return bool(moments) and moments[0] < waited_until


def main(record: Path, source: str, target: str) -> int:
    """Looks at everything before it complains about anything."""
    missing: list[str] = []
    endpoint = pj.Endpoint()
    config = pj.EpConfig()
    config.logConfig.level = config.logConfig.consoleLevel = 0
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = True
    endpoint.libCreate()
    endpoint.libInit(config)
    endpoint.audDevManager().setNullDev()

    codecs = [info.codecId for info in endpoint.codecEnum2()]
    missing += [
        f"codec {codec} (there are: {', '.join(codecs)})"
        for codec in CODECS
        if not any(found.startswith(codec) for found in codecs)
    ]

    for words, kind, address in (
        ("UDP", pj.PJSIP_TRANSPORT_UDP, "127.0.0.1"),
        ("TCP", pj.PJSIP_TRANSPORT_TCP, "127.0.0.1"),
        ("TLS", pj.PJSIP_TRANSPORT_TLS, "127.0.0.1"),
        ("UDP over IPv6", pj.PJSIP_TRANSPORT_UDP6, "::1"),
    ):
        if problem := opens(endpoint, kind, address):
            missing.append(f"transport {words}: {problem}")
    ciphers = len(endpoint.utilSslGetAvailableCiphers())
    if not ciphers:
        missing.append("TLS ciphers")
    if not releases_the_lock(endpoint):
        missing.append("the release of Python's lock while waiting (swig -threads)")

    extension = Path(_pjsua2.__file__)
    code = extension.read_bytes()
    if b"webrtc_aec3_create" not in code:
        missing.append("the WebRTC AEC3 echo canceller")
    if b"SRTP keying DTLS-SRTP created" not in code:
        missing.append("DTLS-SRTP (libsrtp or OpenSSL without it)")
    if b"__assert_fail" not in code:
        missing.append("asserts (built with NDEBUG)")
    libraries = needed_libraries(extension)
    missing += [
        f"the library {library} (linked are: {', '.join(libraries)})"
        for library in LIBRARIES
        if not any(name.startswith(f"{library}.so") for name in libraries)
    ]

    built = {
        "source": source,
        "for": target,
        "pjsip": endpoint.libVersion().full,
        "codecs": codecs,
        "tls": openssl_version(libraries) if ciphers else "",
        "tls_ciphers": ciphers,
        "echo_cancellers": ["Speex", "WebRTC AEC3"],
        "libraries": libraries,
        "packages": packages_of(libraries),
        "size": len(code),
    }
    endpoint.libDestroy(pj.PJSUA_DESTROY_NO_RX_MSG)
    record.write_text(json.dumps(built, indent=2) + "\n", encoding="utf-8")
    for what in missing:
        sys.stderr.write(f"missing: {what}\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:]))
