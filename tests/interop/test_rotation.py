"""The short run of a password that is changed at a whole site."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interop.rotation import play
from tests.peers import asterisk, namespace, nginx

pytestmark = pytest.mark.peers


def test_a_new_password_waits_while_calls_follow_each_other(tmp_path: Path) -> None:
    """The phone starts anew with it when there has been no call for a moment, and not in one.

    Whoever calls in the second of a new start is not answered: what that comes to at a whole site
    with pauses between its calls is for the long run to say.
    """
    if lacking := namespace.why_not() or asterisk.why_not() or nginx.why_not():
        pytest.skip(lacking)
    outcome = play(tmp_path, units=3, over_seconds=13.0)
    assert (outcome.missed, outcome.refused) == ((), ()), outcome.words
