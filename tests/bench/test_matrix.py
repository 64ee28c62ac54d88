"""The quick rows of the fail-over matrix: that each ends well, not how fast it does."""

from __future__ import annotations

import pytest

from appliance.sip.settings import Transport
from tests.bench.matrix import play
from tests.bench.misfortunes import ROWS, Row
from tests.peers.namespace import why_not

pytestmark = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))


@pytest.mark.parametrize(
    ("row", "transport"),
    [
        pytest.param(row, transport, id=f"{row.name} ({transport})")
        for row in ROWS
        for transport in row.quick
    ],
)
def test_the_phone_is_registered_again_and_its_call_lives(row: Row, transport: Transport) -> None:
    outcome = play(row, transport)
    assert outcome.seconds is not None, outcome.note
    assert outcome.lived is (True if "in a call" in row.name else None)
