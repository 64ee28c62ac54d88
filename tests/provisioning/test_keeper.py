"""The keeper looks, stages, tries, keeps or goes back; a real server, and a phone of paper."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.config.load import load
from appliance.config.unit import IMAGINED
from appliance.phone.events import Event, ProblemFound, RegistrationChanged, ResyncRequested
from appliance.phone.settings import AccountSettings, Settings
from appliance.phone.state import Call, Phone, new_phone
from appliance.provisioning.collect import Place
from appliance.provisioning.fetch import Access
from appliance.provisioning.keeper import REFUSED_SECONDS, Keeper, Source
from appliance.provisioning.schedule import Schedule
from appliance.provisioning.shelf import Shelf
from appliance.provisioning.stages import Usage
from tests.peers.nginx import Nginx

GOOD = '[[account]]\nuser = "1001"\npassword = "x"\nserver = "pbx.example.com"\n'
DEADLINE = 10.0


class Desk:
    """A phone of paper, and a keeper for one life of it."""

    def __init__(self, site: Nginx, folder: Path, **source: float) -> None:
        self.now = 1_764_547_200.0
        self.phone: Phone = new_phone(Settings(accounts=(AccountSettings("1001"),)))
        self.events: list[Event] = []
        self.lives = 0
        self.usage: Usage = "restart"
        """How it goes on with what is in force."""
        self.uses: list[tuple[str, ...]] = []
        self.shelf = Shelf(folder / "state")
        self.shelf.begin(self.now)
        self.keeper = Keeper(
            replace(
                Source(site.url, Place(IMAGINED), Access(ca_file=str(site.authority.ca_file))),
                **source,  # type: ignore[arg-type]
            ),
            self.shelf,
            Schedule(3600.0),
            state=folder / "state",
            floor=folder / "floor",
            judge=lambda files: load(files, {}).problems,
            phone=lambda: self.phone,
            post=self.events.append,
            again=self._again,
            use=self._use,
            now=lambda: self.now,
        )

    def _again(self) -> None:
        self.lives += 1

    async def _use(self) -> Usage:
        if self.usage != "restart":
            self.shelf.begin(self.now)
            self.uses.append(tuple(path.read_text() for path in self.shelf.files()))
        return self.usage

    def told(self) -> list[str]:
        """The problems that were posted, by their codes."""
        return [event.code for event in self.events if isinstance(event, ProblemFound)]


def serve(site: Nginx, name: str = "Desk 1", more: str = "") -> None:
    """One file for all; give it another length, or nginx sees nothing new within a second."""
    for path in site.root.iterdir():
        path.unlink()
    (site.root / "common.toml").write_text(f'[phone]\nname = "{name}"\n{GOOD}{more}')


def lived(story: Callable[[asyncio.Task[None]], Awaitable[None]], keeper: Keeper) -> None:
    """Let a keeper run while something is told of its phone."""

    async def life() -> None:
        async with asyncio.timeout(DEADLINE):
            task = asyncio.create_task(keeper.run())
            try:
                await story(task)
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    asyncio.run(life())


def kept(site: Nginx, folder: Path) -> Desk:
    """A desk that keeps what the server has now."""
    first = Desk(site, folder)

    async def until_changed(task: asyncio.Task[None]) -> None:
        await task

    lived(until_changed, first.keeper)
    assert (first.lives, first.keeper.look.outcome) == (1, "changed")
    second = Desk(site, folder)

    async def until_kept(_: asyncio.Task[None]) -> None:
        second.keeper.heard(RegistrationChanged(0, "registered", 200, "ok"))
        assert (await second.keeper.asked()).outcome == "unchanged"

    lived(until_kept, second.keeper)
    assert second.shelf.stage.trial == 0 < second.shelf.stage.kept
    return second


def test_what_is_new_is_tried_when_the_agent_does_not_need_the_phone(
    site: Nginx, tmp_path: Path
) -> None:
    serve(site)
    desk = Desk(site, tmp_path)
    desk.phone = replace(desk.phone, calls=(Call(1, 0, "out", "600"),))

    async def story(task: asyncio.Task[None]) -> None:
        assert (await desk.keeper.asked()).outcome == "changed"
        desk.keeper.heard(ProblemFound("display", "", ""))
        assert desk.lives == 0
        desk.phone = replace(desk.phone, calls=())
        desk.keeper.heard(ProblemFound("display", "", ""))
        await task

    lived(story, desk.keeper)
    assert desk.lives == 1 and desk.shelf.stage.trial == 1


def test_who_asks_during_a_look_that_finds_something_is_answered_by_it(
    site: Nginx, tmp_path: Path
) -> None:
    serve(site)
    desk = Desk(site, tmp_path)

    async def story(task: asyncio.Task[None]) -> None:
        asked = [asyncio.create_task(desk.keeper.asked())]
        while not desk.shelf.stage.trial:
            asked.append(asyncio.create_task(desk.keeper.asked()))
            await asyncio.sleep(0)
        await task
        assert {look.outcome for look in await asyncio.gather(*asked)} == {"changed"}

    lived(story, desk.keeper)


def test_what_does_not_register_is_rolled_back_and_left_alone_for_a_day(
    site: Nginx, tmp_path: Path
) -> None:
    serve(site)
    kept(site, tmp_path)
    serve(site, "Another desk")
    offered = Desk(site, tmp_path)

    async def to_the_end(task: asyncio.Task[None]) -> None:
        await task

    lived(to_the_end, offered.keeper)
    trial = Desk(site, tmp_path, trial_seconds=0.05)
    trial.keeper.heard(RegistrationChanged(0, "failed", 0, "silent"))
    lived(to_the_end, trial.keeper)
    assert trial.lives == 1 and trial.shelf.stage.trial == 0
    assert trial.shelf.stage.why.startswith("not registered within 0.05 s")
    after = Desk(site, tmp_path)

    async def asked(_: asyncio.Task[None]) -> None:
        look = await after.keeper.asked()
        assert (look.outcome, look.kind) == ("refused", "refused-before")
        assert "not registered" in look.detail
        after.now += REFUSED_SECONDS + 1
        assert (await after.keeper.asked()).outcome == "changed"

    lived(asked, after.keeper)


def test_mistakes_are_told_and_nothing_is_tried(site: Nginx, tmp_path: Path) -> None:
    serve(site)
    before = kept(site, tmp_path).shelf.stage.kept
    serve(site, more="expires = 1\n")
    desk = Desk(site, tmp_path)

    async def asked(_: asyncio.Task[None]) -> None:
        for kind in ("mistakes", "refused-before"):
            look = await desk.keeper.asked()
            assert (look.outcome, look.kind) == ("refused", kind)
            assert "expires" in look.detail

    lived(asked, desk.keeper)
    assert (desk.shelf.stage.kept, desk.shelf.stage.trial, desk.lives) == (before, 0, 0)


@pytest.mark.parametrize("restart", [False, True])
def test_the_server_may_ask_for_a_look_and_for_a_new_start(
    site: Nginx, tmp_path: Path, restart: bool
) -> None:
    serve(site)
    kept(site, tmp_path)
    desk = Desk(site, tmp_path)

    async def story(task: asyncio.Task[None]) -> None:
        await desk.keeper.asked()
        desk.keeper.heard(ResyncRequested(restart))
        if restart:
            await task
        else:
            await desk.keeper.asked()

    lived(story, desk.keeper)
    assert desk.lives == int(restart) and desk.keeper.look.outcome == "unchanged"


def test_settings_that_nobody_has_checked_for_long_are_told_of(site: Nginx, tmp_path: Path) -> None:
    serve(site)
    kept(site, tmp_path)
    (site.root / "common.toml").unlink()
    desk = Desk(site, tmp_path, stale_seconds=86400.0)

    async def story(_: asyncio.Task[None]) -> None:
        assert (await desk.keeper.asked()).kind == "absent"
        assert not desk.told()
        desk.now += 86401.0
        for _again in range(2):
            await desk.keeper.asked()
        assert (desk.told(), desk.keeper.stale) == (["PROVISION-03"], True)
        serve(site)
        await desk.keeper.asked()
        assert (desk.told(), desk.keeper.stale) == (["PROVISION-03", ""], False)

    lived(story, desk.keeper)


def test_a_unit_without_settings_says_why_it_gets_none(site: Nginx, tmp_path: Path) -> None:
    for path in site.root.iterdir():
        path.unlink()
    desk = Desk(site, tmp_path)
    desk.phone = new_phone(Settings())

    async def story(_: asyncio.Task[None]) -> None:
        await desk.keeper.asked()
        told = [event for event in desk.events if isinstance(event, ProblemFound)]
        assert (told[-1].code, told[-1].text) == ("PROVISION-01", "No settings: absent")
        serve(site)
        await desk.keeper.asked()
        assert desk.told()[-1] == ""

    lived(story, desk.keeper)


def test_how_old_the_settings_are_is_known_after_a_restart(site: Nginx, tmp_path: Path) -> None:
    serve(site)
    seen = kept(site, tmp_path).keeper.good_at
    assert Desk(site, tmp_path).keeper.good_at == seen


def test_a_unit_tells_what_files_for_it_alone_are_sealed_for(site: Nginx, tmp_path: Path) -> None:
    serve(site)
    assert kept(site, tmp_path).keeper.recipient.startswith("age1")
