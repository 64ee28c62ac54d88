"""What a phone without a server of its configuration does not load."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("h11", "pyrage", "appliance.provisioning.keeper", "appliance.provisioning.discover")


def test_a_life_loads_nothing_that_fetches_before_it_has_a_server() -> None:
    script = "import sys, appliance.wiring.life; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=30.0
    )
    assert not set(HEAVY) & set(done.stdout.split())
