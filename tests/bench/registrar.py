"""A real registrar for a site of many: Kamailio, which bans who asks too often (*pike*)."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

from tests.bench.site import Kind

ADDRESS = "127.0.0.1"
SECRET = "the same for all"
BEARABLE = 30
"""REGISTERs a second that the server takes from one address before it bans it."""
CONFIGURATION = """#!KAMAILIO
debug=0
log_stderror=yes
children=2
disable_tcp={udp_only}
auto_aliases=no
listen={transport}:{address}:{port}
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "textops.so"
loadmodule "xlog.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "auth.so"
loadmodule "pike.so"
modparam("usrloc", "db_mode", 0)
modparam("pike", "sampling_time_unit", 2)
modparam("pike", "reqs_density_per_unit", {burst})
request_route {{
    if (!pike_check_req()) {{
        xlog("L_ALERT", "banned: $si\\n");
        exit;
    }}
    if (method != "REGISTER") {{
        sl_send_reply("405", "Method Not Allowed");
        exit;
    }}
    if (!pv_www_authenticate("$fd", "{secret}", "0")) {{
        www_challenge("$fd", "0");
        exit;
    }}
    save("location");
}}
"""


class Registrar:
    """A Kamailio that can be away: nothing is at its port then, and nobody is told so."""

    def __init__(self, port: int, folder: Path, transport: Kind = "udp") -> None:
        self.port = port
        self._transport = transport
        self._folder = folder / str(port)
        self._folder.mkdir()
        self._log = self._folder / "log"
        self._process: asyncio.subprocess.Process | None = None

    async def begin(self) -> None:
        """Be there; returns when the port is open."""
        file = self._folder / "kamailio.cfg"
        text = CONFIGURATION.format(
            transport=self._transport,
            udp_only="yes" if self._transport == "udp" else "no",
            address=ADDRESS,
            port=self.port,
            secret=SECRET,
            burst=2 * BEARABLE,
        )
        file.write_text(text, encoding="utf-8")
        words = ("kamailio", "-f", file, "-DD", "-E", "-Y", self._folder)
        with self._log.open("ab") as stream:
            self._process = await asyncio.create_subprocess_exec(
                *words, "-P", self._folder / "pid", stdout=stream, stderr=stream
            )
        while not self._is_open():
            if self._process.returncode is not None:
                raise SystemExit(f"kamailio does not start; it says why in {self._log}")
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.5)

    async def end(self) -> None:
        """Be gone; harmless where it is not there."""
        if self._process is not None:
            self._process.terminate()
            await self._process.wait()
            self._process = None

    @property
    def banned(self) -> int:
        """How many requests met a ban."""
        said = self._log.read_text(errors="replace") if self._log.exists() else ""
        return said.count("banned: ")

    def _is_open(self) -> bool:
        kind = socket.SOCK_DGRAM if self._transport == "udp" else socket.SOCK_STREAM
        with socket.socket(socket.AF_INET, kind) as probe:
            if self._transport == "tcp":
                return probe.connect_ex((ADDRESS, self.port)) == 0
            try:
                probe.bind((ADDRESS, self.port))
            except OSError:
                return True
        return False


def free_port(transport: Kind) -> int:
    """A port of `ADDRESS` that nobody has."""
    kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((ADDRESS, 0))
        return int(probe.getsockname()[1])
