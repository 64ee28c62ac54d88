"""Files that are for one unit's eyes only: age (age-encryption.org/v1), a key pair for each unit.

The identity is made at the first start and never leaves the unit; its recipient is public, and IT
seals `<mac>.toml.age` with it (``deskphone fleet render`` does, or the `age` command). Whoever
takes the files from the server, or another unit, reads none of it.
"""

from __future__ import annotations

from pathlib import Path

import pyrage

from appliance.config.writing import write_private
from appliance.provisioning.fetch import FetchFailed

SUFFIX = ".age"
IDENTITY = "identity.age"


class Identity:
    """The key pair of a unit, kept in its state directory with mode 0600."""

    def __init__(self, state: Path) -> None:
        self._file = state / IDENTITY

    @property
    def recipient(self) -> str:
        """The public half, ``age1…``; makes the pair where there is none.

        Raises OSError where it can be neither read nor written, ValueError where it is damaged.
        """
        return str(self._pair().to_public())

    def opened(self, sealed: bytes, url: str) -> bytes:
        """What was sealed for this unit; raises `FetchFailed` if it was not."""
        try:
            return bytes(pyrage.decrypt(sealed, [self._pair()]))
        except (pyrage.DecryptError, OSError, ValueError) as error:
            raise FetchFailed(
                "sealed",
                "Settings sealed",
                f"{url}: not sealed for this unit ({error}); its recipient is in"
                " `deskphone ctl status`",
            ) from error

    def _pair(self) -> pyrage.x25519.Identity:
        try:
            text = self._file.read_text(encoding="ascii")
        except FileNotFoundError:
            pair = pyrage.x25519.Identity.generate()
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_private(self._file, f"{pair}\n".encode("ascii"))
            return pair
        try:
            return pyrage.x25519.Identity.from_str(text.strip())
        except pyrage.IdentityError as error:
            raise ValueError(f"{self._file}: no age identity") from error
