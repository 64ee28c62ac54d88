"""The peers' fixtures: a network and an Asterisk for each module."""

from __future__ import annotations

from tests.peers.conftest import network, pbx

__all__ = ["network", "pbx"]
