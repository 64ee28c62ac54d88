"""Who may configure this unit: signed manifests (OpenSSH signatures, ssh-keygen(1) ``-Y``).

A manifest lists what a folder serves, each file with its SHA-256, and a version that only grows.
IT signs it with a key that may live on a token: ``deskphone fleet sign``, or ``ssh-keygen -Y sign``
by hand. A unit that knows a key takes nothing without a signature by it, nothing that the manifest
does not list, and no older version than it has kept: whoever has broken into the server can at most
serve what IT has signed last.
"""

from __future__ import annotations

import asyncio
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec

from appliance.provisioning.fetch import FetchFailed
from appliance.provisioning.stages import HIGHEST

MANIFEST = "manifest.json"
SIGNATURE = f"{MANIFEST}.sig"
NAMESPACE = "deskphone-config"
"""What a signature is for: one that was made for anything else does not count."""
IDENTITY = "deskphone"
MAX_MANIFEST = 4 << 20
MAX_SIGNATURE = 1 << 14
_VERIFY_SECONDS = 10.0


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a folder serves: the SHA-256 of each file in hexadecimal digits, by its name."""

    version: Annotated[int, msgspec.Meta(ge=0, le=HIGHEST)]
    files: dict[str, str]


async def verified(
    content: bytes, signature: bytes, keys: Sequence[str], url: str, newest: int
) -> Manifest:
    """The manifest `content`, if one of `keys` has signed it and it is not older than `newest`.

    `keys` are OpenSSH public keys in a line each. Raises `FetchFailed`.
    """
    try:
        why = await asyncio.to_thread(_refusal, content, signature, keys)
    except (OSError, ValueError) as error:
        why = f"the signature cannot be looked at ({error})"
    if why:
        raise FetchFailed(
            "not-signed",
            "Settings not signed",
            f"{url}: {why}; sign the folder anew by `deskphone fleet sign`, with the key that"
            " `provisioning.signing_keys` names",
        )
    try:
        manifest = msgspec.json.decode(content, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise FetchFailed(
            "no-manifest", "Settings not readable", f"{url}: signed, but no manifest: {error}"
        ) from error
    if manifest.version < newest:
        raise FetchFailed(
            "replayed",
            "Settings too old",
            f"{url}: version {manifest.version}, but this unit has had {newest}; sign the folder"
            " anew",
        )
    return manifest


def _refusal(content: bytes, signature: bytes, keys: Sequence[str]) -> str:
    """Why a signature does not count; empty where it does."""
    with tempfile.TemporaryDirectory(prefix="deskphone-") as folder:
        signers, signed = Path(folder, "signers"), Path(folder, "signature")
        rule = f'{IDENTITY} namespaces="{NAMESPACE}"'
        lines = [f"{rule} {' '.join(key.split())}\n" for key in keys]
        signers.write_text("".join(lines), encoding="utf-8")
        signed.write_bytes(signature)
        command = ["ssh-keygen", "-Y", "verify", "-f", str(signers), "-I", IDENTITY]
        command += ["-n", NAMESPACE, "-s", str(signed)]
        try:
            done = subprocess.run(  # nothing of it is a shell's
                command,
                input=content,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=_VERIFY_SECONDS,
                check=False,
            )
        except OSError as error:
            return f"ssh-keygen cannot be run ({error.strerror}): install openssh-client"
        except subprocess.TimeoutExpired:
            return "ssh-keygen does not come to an end"
    if done.returncode == 0:
        return ""
    said = done.stdout.decode(errors="replace").strip().splitlines()
    return f"no signature by a known key ({said[-1] if said else 'ssh-keygen says nothing'})"
