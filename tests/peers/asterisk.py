"""Asterisk 22, the server that call centres run, in a network namespace of its own.

It runs in the foreground in the tree that ``setup.sh`` unpacked, with a configuration written for
this run into a temporary folder of that tree. The Manager Interface tells what happens; nothing is
read from its log but the evidence of a failure.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import sqlite3
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from . import asterisk_files as files
from .ami import ManagerInterface, Message
from .asterisk_files import Account
from .certificates import SERVER_NAME, Authority, Kind
from .namespace import Namespace
from .process import Child, MissingPeer, PeerFailed, wait_until

ETC = Path(__file__).parent / "asterisk_etc"
BOOT_S = 20.0
ENTER = 'mount --rbind /dev "$0/dev" && exec chroot "$0" "$@"'


def tree() -> Path | None:
    """The unpacked Asterisk tree, or None where ``setup.sh`` has not run."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    found = cache / "deskphone" / "peers" / "asterisk"
    return found.resolve() if (found / "usr/sbin/asterisk").exists() else None


def why_not() -> str | None:
    """What is missing for Asterisk to run here, besides a namespace; None if nothing."""
    return None if tree() else "the Asterisk tree is missing: run tests/peers/setup.sh"


class Asterisk:
    """A booted Asterisk; `accounts` holds what a phone needs to register with it.

    `certificate` chooses what it shows to TLS clients; `ca_file` is always the authority that
    signed it, and `server_name` the name that a right certificate carries besides the address.
    `more` is added to its pjsip.conf.
    """

    server_name = SERVER_NAME
    port = files.SIP_PORT
    tls_port = files.TLS_PORT

    def __init__(self, namespace: Namespace, certificate: Kind = "valid", more: str = "") -> None:
        self.namespace = namespace
        self.address = namespace.server_address
        self.address6 = namespace.server_address6
        self.accounts = files.accounts(secrets.token_hex(6))
        self._certificate: Kind = certificate
        self._more = more
        self._secret = secrets.token_hex(8)
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        root = tree()
        if root is None:
            raise MissingPeer(str(why_not()))
        with self._stack:
            self.folder = Path(tempfile.mkdtemp(prefix="deskphone-", dir=root / "tmp"))
            self._stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
            self._write_configuration(root)
            self._boot(root)
            self._stack = self._stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def die(self) -> None:
        """End it as a power cut does: it says good-bye to nobody."""
        os.kill(self.child.pid, signal.SIGKILL)
        self.child.wait(5.0)

    def boot_again(self) -> None:
        """Start it once more after its death, with all that it keeps on disk."""
        root = tree()
        assert root is not None
        self._boot(root)

    @property
    def ca_file(self) -> Path:
        """The authority that a phone must trust to speak TLS with this server."""
        return self.folder / "tls" / "ca.pem"

    @property
    def log(self) -> str:
        """What Asterisk has logged so far: notices, warnings, errors, verbose lines, DTMF."""
        path = self.folder / "log" / "full"
        return path.read_text(errors="replace") if path.exists() else self.child.text()

    def command(self, cli: str) -> str:
        """Run a command of the server's command line and give what it prints."""
        return self.manager.command(cli)

    def notify(self, channel: str, event: str) -> None:
        """NOTIFY with this event, within the call of a channel."""
        self.manager.action("PJSIPNotify", Channel=channel, Variable=f"Event={event}")

    def say(self, user: str, text: str) -> None:
        """MESSAGE with this text to a phone."""
        sender = f"sip:dialler@{self.address}"
        self.manager.action("MessageSend", To=f"pjsip:{user}", From=sender, Body=text)

    def originate(self, user: str, application: str, data: str = "") -> None:
        """Let the server call a phone and run an application on the answered leg."""
        self.command(f"channel originate PJSIP/{user} application {application} {data}".rstrip())

    def contact(self, user: str) -> str | None:
        """The registered contact URI of an account; None while it has none."""
        since = self.manager.mark()
        try:
            self.manager.action("PJSIPShowContacts")
        except PeerFailed as failure:
            if "No Contacts found" in str(failure):
                return None
            raise
        self.manager.wait_for_event("ContactListComplete", since=since)
        for event in self.manager.events("ContactList", since):
            if event.get("Endpoint") == user:
                return event.get("Uri")
        return None

    def wait_for_registration(self, user: str, timeout_s: float = 10.0) -> str:
        """The contact of an account as soon as it has one."""
        return wait_until(lambda: self.contact(user), timeout_s, f"{user} to register")

    def wait_until_kept(self, user: str) -> None:
        """An account's contact has come to the disk: that is a while after the server's answer."""
        database = f"file:{self.folder / 'lib' / 'astdb.sqlite3'}?mode=ro"
        wanted = "SELECT count(*) FROM astdb WHERE key LIKE '/registrar/contact/' || ? || ';%'"

        def look() -> bool:
            with contextlib.closing(sqlite3.connect(database, uri=True)) as kept:
                return bool(kept.execute(wanted, (user,)).fetchone()[0])

        wait_until(look, 10.0, f"the contact of {user} on the disk")

    def wait_for_digits(self, user: str, timeout_s: float = 15.0, since: int = 0) -> str:
        """The digits that extension 606 read from a phone."""
        event = self.manager.wait_for_event(
            "UserEvent",
            lambda event: event.get("UserEvent") == "Digits" and event.get("User") == user,
            timeout_s,
            since,
        )
        return event.get("Digits", "")

    def wait_for_conference(self, members: int, timeout_s: float = 10.0) -> str:
        """The member list of conference 605 as soon as it has that many members."""

        def look() -> str | None:
            listed = self.command("confbridge list 605")
            return listed if listed.count("PJSIP/") == members else None

        return wait_until(look, timeout_s, f"{members} members in conference 605")

    def channels(self) -> list[Message]:
        """The calls' legs at this moment: name, state, application, caller."""
        keys = (
            "Channel",
            "Context",
            "Extension",
            "Prio",
            "State",
            "Application",
            "Data",
            "CallerID",
        )
        lines = self.command("core show channels concise").splitlines()
        return [dict(zip(keys, line.split("!"), strict=False)) for line in lines if "!" in line]

    def heard(self, user: str) -> Path:
        """The WAV file (8 kHz) of what extension 600 has received from that phone."""
        return self.folder / "spool" / "monitor" / f"heard-{user}.wav"

    def _inside(self) -> Path:
        return Path("/tmp") / self.folder.name

    def _write_configuration(self, root: Path) -> None:
        inside, etc = self._inside(), self.folder / "etc"
        for name in ("lib/keys", "run", "log", "spool/monitor"):
            (self.folder / name).mkdir(parents=True)
        shutil.copytree(ETC, etc)
        authority = Authority(self.folder / "tls")
        authority.issue(self._certificate, self.address, self.address6)
        modules = next(root.glob("usr/lib/*/asterisk/modules"))
        tls = inside / "tls"
        addresses = [address for address in (self.address, self.address6) if address]
        for name, text in {
            "asterisk.conf": files.asterisk_conf(inside, "/" / modules.relative_to(root)),
            "manager.conf": files.manager_conf(self.address, self._secret),
            "rtp.conf": files.rtp_conf(),
            "pjsip.conf": files.pjsip_conf(
                addresses,
                f"{tls}/{self._certificate}.pem",
                f"{tls}/{self._certificate}.key",
                self.accounts,
            )
            + self._more,
        }.items():
            (etc / name).write_text(text)

    def _boot(self, root: Path) -> None:
        self.child = self._stack.enter_context(self._start(root))
        self.manager = self._log_in()
        self._stack.callback(self.manager.close)
        self._wait_until_booted()

    def _start(self, root: Path) -> Child:
        return Child(
            self.namespace.command(
                *("unshare", "--mount", "sh", "-c", ENTER, root, "/usr/sbin/asterisk", "-f", "-C"),
                self._inside() / "etc" / "asterisk.conf",
            ),
            self.folder / "console",
            env={"LC_ALL": "C", "HOME": "/tmp"},
        )

    def _wait_until_booted(self) -> None:
        def look() -> bool:
            if self.child.exit_code is not None:
                raise PeerFailed(f"Asterisk ended while booting:\n{self.log[-3000:]}")
            return bool(self.manager.events("FullyBooted"))

        try:
            wait_until(look, BOOT_S, "Asterisk to be fully booted")
        except PeerFailed as failure:
            raise PeerFailed(f"{failure}\n{self.log[-3000:]}") from None

    def _log_in(self) -> ManagerInterface:
        def look() -> ManagerInterface | None:
            if self.child.exit_code is not None:
                raise PeerFailed(f"Asterisk ended while booting:\n{self.log[-3000:]}")
            try:
                return ManagerInterface(
                    self.address, files.MANAGER_PORT, files.MANAGER_USER, self._secret
                )
            except (OSError, PeerFailed):
                return None

        try:
            return wait_until(look, BOOT_S, "Asterisk to boot")
        except PeerFailed as failure:
            raise PeerFailed(f"{failure}\n{self.log[-3000:]}") from None


__all__ = ["Account", "Asterisk", "tree", "why_not"]
