"""What the display asks of the unit itself: what it is just now, and whether its headset works.

The self-test has a thread of its own, for ALSA blocks; it ends the moment somebody else needs the
headset, and what it found by then is not told.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from importlib.metadata import version

from appliance import __version__
from appliance.audio import selftest
from appliance.config.unit import Unit, this_unit
from appliance.loop import PhoneLoop
from appliance.phone.effects import SetUpByHand
from appliance.phone.events import FactsRead, HeadsetTested
from appliance.phone.words import in_text
from appliance.system.links import Network, read_network
from appliance.wiring.examine import Tested, examine

log = logging.getLogger(__name__)

RELEASE_SECONDS = 0.25
"""Longer than a device takes to close; who waits for it has a phone to ring."""

Examine = Callable[[str, Callable[[], bool]], Tested]


def _examine(wanted: str, ended: Callable[[], bool]) -> Tested:
    return examine(wanted, ended=ended)


def _address(network: Network) -> str:
    """Where IT would look for this unit: at the link that leads out, IPv4 before IPv6."""
    ways = {name for name, _ in network.gateways}
    links = sorted(network.links, key=lambda link: link.name not in ways)
    return next((address for link in links for address in link.usable), "")


class UnitService:
    """`ports.Unit`. `headset` is ``[audio] headset``, None where no device may be touched.

    `settings` is the version of the configuration in force; `lend` keeps the SIP engine away from
    the headset, or gives it back; `set_up` takes an account that was typed. For the loop's thread,
    until `close`.
    """

    def __init__(
        self,
        phone: PhoneLoop,
        headset: str | None,
        settings: str,
        lend: Callable[[bool], None],
        set_up: Callable[[SetUpByHand], None],
        *,
        network: Callable[[], Network] = read_network,
        unit: Callable[[], Unit] = this_unit,
        examine: Examine = _examine,
    ) -> None:
        self._phone = phone
        self._headset = headset
        self._settings = settings
        self._lend = lend
        self._set_up = set_up
        self._network = network
        self._unit = unit
        self._examine = examine
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="selftest")
        self._ended = threading.Event()
        self._test: Future[Tested] | None = None

    def facts(self) -> FactsRead:
        """Who the unit is, the links that have addresses, and the versions of what runs."""
        network, unit = self._network(), self._unit()
        links = [link for link in network.links if link.usable]
        system = os.uname()
        return FactsRead(
            tuple(f"{link.name}: {address}" for link in links for address in link.usable),
            (
                f"Deskphone {__version__}",
                f"PJSIP {version('pjsua2')}",
                f"{system.sysname} {system.release}",
                f"deskphone.toml {self._settings}",
            ),
            unit.mac if unit.mac.strip("0") else "",
            unit.serial if unit.serial.strip("0") else "",
            _address(network),
        )

    def use(self, settings: str) -> None:
        """Another version of the configuration is in force."""
        self._settings = settings

    def set_up(self, account: SetUpByHand) -> None:
        """Have it live anew with this account, or without the one before."""
        self._set_up(account)

    def test_headset(self, *, running: bool) -> None:
        """Begin, or end: then the device is free on return, or `RELEASE_SECONDS` have passed."""
        if not running:
            self._end()
            self._lend(False)
        elif self._headset is None:
            self._phone.post(HeadsetTested(in_text("This unit has no sound device")))
        else:
            self._lend(True)
            self._ended = threading.Event()
            self._test = self._pool.submit(self._examine, self._headset, self._ended.is_set)
            _ = self._phone.spawn("headset test", self._tell(self._test, self._ended))

    def close(self) -> None:
        """End a test that runs."""
        self._end()
        self._pool.shutdown(wait=False)

    def _end(self) -> None:
        self._ended.set()
        if self._test is not None:
            wait((self._test,), RELEASE_SECONDS)
            self._test = None

    async def _tell(self, test: Future[Tested], ended: threading.Event) -> None:
        tested = await asyncio.wrap_future(test)
        if ended.is_set():
            return
        works = tested.verdict == selftest.OK.name
        log.log(
            logging.INFO if works else logging.WARNING,
            "headset test: %s: %s",
            tested.verdict,
            " ".join(filter(None, (tested.evidence, tested.next_step))),
        )
        self._phone.post(HeadsetTested(tested.text, tested.name or tested.device))
