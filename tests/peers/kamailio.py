"""An edge proxy and a registrar behind it: two Kamailios, from the tree in which Asterisk stands.

What a service provider has before its PBX: phones reach the edge alone, which keeps their flows
(RFC 5626) and tells the registrar the way back (Path, RFC 3327); the registrar names the edge as
the way out (Service-Route, RFC 3608) and assigns GRUUs (RFC 5627). Whoever calls from outside calls
the registrar. There are no passwords; 2001 is `trunk`, where the test listens.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from .asterisk import ENTER, tree
from .namespace import Namespace
from .process import Child

EDGE_PORT, REGISTRAR_PORT = 5060, 5080
CONFIGURATIONS = Path(__file__).parent / "kamailio_etc"


def why_not() -> str | None:
    """What is missing for Kamailio to run here, besides a namespace; None if nothing."""
    found = tree()
    if found is None or not (found / "usr/sbin/kamailio").exists():
        return "Kamailio is missing: run tests/peers/setup.sh"
    return None


class Kamailio:
    """Both, in `namespace`; `trunk` is ``address:port`` of the test's own that 2001 leads to."""

    def __init__(self, namespace: Namespace, trunk: str) -> None:
        self.namespace = namespace
        self.address = namespace.server_address
        self.edge = f"{self.address}:{EDGE_PORT}"
        self.registrar = (self.address, REGISTRAR_PORT)
        self._trunk = trunk
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        root = tree()
        assert root is not None
        with self._stack:
            self._folder = Path(tempfile.mkdtemp(prefix="deskphone-kamailio-", dir=root / "tmp"))
            self._stack.callback(shutil.rmtree, self._folder, ignore_errors=True)
            self._children = [self._start(root, name) for name in ("registrar", "edge")]
            self._stack = self._stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            error.add_note("\n".join(child.tail(40) for child in self._children))
        self._stack.close()

    def _start(self, root: Path, name: str) -> Child:
        inside = Path("/tmp") / self._folder.name
        text = (CONFIGURATIONS / f"{name}.cfg").read_text(encoding="utf-8")
        modules = next(root.glob("usr/lib/*/kamailio/modules"))
        for place, value in (
            ("@ADDRESS@", self.address),
            ("@EDGE_PORT@", str(EDGE_PORT)),
            ("@REGISTRAR_PORT@", str(REGISTRAR_PORT)),
            ("@TRUNK@", self._trunk),
        ):
            text = text.replace(place, value)
        (self._folder / f"{name}.cfg").write_text(text, encoding="utf-8")
        child = self._stack.enter_context(
            Child(
                self.namespace.command(
                    *("unshare", "--mount", "sh", "-c", ENTER, root, "/usr/sbin/kamailio"),
                    *("-f", inside / f"{name}.cfg", "-DD", "-E", "-m", "16", "-M", "4"),
                    *("-L", "/" / modules.relative_to(root), "-Y", inside),
                    *("-P", inside / f"{name}.pid"),
                ),
                self._folder / f"{name}.log",
            )
        )
        child.wait_for_text(f"{name} is up", 15.0)
        return child
