"""A STUN and TURN server: coturn, from the tree in which Asterisk stands too."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from .asterisk import ENTER, tree
from .namespace import Namespace
from .process import Child

PORT = 3478
RELAY_PORTS = (49152, 49215)
USER = "1001"


def why_not() -> str | None:
    """What is missing for coturn to run here, besides a namespace; None if nothing."""
    found = tree()
    if found is None or not (found / "usr/bin/turnserver").exists():
        return "coturn is missing: run tests/peers/setup.sh"
    return None


class Coturn:
    """A turnserver in `namespace`; `user` and `password` may allocate, anybody may ask by STUN."""

    def __init__(self, namespace: Namespace) -> None:
        self.namespace = namespace
        self.address = namespace.server_address
        self.server = f"{self.address}:{PORT}"
        self.user, self.password = USER, secrets.token_hex(8)

    def __enter__(self) -> Self:
        root = tree()
        assert root is not None
        self._folder = Path(tempfile.mkdtemp(prefix="deskphone-coturn-"))
        first, last = RELAY_PORTS
        self._child = Child(
            self.namespace.command(
                *("unshare", "--mount", "sh", "-c", ENTER, root, "/usr/bin/turnserver"),
                *("-n", "--no-tls", "--lt-cred-mech", "--fingerprint"),
                *("--listening-ip", self.address, "--relay-ip", self.address),
                *("--min-port", str(first), "--max-port", str(last), "--realm", "deskphone.test"),
                *("--user", f"{self.user}:{self.password}", "--verbose"),
                *("--log-file", "stdout", "--pidfile", "/tmp/turnserver.pid"),
            ),
            self._folder / "log",
        )
        self._child.wait_for_text("UDP listener opened", 15.0)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            error.add_note(self.log[-3000:])
        self._child.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def log(self) -> str:
        """What it has said so far."""
        return self._child.text()
