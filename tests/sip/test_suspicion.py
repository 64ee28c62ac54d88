"""What is taken for a ban, and what is not: a server that restarts, a way that is closed."""

from __future__ import annotations

import pytest

from appliance.sip.suspicion import FIND_SECONDS, RESTART_SECONDS, Suspicion
from appliance.sip.verdict import Attempt, VerdictName
from appliance.sip.words import verdict

PLACE = "192.0.2.7"


class Server:
    """One server address and what it has said to whom, as time goes by."""

    def __init__(self) -> None:
        self.suspicion = Suspicion()
        self.now = 1000.0

    def says(
        self, name: VerdictName, account: int = 0, server: str = "pbx.test", address: str = PLACE
    ) -> str:
        """The verdict over this one in the light of those before."""
        attempt = Attempt(server, address=address)
        return self.suspicion.judge(account, attempt, verdict(name, "seen"), self.now).name

    def passes(self, seconds: float) -> Server:
        """Time does."""
        self.now += seconds
        return self


def refused(*names: VerdictName) -> Server:
    made = Server()
    for name in names:
        made.says(name)
        made.passes(5.0)
    return made


@pytest.mark.parametrize("silence", ["silent", "refused", "unreachable"])
def test_refused_passwords_and_a_silence_that_outlasts_a_restart(silence: VerdictName) -> None:
    """A firewall drops, answers as a closed port would, or says that the way is prohibited."""
    pbx = refused("wrong-password", "wrong-password")
    assert pbx.says(silence) == silence
    assert pbx.passes(RESTART_SECONDS - 1.0).says(silence) == silence
    assert pbx.passes(1.0).says(silence) == "banned-likely"


def test_a_server_that_is_restarted_after_the_password_was_corrected() -> None:
    pbx = refused("wrong-password", "wrong-password")
    assert pbx.says("refused") == "refused"
    assert pbx.passes(10.0).says("refused") == "refused"
    pbx.suspicion.welcomed(0, Attempt("pbx.test", address=PLACE))
    for _ in range(5):
        assert pbx.passes(30.0).says("silent") == "silent"


def test_an_answer_ends_the_silence() -> None:
    pbx = refused("wrong-password", "wrong-password")
    pbx.says("silent")
    assert pbx.passes(20.0).says("server-error") == "server-error"
    assert pbx.passes(20.0).says("silent") == "silent"
    assert pbx.passes(RESTART_SECONDS).says("silent") == "banned-likely"
    pbx.says("server-error")
    assert pbx.says("silent") == "silent"


def test_two_unknown_extensions_are_no_ban_and_five_may_be() -> None:
    """A server whose configuration is being made answers so, and is restarted then."""
    pbx = refused("unknown-extension", "unknown-extension")
    pbx.says("silent")
    assert pbx.passes(2 * RESTART_SECONDS).says("silent") == "silent"
    pbx = refused("unknown-extension", "unknown-extension", "unknown-extension")
    pbx.says("forbidden")
    pbx.says("forbidden")
    pbx.says("silent")
    assert pbx.passes(RESTART_SECONDS).says("silent") == "banned-likely"


def test_one_refused_password_is_no_ban() -> None:
    pbx = refused("wrong-password", "unknown-extension")
    pbx.says("silent")
    assert pbx.passes(2 * RESTART_SECONDS).says("silent") == "silent"


def test_refusals_of_long_ago_are_forgotten_and_a_ban_is_not() -> None:
    pbx = refused("wrong-password", "wrong-password").passes(FIND_SECONDS)
    pbx.says("silent")
    assert pbx.passes(RESTART_SECONDS).says("silent") == "silent"
    pbx = refused("wrong-password", "wrong-password")
    pbx.says("silent")
    for _ in range(3):
        assert pbx.passes(900.0).says("silent") == "banned-likely"


def test_accounts_and_names_of_one_address_are_banned_together() -> None:
    pbx = Server()
    pbx.says("wrong-password", account=0)
    pbx.says("wrong-password", account=1, server="sip.example.com")
    assert pbx.says("silent", account=0) == "silent"
    assert pbx.passes(RESTART_SECONDS).says("silent", account=1) == "banned-likely"
    assert pbx.says("silent", account=2, server=PLACE) == "banned-likely"
    assert pbx.says("silent", account=2, address="192.0.2.8") == "silent"


def test_a_server_that_takes_one_account_in_has_banned_nobody_yet() -> None:
    pbx = Server()
    pbx.says("wrong-password", account=1)
    pbx.says("wrong-password", account=1)
    pbx.says("silent", account=1)
    pbx.passes(20.0).suspicion.welcomed(0, Attempt("pbx.test", address=PLACE))
    assert pbx.passes(20.0).says("silent", account=1) == "silent"
    assert pbx.passes(RESTART_SECONDS).says("silent", account=0) == "banned-likely"


@pytest.mark.parametrize("ours", ["no-link", "no-address", "no-dns"])
def test_what_is_wrong_with_our_own_end_says_nothing_of_the_server(ours: VerdictName) -> None:
    pbx = refused("wrong-password", "wrong-password")
    pbx.says("silent")
    assert pbx.passes(RESTART_SECONDS).says(ours, address="") == ours
    assert pbx.says("silent") == "banned-likely"
    assert pbx.says(ours) == ours
    assert pbx.says("silent") == "banned-likely"


def test_the_evidence_counts_the_refusals() -> None:
    pbx = refused("wrong-password", "wrong-password")
    pbx.says("silent")
    pbx.passes(45.0)
    attempt = Attempt("pbx.test", address=PLACE)
    found = pbx.suspicion.judge(0, attempt, verdict("silent", "seen"), pbx.now)
    assert found.evidence == "pbx.test refused 2 times and is silent since, for 45 s; seen"
