"""A unit whose card names a server and nothing else: served by nginx, registered at an Asterisk."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from appliance.control.status import ProvisioningStatus, Status
from appliance.errors import ControlError
from tests.interop.phone import Phone, configuration
from tests.interop.test_command import ctl, refused
from tests.peers import nginx
from tests.peers.asterisk import Asterisk
from tests.peers.certificates import Authority
from tests.peers.process import PeerFailed, wait_until

pytestmark = pytest.mark.peers

TRIAL_SECONDS = 10


@pytest.fixture
def site(tmp_path: Path) -> Iterator[nginx.Nginx]:
    """The site's file server, with nothing on it."""
    if lacking := nginx.why_not():
        pytest.skip(lacking)
    root = tmp_path / "served"
    root.mkdir()
    with nginx.Nginx(root, Authority(tmp_path / "authority")) as running:
        yield running


def card(site: nginx.Nginx, more: str = "") -> str:
    """All that IT has written on the card."""
    return (
        f'[provisioning]\nurl = "{site.url}"\nca_file = "{site.authority.ca_file}"\n'
        f"trial = {TRIAL_SECONDS}\n{more}"
    )


def serve(site: nginx.Nginx, text: str) -> None:
    """Put a file for all units there, at once."""
    new = site.root / "common.new"
    new.write_text(text, encoding="utf-8")
    new.rename(site.root / "common.toml")


def until(
    phone: Phone, condition: Callable[[Status], object], what: str, seconds: float = 20.0
) -> Status:
    """The first status of which the condition is true, through whatever lives the phone goes."""
    seen: list[Status] = []

    def look() -> Status | None:
        try:
            seen[:] = [phone.status()]
        except ControlError:
            phone.connect_again()
            return None
        return seen[0] if condition(seen[0]) else None

    try:
        return wait_until(look, seconds, what)
    except PeerFailed as failure:
        raise PeerFailed(f"{failure}; seen: {seen}") from None


def registered(phone: Phone) -> Status:
    """It is, no trial is under way any more, and this life has had its first look."""
    return until(
        phone,
        lambda s: (
            s.accounts
            and s.accounts[0].registration.state == "registered"
            and not s.config.trial
            and (s.provisioning is None or s.provisioning.outcome not in ("never", "changed"))
        ),
        "a registered phone whose configuration is kept",
        TRIAL_SECONDS + 20,
    )


def looked(phone: Phone, outcome: str) -> ProvisioningStatus:
    """What the phone says of its last look, which came to this."""

    def is_it(found: Status) -> bool:
        served = found.provisioning
        return served is not None and served.outcome == outcome

    served = until(phone, is_it, f"a look that is {outcome}").provisioning
    assert served is not None
    return served


def test_from_the_box_to_a_registered_phone(
    pbx: Asterisk, site: nginx.Nginx, tmp_path: Path
) -> None:
    account = pbx.accounts["1001"]
    serve(site, configuration(account, pbx.address))
    with Phone(tmp_path / "unit", card(site)) as phone:
        assert registered(phone).config.source == "given"
        assert looked(phone, "unchanged").url == site.url
        phone.lift()
        phone.type("600")
        phone.call("talking", "600")
        phone.replace()
        assert account.password not in phone.journal
        assert account.password not in ctl(phone, "status", "--json")
        kept = [*phone.state.rglob("common.toml")]
        assert kept and not any(path.stat().st_mode & 0o077 for path in kept)


def test_a_unit_for_which_nothing_is_there_says_so_and_waits(
    pbx: Asterisk, site: nginx.Nginx, tmp_path: Path
) -> None:
    with Phone(tmp_path / "unit", card(site)) as phone:
        told = looked(phone, "failed")
        assert told.reason == "absent" and "common.toml" in told.detail
        serve(site, configuration(pbx.accounts["1001"], pbx.address))
        assert "on trial" in ctl(phone, "reload")
        registered(phone)


def test_a_wrong_server_is_rolled_back(pbx: Asterisk, site: nginx.Nginx, tmp_path: Path) -> None:
    right = configuration(pbx.accounts["1001"], pbx.address)
    serve(site, right)
    with Phone(tmp_path / "unit", card(site)) as phone:
        registered(phone)
        serve(site, configuration(pbx.accounts["1001"], f"{pbx.address}:5999"))
        assert "on trial" in ctl(phone, "reload")
        until(phone, lambda s: s.config.trial, "the trial")
        assert [problem.code for problem in registered(phone).problems] == ["PROVISION-02"]
        assert re.search(
            rf"rolled back: not registered within {TRIAL_SECONDS} s \(\w", phone.journal
        )
        code, words = refused(phone, "reload")
        assert code == 1 and "not registered within" in words
        serve(site, right + '[phone]\nname = "Mended"\n')
        assert "on trial" in ctl(phone, "reload")
        until(phone, lambda s: s.name == "Mended", "what was mended")
        assert not registered(phone).problems


def test_mistakes_are_never_lived_with(pbx: Asterisk, site: nginx.Nginx, tmp_path: Path) -> None:
    right = configuration(pbx.accounts["1001"], pbx.address)
    serve(site, right)
    with Phone(tmp_path / "unit", card(site)) as phone:
        registered(phone)
        serve(site, right + '[phone]\nnmae = "Desk"\n')
        code, words = refused(phone, "reload")
        assert code == 1 and 'did you mean "name"' in words and "common.toml:" in words
        assert "nmae" in looked(phone, "refused").detail
        registered(phone)


def test_the_server_has_it_look_and_no_call_is_missed(
    pbx: Asterisk, site: nginx.Nginx, tmp_path: Path
) -> None:
    """`check-sync` during a call: what is newer waits for its end."""
    right = configuration(pbx.accounts["1001"], pbx.address)
    serve(site, right)
    with Phone(tmp_path / "unit", card(site)) as phone:
        registered(phone)
        phone.lift()
        phone.type("600")
        phone.call("talking", "600")
        serve(site, right + '[phone]\nname = "Newer"\n')
        pbx.command("pjsip send notify check-sync endpoint 1001")
        wait_until(lambda: "provisioning: changed" in phone.journal, 10, "the look")
        assert phone.status().name == "Deskphone"
        assert [call.state for call in phone.status().calls] == ["talking"]
        phone.replace()
        until(phone, lambda s: s.name == "Newer", "the newer configuration")
        registered(phone)
