from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.control.client import Client
from tests.control.desk import Served, served


@pytest.fixture
def phone(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path / "control.sock") as running:
        yield running
        assert running.deaths == []


@pytest.fixture
def client(phone: Served) -> Iterator[Client]:
    with Client(phone.path) as conversation:
        yield conversation
