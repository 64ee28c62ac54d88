"""A certificate authority for all, and an nginx for each module."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers import nginx
from tests.peers.certificates import Authority


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[nginx.Nginx]:
    if lacking := nginx.why_not():
        pytest.skip(lacking)
    with nginx.Nginx(tmp_path_factory.mktemp("site"), authority) as running:
        yield running


@pytest.fixture
def floor(tmp_path: Path) -> Path:
    """No moment is known to be past."""
    return tmp_path / "floor"
