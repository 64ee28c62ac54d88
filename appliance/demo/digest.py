"""Digest authentication as a registrar checks it (RFC 3261 section 22, RFC 2617).

Pure: the time is handed in, nothing is sent. MD5 with and without ``qop=auth``, because that is
what phones answer; nonces carry their own birth and seal, so none has to be remembered. No
password may appear in what this module returns.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from hashlib import md5, sha256

NONCE_LIFETIME = 32.0
"""Seconds a nonce is good for; then the answer is a fresh challenge with ``stale=true``."""


class Verdict(Enum):
    """What became of the credentials of a request."""

    ACCEPTED = "accepted"
    MISSING = "missing"
    STALE = "stale"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Credentials:
    """An Authorization header, its fields unquoted; what was absent is an empty string."""

    username: str
    realm: str
    nonce: str
    uri: str
    response: str
    algorithm: str = ""
    qop: str = ""
    nonce_count: str = ""
    cnonce: str = ""


def _md5(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()


def response_for(credentials: Credentials, password: str, method: str) -> str:
    """The ``response`` that a client with this password would send (RFC 2617 section 3.2.2)."""
    ha1 = _md5(f"{credentials.username}:{credentials.realm}:{password}")
    ha2 = _md5(f"{method}:{credentials.uri}")
    if not credentials.qop:
        return _md5(f"{ha1}:{credentials.nonce}:{ha2}")
    return _md5(
        f"{ha1}:{credentials.nonce}:{credentials.nonce_count}:{credentials.cnonce}"
        f":{credentials.qop}:{ha2}"
    )


class Authenticator:
    """Challenges and judges on behalf of one realm."""

    def __init__(self, realm: str, passwords: Mapping[str, str]) -> None:
        self.realm = realm
        self._passwords = dict(passwords)
        self._secret = secrets.token_bytes(32)

    def challenge(self, now: float, *, stale: bool = False) -> str:
        """The value of a WWW-Authenticate header; `now` in seconds on a monotonic clock."""
        again = ", stale=true" if stale else ""
        return (
            f'Digest realm="{self.realm}", nonce="{self._nonce(now)}", algorithm=MD5, '
            f'qop="auth"{again}'
        )

    def judge(self, credentials: Credentials | None, method: str, now: float) -> Verdict:
        """Whether the sender of a `method` request has proven to know the account's password."""
        if credentials is None:
            return Verdict.MISSING
        password = self._passwords.get(credentials.username)
        if (
            password is None
            or credentials.realm != self.realm
            or credentials.algorithm.upper() not in ("", "MD5")
            or credentials.qop not in ("", "auth")
        ):
            return Verdict.WRONG
        expected = response_for(credentials, password, method)
        if not hmac.compare_digest(expected.encode(), credentials.response.encode()):
            return Verdict.WRONG
        return Verdict.ACCEPTED if self._fresh(credentials.nonce, now) else Verdict.STALE

    def _nonce(self, now: float) -> str:
        born = f"{int(now * 1000):x}"
        return f"{born}-{self._seal(born)}"

    def _seal(self, born: str) -> str:
        return hmac.new(self._secret, born.encode(), sha256).hexdigest()[:32]

    def _fresh(self, nonce: str, now: float) -> bool:
        born, _, seal = nonce.partition("-")
        if not hmac.compare_digest(seal.encode(), self._seal(born).encode()):
            return False
        return 0.0 <= now - int(born, 16) / 1000 <= NONCE_LIFETIME + 0.001
