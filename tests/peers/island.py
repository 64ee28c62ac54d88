"""Sockets that belong to another network namespace, for servers that live in this process.

A socket stays in the namespace in which it was made: a thread goes there, makes it, and comes back
to nothing, for it ends.
"""

from __future__ import annotations

import ctypes
import os
import socket
import threading

from .namespace import Namespace

CLONE_NEWNET = 0x40000000
"""setns(2)."""


def socket_on(
    namespace: Namespace, kind: socket.SocketKind, port: int = 0, address: str = ""
) -> socket.socket:
    """A socket of this kind, bound to the server's end of the cable (or to `address`)."""
    made: list[socket.socket] = []
    trouble: list[OSError] = []

    def make() -> None:
        try:
            there = os.open(f"/run/netns/{namespace.name}", os.O_RDONLY)
            try:
                libc = ctypes.CDLL(None, use_errno=True)
                if libc.setns(there, CLONE_NEWNET):
                    raise OSError(ctypes.get_errno(), f"setns {namespace.name}")
            finally:
                os.close(there)
            wire = socket.socket(socket.AF_INET, kind)
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            wire.bind((address or namespace.server_address, port))
            wire.setblocking(False)
            made.append(wire)
        except OSError as error:
            trouble.append(error)

    worker = threading.Thread(target=make, name="traveller")
    worker.start()
    worker.join()
    if trouble:
        raise trouble[0]
    return made[0]
