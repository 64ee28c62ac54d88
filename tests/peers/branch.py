"""A branch office: a network with a phone in it, and a way to a server, of chosen address families.

It is a namespace joined to the server's own; this host has no part in it. A phone is a process that
runs inside, with a hosts file of the branch's that names the server, and that machine alone: no
name server answers, and a phone that asks for its own name stands still. What a family's way
swallows is lost without a word, as where IPv6 is announced and leads nowhere.
"""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from .namespace import Namespace
from .process import PeerFailed, run

Family = Literal["ipv4", "ipv6"]
SERVER = "pbx.example.test"
"""What the branch's hosts file calls the server, at every address that it has."""
_INSIDE = 'mount --bind "$1" /etc/hosts && shift && exec "$@"'
_LINK = "uplink"


class Branch:
    """The branch of a server's namespace, for as long as the context lasts."""

    def __init__(self, server: Namespace, *families: Family) -> None:
        self.server = server
        self.families = families
        number = server.name.removeprefix("deskp")
        self.name = f"{server.name}b"
        self._near = {"ipv4": f"198.19.{number}.2", "ipv6": f"2001:db8:de5d:{int(number):x}::2"}
        self._far = {"ipv4": f"198.19.{number}.1", "ipv6": f"2001:db8:de5d:{int(number):x}::1"}
        self._stack = contextlib.ExitStack()

    def address(self, family: Family) -> str:
        """The phone's own."""
        return self._near[family]

    def command(self) -> tuple[str, ...]:
        """What a command line begins with to run inside."""
        enter = ("nsenter", f"--net=/run/netns/{self.name}", "unshare", "--mount")
        return (*enter, "sh", "-c", _INSIDE, "sh", str(self._hosts))

    def swallow(self, family: Family) -> None:
        """From now on nothing comes back by addresses of this family."""
        bits = 32 if family == "ipv4" else 128
        there = ("ip", "-n", self.server.name, "route", "replace", "blackhole")
        run(*there, f"{self._near[family]}/{bits}")

    def __enter__(self) -> Self:
        self._remove()
        with self._stack:
            self._stack.callback(self._remove)
            folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="deskphone-"))
            self._hosts = Path(folder) / "hosts"
            known = (self.server.server_address, self.server.server_address6)
            self._hosts.write_text(
                "127.0.0.1 localhost\n" + "".join(f"{address} {SERVER}\n" for address in known)
            )
            self._lay()
            self._stack = self._stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def _lay(self) -> None:
        inside, there = ("ip", "-n", self.name), ("ip", "-n", self.server.name)
        run("ip", "netns", "add", self.name)
        run(*inside, "link", "set", "lo", "up")
        ends = ("link", "add", _LINK, "type", "veth", "peer", "name", "branch")
        run(*inside, *ends, "netns", self.server.name)
        for where, link, addresses in (
            (inside, _LINK, self._near),
            (there, "branch", self._far),
        ):
            run(*where, "link", "set", link, "addrgenmode", "none", "up")
            for family in self.families:
                bits, nodad = ("30", ()) if family == "ipv4" else ("64", ("nodad",))
                run(*where, "addr", "add", f"{addresses[family]}/{bits}", "dev", link, *nodad)
        for family in self.families:
            kind = "-4" if family == "ipv4" else "-6"
            run("ip", kind, "-n", self.name, "route", "add", "default", "via", self._far[family])

    def _remove(self) -> None:
        for argv in (
            ("ip", "netns", "del", self.name),
            ("ip", "-n", self.server.name, "link", "del", "branch"),
            *(
                ("ip", "-n", self.server.name, "route", "del", "blackhole", near)
                for near in self._near.values()
            ),
        ):
            with contextlib.suppress(PeerFailed):
                run(*argv)
