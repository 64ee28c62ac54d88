"""The peers' fixtures, shared: a network and an Asterisk for each module, and who telephones."""

from __future__ import annotations

from tests.interop.parties import alice, bob, no_call_is_left_over
from tests.peers.conftest import needs_baresip, needs_sipp, network, pbx

__all__ = [
    "alice",
    "bob",
    "needs_baresip",
    "needs_sipp",
    "network",
    "no_call_is_left_over",
    "pbx",
]
