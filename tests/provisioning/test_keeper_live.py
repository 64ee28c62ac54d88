"""A phone that goes on with what its server has: used in its life, kept, or taken back in it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from appliance.phone.events import RegistrationChanged
from tests.peers.nginx import Nginx
from tests.provisioning.test_keeper import Desk, kept, lived, serve

REGISTERED = RegistrationChanged(0, "registered", 200, "ok")


def test_what_changes_nothing_for_the_server_is_kept_at_once(site: Nginx, tmp_path: Path) -> None:
    serve(site)
    kept(site, tmp_path)
    desk = Desk(site, tmp_path)
    desk.usage = "used"
    desk.keeper.heard(REGISTERED)
    serve(site, "Another desk")

    async def story(task: asyncio.Task[None]) -> None:
        assert (await desk.keeper.asked()).outcome == "changed"
        assert (await desk.keeper.asked()).outcome == "unchanged"
        assert not task.done()

    lived(story, desk.keeper)
    assert desk.lives == 0
    assert [["Another desk" in text for text in use] for use in desk.uses] == [[True]]
    assert desk.shelf.stage.trial == 0


def test_an_account_that_changes_has_to_register_before_it_is_kept(
    site: Nginx, tmp_path: Path
) -> None:
    serve(site)
    before = kept(site, tmp_path).shelf.stage.kept
    desk = Desk(site, tmp_path)
    desk.usage = "registers"
    desk.keeper.heard(REGISTERED)
    serve(site, "Another desk")

    async def story(task: asyncio.Task[None]) -> None:
        assert (await desk.keeper.asked()).outcome == "changed"
        while not desk.uses:
            await asyncio.sleep(0)
        assert desk.shelf.stage.trial
        assert desk.shelf.stage.kept == before
        desk.keeper.heard(REGISTERED)
        assert (await desk.keeper.asked()).outcome == "unchanged"
        assert not task.done()

    lived(story, desk.keeper)
    assert desk.shelf.stage.kept > before and desk.lives == 0


def test_what_does_not_register_is_taken_back_in_the_same_life(site: Nginx, tmp_path: Path) -> None:
    serve(site)
    before = kept(site, tmp_path).shelf.stage.kept
    desk = Desk(site, tmp_path, trial_seconds=0.05)
    desk.usage = "registers"
    desk.keeper.heard(REGISTERED)
    serve(site, "Another desk")

    async def story(task: asyncio.Task[None]) -> None:
        assert (await desk.keeper.asked()).outcome == "changed"
        look = await desk.keeper.asked()
        assert (look.outcome, look.kind) == ("refused", "refused-before")
        assert not task.done()

    lived(story, desk.keeper)
    assert desk.lives == 0 and desk.shelf.stage.trial == 0
    assert desk.shelf.stage.kept == before
    assert ["Another desk" in use[0] for use in desk.uses] == [True, False]
    assert desk.told()[-1] == "PROVISION-02"
