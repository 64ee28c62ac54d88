"""Fixtures: a network and an Asterisk shared by the tests of a module, or a reason to skip."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from . import asterisk, baresip, namespace, sipp


def _need(lacking: str | None) -> None:
    if lacking:
        pytest.skip(lacking)


@pytest.fixture(scope="module")
def network() -> Iterator[namespace.Namespace]:
    """A network namespace for servers, joined to this host."""
    _need(namespace.why_not())
    with namespace.Namespace() as made:
        yield made


@pytest.fixture(scope="module")
def pbx(network: namespace.Namespace) -> Iterator[asterisk.Asterisk]:
    """A booted Asterisk in `network`."""
    _need(asterisk.why_not())
    with asterisk.Asterisk(network) as booted:
        yield booted


@pytest.fixture(scope="session")
def needs_baresip() -> None:
    """Skips where there is no baresip."""
    _need(baresip.why_not())


@pytest.fixture(scope="session")
def needs_sipp() -> None:
    """Skips where there is no sipp."""
    _need(sipp.why_not())
