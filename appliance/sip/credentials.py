"""Digest credentials as a client gives them (RFC 7616, RFC 8760 for SIP): MD5 and SHA-256. Pure.

For the questions that the phone asks beside its SIP stack. The password goes in, a hash bound to
one nonce comes out.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

_PAIR = re.compile(r'(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))')
_HASHES: dict[str, Callable[[bytes], str]] = {
    "MD5": lambda data: hashlib.md5(data, usedforsecurity=False).hexdigest(),
    "SHA-256": lambda data: hashlib.sha256(data).hexdigest(),
}


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a WWW-Authenticate or Proxy-Authenticate header asks for."""

    realm: str
    nonce: str
    algorithm: str = "MD5"
    opaque: str = ""
    qop: str = ""
    stale: bool = False

    @property
    def supported(self) -> bool:
        """Whether this phone can answer it."""
        return self.algorithm in _HASHES and (not self.qop or "auth" in self.qop.split(","))

    @property
    def words(self) -> str:
        """For the evidence."""
        again = ", the nonce was stale" if self.stale else ""
        return f"realm {self.realm!r}, algorithm {self.algorithm}{again}"


def challenge(value: str) -> Challenge | None:
    """Read the value of a header; None where it asks for something else than a digest."""
    scheme, _, rest = value.strip().partition(" ")
    if scheme.lower() != "digest":
        return None
    pairs = {name.lower(): quoted or token for name, quoted, token in _PAIR.findall(rest)}
    return Challenge(
        pairs.get("realm", ""),
        pairs.get("nonce", ""),
        pairs.get("algorithm", "MD5").upper(),
        pairs.get("opaque", ""),
        pairs.get("qop", "").replace(" ", "").lower(),
        pairs.get("stale", "").lower() == "true",
    )


def choose(values: Iterable[str]) -> Challenge | None:
    """The first challenge that can be answered (RFC 8760 section 2.4), else the first of all."""
    found = [known for known in map(challenge, values) if known is not None]
    return next((known for known in found if known.supported), found[0] if found else None)


def answer(
    asked: Challenge, user: str, password: str, method: str, uri: str, cnonce: str, count: int = 1
) -> str:
    """The value of an Authorization header; `asked` must be supported."""
    digest = _HASHES[asked.algorithm]

    def hashed(*parts: str) -> str:
        return digest(":".join(parts).encode())

    secret, request = hashed(user, asked.realm, password), hashed(method, uri)
    fields = [f'username="{_quoted(user)}"', f'realm="{_quoted(asked.realm)}"']
    fields += [f'nonce="{asked.nonce}"', f'uri="{uri}"', f"algorithm={asked.algorithm}"]
    if asked.qop:
        many = f"{count:08x}"
        response = hashed(secret, asked.nonce, many, cnonce, "auth", request)
        fields += ["qop=auth", f"nc={many}", f'cnonce="{cnonce}"']
    else:
        response = hashed(secret, asked.nonce, request)
    fields.append(f'response="{response}"')
    if asked.opaque:
        fields.append(f'opaque="{asked.opaque}"')
    return "Digest " + ", ".join(fields)


def _quoted(text: str) -> str:
    return re.sub(r'([\\"])', r"\\\1", text)
