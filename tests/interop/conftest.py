"""The peers' fixtures, shared: a network and an Asterisk for each module."""

from __future__ import annotations

from tests.peers.conftest import needs_baresip, needs_sipp, network, pbx

__all__ = ["needs_baresip", "needs_sipp", "network", "pbx"]
