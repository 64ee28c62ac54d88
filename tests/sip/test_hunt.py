"""Which host of a server comes next, and which are left alone."""

from __future__ import annotations

from appliance.sip.hunt import Hunt
from appliance.sip.targets import Target

NOW = 100.0


def host(name: str) -> Target:
    """A host of the server."""
    return Target("pbx.test", name, 5060, "udp", f"192.0.2.{len(name)}", ())


A, B = host("a"), host("bb")


def test_one_that_has_asked_for_it_is_left_out_while_there_are_others() -> None:
    hunt = Hunt()
    assert hunt.begin((A, B), NOW) == A
    hunt.failed(A.place, NOW + 60.0)
    assert hunt.next == B and hunt.alternatives == 1
    assert hunt.begin((A, B), NOW + 59.0) == B
    assert hunt.alternatives == 0
    assert hunt.is_closed(A, NOW + 59.0) and not hunt.is_closed(B, NOW + 59.0)
    assert hunt.begin((A, B), NOW + 60.0) == A and not hunt.is_closed(A, NOW + 60.0)


def test_where_all_have_the_one_that_is_open_first_is_asked() -> None:
    hunt = Hunt()
    hunt.failed(A.place, NOW + 60.0)
    hunt.failed(B.place, NOW + 30.0)
    assert hunt.begin((A, B), NOW) == B
    hunt.succeeded(B)
    assert hunt.begin((A, B), NOW) == B and hunt.alternatives == 0
