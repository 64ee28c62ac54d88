"""What a unit has fetched survives cuts of the power, full disks, bad cards and meddlers."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from appliance.provisioning import stages
from appliance.provisioning.shelf import FOLDER, INDEX, STAGE, File, Shelf, storable
from appliance.provisioning.stages import Stage
from tests.provisioning.cut import NOW, STEPS, hooked, offer

WORDS = {"one", "two", "new"}


def word(shelf: Shelf) -> str:
    """What the files in force are about, all of them; empty where there are none."""
    files = shelf.files()
    if not files:
        return ""
    common, own = files
    found = common.read_text().removeprefix("# ").strip()
    assert own.read_text() == f'[phone]\nname = "{found}"\n'
    assert (common.parent / "contacts.csv").read_text() == found
    known = shelf.known()
    assert known is not None
    assert known.digest == offer(found).digest
    return found


def private(state: Path) -> bool:
    """Whether nobody but the owner reads anything below the folder."""
    folder = state / FOLDER
    below = [folder, *folder.rglob("*")] if folder.exists() else []
    return all(
        stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600) for path in below
    )


def on_trial(state: Path) -> Shelf:
    """`one` is kept, `two` on trial."""
    shelf = Shelf(state)
    shelf.put(offer("one", 3))
    shelf.begin(NOW)
    shelf.prove()
    shelf.put(offer("two", 4))
    shelf.begin(NOW)
    return shelf


def works(state: Path) -> None:
    """A phone can go on from here."""
    shelf = Shelf(state)
    shelf.begin(NOW)
    shelf.put(offer("new", 9))
    shelf = Shelf(state)
    shelf.begin(NOW)
    assert word(shelf) == "new"
    shelf.prove()
    assert Shelf(state).stage.kept == shelf.stage.newest
    assert sorted(path.name for path in (state / FOLDER).iterdir()) == sorted(
        [STAGE, f"{shelf.stage.kept:06d}"]
    )
    assert private(state)


def test_from_nothing_to_kept(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    assert (shelf.files(), shelf.known()) == ((), None)
    shelf.begin(NOW)
    shelf.prove()
    shelf.fail("", NOW)
    assert not (tmp_path / FOLDER).exists()
    shelf.put(offer("one", 3))
    assert word(Shelf(tmp_path)) == "one"
    shelf.prove()
    assert shelf.stage.kept == 0, "no phone has tried it"
    shelf = Shelf(tmp_path)
    shelf.begin(NOW)
    shelf.prove()
    assert Shelf(tmp_path).stage == Stage(kept=1, newest=1, version=3)
    assert Shelf(tmp_path).known() == offer("one", 3)
    works(tmp_path)


def test_a_failed_trial_leaves_the_one_before(tmp_path: Path) -> None:
    shelf = on_trial(tmp_path)
    shelf.fail("nobody answered", NOW)
    shelf = Shelf(tmp_path)
    assert word(shelf) == "one"
    assert shelf.stage.version == 3
    assert (shelf.stage.refused, shelf.stage.why) == (offer("two").digest, "nobody answered")


def test_a_verdict_is_not_about_what_came_meanwhile(tmp_path: Path) -> None:
    for verdict in (Shelf.prove, lambda shelf: shelf.fail("", NOW)):
        shelf = on_trial(tmp_path)
        shelf.put(offer("new"))
        before = shelf.stage
        verdict(shelf)
        assert shelf.stage == before
        assert word(Shelf(tmp_path)) == "new"
        shutil.rmtree(tmp_path / FOLDER)


def test_a_trial_that_never_comes_to_a_verdict_ends(tmp_path: Path) -> None:
    on_trial(tmp_path)
    for expected in ("two", "one", "one"):
        started = Shelf(tmp_path)
        started.begin(NOW)
        assert word(started) == expected
    assert Shelf(tmp_path).stage.refused == offer("two").digest


def test_stages_that_are_not_on_trial_stay_as_they_are() -> None:
    kept = Stage(kept=1, newest=1)
    assert stages.started(kept, "", NOW) == stages.proven(kept, 1) == kept
    assert stages.failed(kept, "", "", NOW) == kept


def test_what_holds_mistakes_is_refused_before_it_is_begun(tmp_path: Path) -> None:
    shelf = on_trial(tmp_path)
    shelf.prove()
    shelf.put(offer("new"))
    shelf.refuse("3 mistakes", NOW)
    assert word(Shelf(tmp_path)) == "two"
    assert Shelf(tmp_path).stage.refused == offer("new").digest
    assert Shelf(tmp_path).stage.refused_at == NOW


@pytest.mark.parametrize("step", STEPS)
def test_a_power_cut_at_every_change(tmp_path: Path, step: str) -> None:
    before = on_trial(tmp_path / "base").stage
    command = [sys.executable, "-m", "tests.provisioning.cut", str(tmp_path), step]
    subprocess.run(command, check=True, cwd=Path(__file__).parents[2])
    states = [tmp_path / str(number) for number in range(len(list(tmp_path.iterdir())) - 1)]
    shelves = [Shelf(state) for state in states]
    words = [word(shelf) for shelf in shelves]
    after = shelves[-1].stage
    assert after != before
    assert len(states) >= 4
    for state, shelf, found in zip(states, shelves, words, strict=True):
        assert shelf.stage in (before, after)
        assert found == (words[-1] if shelf.stage == after else "two")
        assert private(state)
        works(state)


def files_of(state: Path) -> list[Path]:
    return sorted(path for path in (state / FOLDER).rglob("*") if path.is_file())


def check_damaged(state: Path, damaged: Path) -> None:
    """What holds is what is whole, and falls back as the module says."""
    shelf = Shelf(state)
    shelf.begin(NOW)
    name = damaged.name if damaged.name == STAGE else damaged.parent.name
    assert word(shelf) == {STAGE: "", "000001": "two", "000002": "one"}[name]
    assert shelf.stage.version >= 3, "a replay would be taken"


def test_every_file_cut_at_every_octet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base, state = tmp_path / "base", tmp_path / "state"
    on_trial(base)
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)  # nothing here is about the medium
    for file in files_of(base):
        content = file.read_bytes()
        for length in range(len(content)):
            file.write_bytes(content[:length])
            shelf = Shelf(base)
            if file.name == STAGE:
                assert shelf.stage == Stage(newest=2, version=4)
            else:
                assert shelf.index(int(file.parent.name)) is None
            if file.name == STAGE or length % 8 == 0:
                shutil.copytree(base, state)
                check_damaged(state, state / file.relative_to(base))
                shutil.rmtree(state)
        file.write_bytes(content)


@settings(max_examples=25)
@given(st.integers(0, 8), st.integers(0, 2000), st.binary(min_size=1, max_size=40))
def test_files_with_noise_in_them(which: int, place: int, noise: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder)
        on_trial(state)
        files = files_of(state)
        file = files[which % len(files)]
        content = file.read_bytes()
        place %= len(content)
        file.write_bytes(content[:place] + noise + content[place + len(noise) :])
        shelf = Shelf(state)
        assert word(shelf) in ("", "one", "two")
        shelf.begin(NOW)
        assert word(shelf) in ("", "one", "two")
        shelf.put(offer("new"))
        assert word(Shelf(state)) == "new"


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "..", ".x", "a/b", "/etc/passwd", "..\\x", "a\0b", "a\nb", "a\ud800"),
        *("x" * 201, "ü" * 101, INDEX, "common.toml.new"),
    ],
)
def test_names_that_would_lead_elsewhere(tmp_path: Path, name: str) -> None:
    assert not storable(name)
    shelf = on_trial(tmp_path)
    before = shelf.stage
    bad = replace(offer("new"), files=(*offer("new").files, File(name, b"x")))
    with pytest.raises(OSError, match="no name of a file"):
        shelf.put(bad)
    assert shelf.stage == before == Shelf(tmp_path).stage


def test_names_that_are_in_order() -> None:
    assert all(map(storable, ("common.toml", "büro 1.toml", "x" * 200, "a..b", "stage.json")))


class Cut(BaseException):
    """The power is gone."""


class _Countdown:
    """Raises `error` before the n-th change; an audit hook cannot be taken out again."""

    def __init__(self) -> None:
        self.left = -1
        self.error: BaseException = Cut()
        self.folder = Path("/nowhere")
        self.installed = False

    @contextmanager
    def at(self, folder: Path, number: int, error: BaseException) -> Iterator[None]:
        if not self.installed:
            sys.addaudithook(self.hook)
            self.installed = True
        self.folder, self.left, self.error = folder, number, error
        try:
            yield
        finally:
            self.left = -1

    def hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.left >= 0:
            hooked(self.folder, self.reached)(event, arguments)

    def reached(self) -> None:
        if self.left > 0:
            self.left -= 1
        elif self.left == 0:
            if isinstance(self.error, Cut):
                self.left = -1
            raise self.error


COUNTDOWN = _Countdown()


class Lives(RuleBasedStateMachine):
    """Any way through a unit's life; each step may meet a cut or a full disk."""

    @initialize()
    def unpack(self) -> None:
        self.state = Path(tempfile.mkdtemp(prefix="deskphone-shelf-"))
        self.shelf = Shelf(self.state)

    def teardown(self) -> None:
        if hasattr(self, "state"):
            shutil.rmtree(self.state)

    def take(self, step: Callable[[Shelf], None]) -> Stage:
        step(self.shelf)
        return self.shelf.stage

    steps = st.sampled_from(
        [*STEPS.values(), lambda shelf: shelf.put(offer("one")), lambda s: s.put(offer("two", 5))]
    )

    @rule(step=steps)
    def goes_well(self, step: Callable[[Shelf], None]) -> None:
        step(self.shelf)
        assert self.shelf.stage == Shelf(self.state).stage

    @rule(step=steps, number=st.integers(0, 30), full=st.booleans())
    def goes_wrong(self, step: Callable[[Shelf], None], number: int, full: bool) -> None:
        before, words = self.shelf.stage, word(self.shelf)
        error = OSError(errno.ENOSPC, "No space left on device") if full else Cut()
        try:
            with COUNTDOWN.at(self.state, number, error):
                step(self.shelf)
        except (OSError, Cut):
            self.shelf = Shelf(self.state) if not full else self.shelf
            now = Shelf(self.state).stage
            if now == before:
                assert word(Shelf(self.state)) == words
            else:
                assert now.newest - before.newest in (0, 1)

    @rule()
    def starts_anew(self) -> None:
        self.shelf = Shelf(self.state)
        self.shelf.begin(NOW)

    @invariant()
    def is_whole(self) -> None:
        if hasattr(self, "state"):
            shelf = Shelf(self.state)
            assert (word(shelf) in WORDS) == bool(shelf.stage.in_force)
            assert private(self.state)


Lives.TestCase.settings = settings(max_examples=25, stateful_step_count=20)
test_lives = Lives.TestCase


def test_a_full_disk_leaves_the_old_and_no_litter(tmp_path: Path) -> None:
    on_trial(tmp_path / "base")
    before = Shelf(tmp_path / "base").stage
    litter = sorted(path.name for path in (tmp_path / "base" / FOLDER).iterdir())
    number, state = 0, tmp_path
    for number in range(200):
        state = tmp_path / str(number)
        shutil.copytree(tmp_path / "base", state)
        shelf = Shelf(state)
        try:
            with COUNTDOWN.at(state, number, OSError(errno.ENOSPC, "full")):
                shelf.put(offer("new"))
        except OSError:
            assert shelf.stage == Shelf(state).stage
            if shelf.stage == before:
                assert word(shelf) == "two"
                Shelf(state)._tidy()
                left = {path.name for path in (state / FOLDER).iterdir()}
                assert left - set(litter) <= {"staging", f"{STAGE}.new"}
            works(state)
        else:
            break
    assert word(Shelf(state)) == "new"
    assert number > 10
