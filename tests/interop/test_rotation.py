"""The short run of a password that is changed at a whole site."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interop.rotation import play
from tests.peers import asterisk, namespace, nginx

pytestmark = pytest.mark.peers


def test_a_new_password_costs_no_call(tmp_path: Path) -> None:
    if lacking := namespace.why_not() or asterisk.why_not() or nginx.why_not():
        pytest.skip(lacking)
    outcome = play(tmp_path, units=3, over_seconds=13.0)
    assert (outcome.missed, outcome.refused) == ((), ()), outcome.words
