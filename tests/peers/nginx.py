"""A file server as sites have one: nginx with TLS, validators, log-in and mTLS."""

from __future__ import annotations

import shutil
import socket
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from .certificates import Authority
from .namespace import Namespace
from .process import Child, wait_until

ADDRESS = "127.0.0.1"
PORTS = [443, 8444, 8445, 80]
"""Where a namespace is its own."""
USER, PASSWORD = "unit", "only-for-units"
CONFIG = """\
daemon off;
master_process off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ }}
http {{
    log_format facts '$server_port $request_uri $status $body_bytes_sent';
    access_log {folder}/access.log facts;
    client_body_temp_path {folder}/client; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    default_type application/octet-stream;
    root {root};
    ssl_certificate {chain};
    ssl_certificate_key {key};
    keepalive_requests {requests};
    server {{ listen {address}:{port} ssl; }}
    server {{
        listen {address}:{login_port} ssl;
        auth_basic units; auth_basic_user_file {folder}/users;
    }}
    server {{
        listen {address}:{mutual_port} ssl;
        ssl_client_certificate {ca_file}; ssl_verify_client on;
    }}
    server {{ listen {address}:{clear_port}; }}
}}
"""


def why_not() -> str | None:
    """What is missing for nginx to run here; None if nothing."""
    if shutil.which("nginx") is None:
        return "nginx is missing: run tests/peers/setup.sh"
    return None


def _free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind((ADDRESS, 0))
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


class Nginx:
    """Serves `root` at four addresses, which end in a slash.

    `url` is open to all, `login_url` to `USER` with `PASSWORD`, `mutual_url` to who has a
    certificate of `authority`; `clear_url` is without TLS. A connection serves `requests` files.
    It is on loopback, or the server in `network`.
    """

    def __init__(
        self,
        root: Path,
        authority: Authority,
        requests: int = 1000,
        network: Namespace | None = None,
    ) -> None:
        self.root = root
        self.authority = authority
        self._network = network
        self._address = network.server_address if network else ADDRESS
        self.certificate = authority.issue("valid", self._address)
        self._requests = requests
        self._ports = PORTS if network else _free_ports(4)
        self.url, self.login_url, self.mutual_url = (
            f"https://{self._address}:{port}/" for port in self._ports[:3]
        )
        self.clear_url = f"http://{self._address}:{self._ports[3]}/"

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="deskphone-nginx-"))
        (self._folder / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n")
        port, login_port, mutual_port, clear_port = self._ports
        config = self._folder / "nginx.conf"
        config.write_text(
            CONFIG.format(
                folder=self._folder,
                root=self.root,
                chain=self.certificate.chain,
                key=self.certificate.key,
                ca_file=self.authority.ca_file,
                requests=self._requests,
                address=self._address,
                port=port,
                login_port=login_port,
                mutual_port=mutual_port,
                clear_port=clear_port,
            )
        )
        words = ("nginx", "-p", self._folder, "-c", config)
        self._child = Child(
            self._network.command(*words) if self._network else words, self._folder / "log"
        )
        wait_until(self._listens, 5.0, "nginx to listen")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            error.add_note(self._child.tail())
        self._child.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _listens(self) -> bool:
        if self._child.exit_code is not None:
            self._child.wait_for_text("^listening$")
        with socket.socket() as probe:
            return probe.connect_ex((self._address, self._ports[3])) == 0

    @property
    def asked(self) -> list[tuple[str, int, int]]:
        """What was asked for until now: path, status, and octets of the body that was sent.

        A last question of our own makes sure that all before it have been written down.
        """
        log = self._folder / "access.log"
        mark = f"/mark-{log.stat().st_size}"
        with socket.create_connection((self._address, self._ports[3])) as line:
            line.sendall(f"GET {mark} HTTP/1.0\r\n\r\n".encode())
            while line.recv(4096):
                pass
        wait_until(lambda: f" {mark} " in log.read_text(), 5.0, "nginx to write its log")
        rows = [row.split() for row in log.read_text().splitlines()]
        return [
            (path, int(code), int(size))
            for _, path, code, size in rows
            if not path.startswith("/mark-")
        ]
