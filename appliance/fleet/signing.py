"""``deskphone fleet sign``: say what a folder serves, and sign it with an OpenSSH key.

The key may be one that ssh-agent(1) holds, or that lies on a token: ssh-keygen(1) does the signing.
A manifest's version is the moment of its making, in seconds since 1970, or one more than that of
the manifest before: it only grows, and units refuse what is older than they have had.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TextIO

import msgspec

from appliance.errors import UsageError
from appliance.provisioning.trust import MANIFEST, NAMESPACE, SIGNATURE, Manifest


def sign(arguments: argparse.Namespace, out: TextIO) -> int:
    """Write manifest and signature; raises `UsageError` where either cannot be made."""
    folder: Path = arguments.folder
    try:
        names = sorted(path for path in folder.iterdir() if _is_served(path))
        files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in names}
        version = max(int(time.time()), _version(folder / MANIFEST) + 1)
        content = msgspec.json.format(msgspec.json.encode(Manifest(version, files)), indent=1)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".signing-") as work:
            manifest = Path(work, MANIFEST)
            manifest.write_bytes(content)
            _sign(manifest, arguments.key)
            for name in (SIGNATURE, MANIFEST):
                made = Path(work, name)
                made.chmod(0o644)
                made.replace(folder / name)
    except OSError as error:
        where = error.filename or folder
        raise UsageError(
            "FLEET-04", "Not signed", f"{where}: {error.strerror}; expected a folder of files"
        ) from error
    print(f"{folder / MANIFEST}: {len(files)} files, version {version}", file=out)
    return 0


def _is_served(path: Path) -> bool:
    hidden = path.name.startswith(".") or path.name in (MANIFEST, SIGNATURE)
    return path.is_file() and not hidden


def _version(manifest: Path) -> int:
    with contextlib.suppress(OSError, msgspec.DecodeError):
        return msgspec.json.decode(manifest.read_bytes(), type=Manifest).version
    return 0


def _sign(manifest: Path, key: Path) -> None:
    command = ["ssh-keygen", "-Y", "sign", "-q", "-f", str(key), "-n", NAMESPACE, str(manifest)]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise UsageError(
            "FLEET-04",
            "Not signed",
            f"{key}: {said[-1] if said else 'ssh-keygen says nothing'}; expected an OpenSSH key",
        )
