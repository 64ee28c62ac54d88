"""The real peers' fixtures, for the tests of this room that lean on them."""

from __future__ import annotations

from tests.peers.conftest import needs_baresip, needs_sipp, network, pbx

__all__ = ["needs_baresip", "needs_sipp", "network", "pbx"]
