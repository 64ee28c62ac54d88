"""Alice and Bob, two baresips at the Asterisk, for tests that give calls from one to the other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.interop.phone import Phone
from tests.peers.asterisk import Asterisk
from tests.peers.baresip import Baresip
from tests.peers.process import wait_until

ALICE_HZ = 440.0
BOB_HZ = 1100.0


@pytest.fixture(scope="module")
def alice(pbx: Asterisk) -> Iterator[Baresip]:
    """A registered baresip at 1002: who calls, and is given away."""
    with Baresip(pbx.namespace, pbx.accounts["1002"], pbx.address, speaks=ALICE_HZ) as peer:
        peer.wait_for("REGISTER_OK")
        yield peer


@pytest.fixture(scope="module")
def bob(pbx: Asterisk) -> Iterator[Baresip]:
    """A registered baresip at 1003: the one whom calls are given to."""
    with Baresip(pbx.namespace, pbx.accounts["1003"], pbx.address, speaks=BOB_HZ) as peer:
        peer.wait_for("REGISTER_OK")
        yield peer


@pytest.fixture
def no_call_is_left_over(pbx: Asterisk, desk: Phone) -> Iterator[None]:
    """A test that failed in the middle of a call does not take the next ones with it."""
    yield
    if pbx.channels():
        desk.replace()
        pbx.command("channel request hangup all")
        wait_until(lambda: not pbx.channels(), 10, "the server to end what was left over")
