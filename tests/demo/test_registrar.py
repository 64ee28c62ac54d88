"""The location service on a clock of the test's own."""

from __future__ import annotations

import pytest

from appliance.demo.registrar import LONGEST_EXPIRES, Contact, OutOfOrder, Registrar

SOURCE = ("127.0.0.1", 5062)


def register(
    registrar: Registrar, *contacts: Contact, expires: int | None = None, cseq: int, now: float
) -> list[tuple[str, int]]:
    bindings = registrar.register(
        "1001", contacts, expires=expires, source=SOURCE, call_id="c", cseq=cseq, now=now
    )
    return [(binding.uri, binding.remaining(now)) for binding in bindings]


def test_a_binding_is_found_until_its_time_is_up() -> None:
    registrar = Registrar()
    assert register(registrar, Contact("a"), expires=60, cseq=1, now=0.0) == [("a", 60)]
    found = registrar.find("1001", 59.9)
    assert found is not None
    assert (found.uri, found.source, found.remaining(59.0)) == ("a", SOURCE, 1)
    assert registrar.find("1001", 60.0) is None
    assert registrar.find("1002", 0.0) is None


def test_a_contacts_own_time_goes_before_the_headers() -> None:
    registrar = Registrar()
    assert register(registrar, Contact("a", 5), expires=60, cseq=1, now=0.0) == [("a", 5)]
    assert register(registrar, Contact("a"), cseq=2, now=0.0) == [("a", LONGEST_EXPIRES)]
    assert register(registrar, Contact("a", 10**9), cseq=3, now=0.0) == [("a", LONGEST_EXPIRES)]


@pytest.mark.parametrize("seconds", [0, -1])
def test_no_time_unregisters(seconds: int) -> None:
    registrar = Registrar()
    register(registrar, Contact("a"), Contact("b"), cseq=1, now=0.0)
    assert register(registrar, Contact("a", seconds), cseq=2, now=0.0) == [("b", LONGEST_EXPIRES)]


def test_the_latest_to_refresh_is_the_one_to_call() -> None:
    registrar = Registrar()
    register(registrar, Contact("a"), cseq=1, now=0.0)
    register(registrar, Contact("b"), cseq=2, now=0.0)
    register(registrar, Contact("a"), cseq=3, now=0.0)
    found = registrar.find("1001", 1.0)
    assert found is not None
    assert found.uri == "a"


def test_a_register_that_comes_late_changes_nothing() -> None:
    registrar = Registrar()
    register(registrar, Contact("a"), cseq=7, now=0.0)
    with pytest.raises(OutOfOrder):
        register(registrar, Contact("b"), Contact("a", 0), cseq=6, now=1.0)
    with pytest.raises(OutOfOrder):
        registrar.unregister_all("1001", call_id="c", cseq=7, now=1.0)
    assert [binding.uri for binding in registrar.bindings("1001", 1.0)] == ["a"]
    registrar.unregister_all("1001", call_id="another boot", cseq=1, now=1.0)
    assert registrar.bindings("1001", 1.0) == ()
