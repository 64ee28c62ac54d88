"""The network that the tests with real servers have too."""

from tests.peers.conftest import network

__all__ = ["network"]
