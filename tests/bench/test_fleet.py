"""What a site costs its server when power, server or connections come back: held, not measured.

The phones' own decisions, computed by `site`; `fleet` plays the same with a real registrar.
"""

from __future__ import annotations

import pytest

from tests.bench.site import BACK_SECONDS, BEARABLE, EPOCH, Kind, Server, Site

HOURS = (EPOCH, EPOCH + 1_234.5)
"""What the clock on the wall says decides where the turns begin."""
AT_WORST = 28
"""A repetition that was under way when the server came up is a request more of some phones."""
RETURN_SECONDS = 90.0
"""From a backup server: three requests for each phone, 500 phones, 25 a second, are a minute."""


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_power_cut(transport: Kind) -> None:
    site = Site((Server(),), transport)
    site.power_comes_back()
    site.run(100.0)
    assert site.servers[0].peak <= BEARABLE
    assert site.last_back() <= BACK_SECONDS


@pytest.mark.parametrize("away", [0.0, 0.3, 2.0, 8.0, 30.0, 75.0])
def test_a_server_that_is_restarted_closes_every_connection(away: float) -> None:
    site = Site((Server((0.0, away), "refused"),), "tcp")
    site.is_at_work()
    site.loses()
    site.run(away + 100.0)
    assert site.servers[0].peak <= BEARABLE
    assert site.last_back() <= BACK_SECONDS


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("late", [30.0, 120.0])
def test_a_power_cut_that_the_servers_program_outlasts(late: float, transport: Kind) -> None:
    """Its machine is up before it, and refuses what nobody takes."""
    site = Site((Server((0.0, late), "refused"),), transport)
    site.power_comes_back()
    site.run(late + 100.0)
    assert site.servers[0].peak <= BEARABLE
    assert site.last_back() <= BACK_SECONDS


@pytest.mark.parametrize("late", [30.0, 120.0])
def test_a_power_cut_that_the_servers_network_outlasts(late: float) -> None:
    site = Site((Server((0.0, late)),))
    site.power_comes_back()
    site.run(late + 100.0)
    assert site.servers[0].peak <= AT_WORST
    assert site.last_back() <= BACK_SECONDS


@pytest.mark.parametrize("away", [0.3, 5.0, 30.0])
def test_a_server_with_a_backup_is_restarted(away: float) -> None:
    """One that is back at once is waited for; another is left at once, and returned to in turn."""
    site = Site((Server((0.0, away), "refused"), Server()), "tcp")
    site.is_at_work()
    site.loses()
    site.run(away + 200.0)
    primary, backup = site.servers
    assert primary.peak <= BEARABLE
    assert site.last_back() <= RETURN_SECONDS
    assert bool(backup.heard) == (away > 0.5)


@pytest.mark.parametrize("epoch", HOURS)
def test_a_power_cut_on_a_backup_until_the_first_server_comes(epoch: float) -> None:
    site = Site((Server((0.0, 30.0), "refused"), Server()), epoch=epoch)
    site.power_comes_back()
    site.run(230.0)
    assert max(server.peak for server in site.servers) <= BEARABLE
    assert site.last_back() <= RETURN_SECONDS + 30.0, "the turns after the power cut come first"
