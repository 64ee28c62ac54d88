"""All files of a unit from one folder: which are asked for, which are not, and how often."""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyrage
import pytest

from appliance.config.unit import Unit
from appliance.provisioning import collect as collecting
from appliance.provisioning.collect import MAX_FILES, Place, Trust, collect, named
from appliance.provisioning.fetch import Access, Fetcher, FetchFailed
from appliance.provisioning.seal import Identity
from appliance.provisioning.shelf import File, Offer, Shelf
from appliance.provisioning.trust import MANIFEST, SIGNATURE
from tests.peers.nginx import Nginx
from tests.provisioning.test_trust import Key

UNIT = Unit("001122334455", "c0ffee")
PLACE = Place(UNIT, "berlin", "oak")
OWN = "001122334455.toml"


class Folder:
    """What the site serves for one test, and what was asked of it."""

    def __init__(self, site: Nginx, root: Path, state: Path) -> None:
        self.site, self.root = site, root
        self.url = f"{site.url}{root.name}"
        self.trust = Trust(Identity(state))
        self._before = len(site.asked)

    def put(self, **files: str | bytes) -> None:
        for name, content in files.items():
            at = self.root / name.replace("__", ".").replace("_own", UNIT.mac)
            at.write_bytes(content.encode() if isinstance(content, str) else content)

    def collect(self, known: Offer | None = None, place: Place = PLACE) -> Offer:
        async def story() -> Offer:
            access = Access(str(self.site.authority.ca_file))
            async with Fetcher(access, self.root / "floor") as fetcher:
                return await collect(self.url, place, fetcher, self.trust, known)

        return asyncio.run(story())

    def refused(self, known: Offer | None = None, place: Place = PLACE) -> FetchFailed:
        with pytest.raises(FetchFailed) as caught:
            self.collect(known, place)
        assert len(caught.value.agent) <= 21
        return caught.value

    @property
    def asked(self) -> dict[str, tuple[int, int]]:
        """Status and size by name, since this was asked last."""
        rows = self.site.asked
        new, self._before = rows[self._before :], len(rows)
        assert len({path for path, _, _ in new}) == len(new), "each is asked for once"
        assert all(path.startswith(f"/{self.root.name}/") for path, _, _ in new)
        return {path.rpartition("/")[2]: (code, size) for path, code, size in new}

    def sign(self, key: Key, version: int, *leave_out: str) -> None:
        files = {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in self.root.iterdir()
            if path.name not in (MANIFEST, SIGNATURE, *leave_out)
        }
        # To nginx a file is another by its second and its length.
        content = json.dumps({"version": version, "files": files}).encode() + b" " * version
        (self.root / MANIFEST).write_bytes(content)
        (self.root / SIGNATURE).write_bytes(key.sign(content))


@pytest.fixture
def folder(site: Nginx, tmp_path: Path) -> Iterator[Folder]:
    root = site.root / tmp_path.name
    root.mkdir()
    yield Folder(site, root, tmp_path)
    shutil.rmtree(root)


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Key:
    return Key(tmp_path_factory.mktemp("keys") / "it", "ed25519")


def content(offer: Offer) -> dict[str, bytes]:
    return {file.name: file.content for file in offer.files}


def test_layers_includes_and_what_they_refer_to(folder: Folder) -> None:
    folder.put(
        common__toml='include = ["base.conf", "{mac}.inc"]\n[directory]\nfiles = ["{last4}.csv"]\n',
        base__conf='include = "deeper.toml"\n[[account]]\nca_file = "ca.pem"\n',
        deeper__toml='include = "base.conf"\n[phone]\nname = "x"\n',
        ca__pem="PEM",
        _own__toml='[[account]]\npassword_file = "pass"\nprivate_key_file = "gone.key"\n'
        '[directory]\nfiles = { add = ["more.csv"] }\n',
        pass_="x",
        **{"4455__csv": "a", "more__csv": "b", "pass": "secret"},
    )
    offer = folder.collect()
    assert offer.layers == ("common.toml", OWN)
    assert set(content(offer)) == {
        *("common.toml", "base.conf", "deeper.toml", "ca.pem", OWN),
        *("pass", "4455.csv", "more.csv"),
    }
    assert set(folder.asked) == set(content(offer)) | {
        *("site-berlin.toml", "model-oak.toml", "c0ffee.toml", "c0ffee.toml.age", "gone.key"),
        "%7Bmac%7D.inc",
    }


def test_what_has_not_changed_is_not_sent_again(folder: Folder, tmp_path: Path) -> None:
    folder.put(common__toml='[directory]\nfiles = ["a.csv"]\n', a__csv="a")
    shelf = Shelf(tmp_path / "shelf")
    shelf.put(folder.collect())
    assert folder.asked["a.csv"] == (200, 1)
    again = folder.collect(shelf.known())
    assert again == shelf.known()
    assert folder.asked["a.csv"] == (304, 0)
    folder.put(a__csv="ab")
    assert content(folder.collect(again))["a.csv"] == b"ab"
    other = replace(PLACE, site="bonn")
    _ = folder.asked
    assert folder.collect(again, other).asked == other.layers
    assert folder.asked["common.toml"][0] == 200


def test_a_unit_that_nobody_knows(folder: Folder) -> None:
    error = folder.refused()
    assert (error.kind, error.agent) == ("absent", "No settings there")
    assert OWN in error.it


def test_a_query_is_no_folder(folder: Folder) -> None:
    folder.url += "?x=1"
    assert folder.refused().kind == "bad-address"


def test_a_serial_that_is_no_name(folder: Folder) -> None:
    folder.put(common__toml="")
    place = Place(Unit(UNIT.mac, "../N/A"), "a/b", "..")
    assert place.layers == ("common.toml", "model-...toml", OWN)
    folder.collect(place=place)
    assert set(folder.asked) == {"common.toml", "model-...toml", OWN, f"{OWN}.age"}


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../x", "/etc/passwd", "a/b", "..\\\\x", "index.json", "\\u0000", "a.new"],
)
def test_names_that_lead_elsewhere_are_not_asked_for(folder: Folder, name: str) -> None:
    folder.put(common__toml=f'include = ["{name}"]\n[[account]]\nca_file = "{name}"\n')
    assert list(content(folder.collect())) == ["common.toml"]
    assert set(folder.asked) == {*PLACE.layers, f"{OWN}.age", "c0ffee.toml.age"}


def test_names_that_look_like_more_are_names(folder: Folder) -> None:
    for name in ("http:x", "a?b", "a#b", "%2e%2e", "ä b"):
        (folder.root / name).write_bytes(b"x")
        folder.put(common__toml=f'[[account]]\nca_file = "{name}"\n')
        assert name in content(folder.collect())


def test_so_many_files(folder: Folder) -> None:
    names = [f"f{number}" for number in range(MAX_FILES)]
    folder.put(common__toml=f"[directory]\nfiles = {names[1:]}\n", **dict.fromkeys(names, ""))
    assert len(folder.collect().files) == MAX_FILES
    folder.put(common__toml=f"[directory]\nfiles = {names}\n")
    assert (folder.refused().kind, folder.refused().agent) == ("too-many", "Too many files")
    gone = [f"gone{number}" for number in range(2 * MAX_FILES)]
    folder.put(common__toml=f"[directory]\nfiles = {gone}\n")
    assert folder.refused().kind == "too-many"


def test_so_many_octets(folder: Folder) -> None:
    half = bytes(4 << 20)
    folder.put(common__toml='[directory]\nfiles = ["a", "b"]\n', a=half, b=half[:-40])
    assert len(folder.collect().files) == 3
    folder.put(b=half)
    assert folder.refused().kind == "too-big"
    folder.put(a=half + b"x")
    assert folder.refused().kind == "too-big"


def test_settings_are_small_and_their_keys_are_short(folder: Folder) -> None:
    folder.put(common__toml=" " * 200_000, _own__toml="")
    assert len(folder.collect().files) == 2
    folder.put(_own__toml=" " * 100_000)
    assert folder.refused().kind == "too-big"
    folder.put(common__toml=".".join("a" * 16_000) + " = 1\n")
    assert (folder.refused().kind, folder.refused().agent) == (
        "not-readable",
        "Settings unreadable",
    )


def test_a_server_that_takes_for_ever(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "MAX_SECONDS", 0.0)
    assert folder.refused().kind == "silent"


def test_sealed_files_are_the_units_own(folder: Folder) -> None:
    recipient = pyrage.x25519.Recipient.from_str(folder.trust.identity.recipient)
    sealed = bytes(pyrage.encrypt(b'[phone]\nname = "x"\n', [recipient]))
    folder.put(common__toml="", _own__toml__age=sealed, **{"site-berlin__toml__age": sealed})
    offer = folder.collect()
    assert offer.layers == ("common.toml", OWN)
    assert content(offer)[OWN] == b'[phone]\nname = "x"\n'
    asked = folder.asked
    assert {name for name in asked if name.endswith(".age")} == {f"{OWN}.age", "c0ffee.toml.age"}
    assert folder.collect(offer) == offer
    assert folder.asked[f"{OWN}.age"] == (304, 0)
    folder.put(_own__toml__age=sealed[:-1])
    assert folder.refused(offer).kind == "sealed"


def test_a_signed_folder(folder: Folder, key: Key) -> None:
    folder.trust = replace(folder.trust, keys=(key.public,))
    folder.put(common__toml='[directory]\nfiles = ["a.csv", "b.csv"]\n', a__csv="a", b__csv="b")
    assert folder.refused().kind == "not-signed"
    folder.sign(key, 3, "b.csv")
    _ = folder.asked
    offer = folder.collect()
    assert offer.version == 3
    assert set(content(offer)) == {"common.toml", "a.csv"}
    assert set(folder.asked) == {MANIFEST, SIGNATURE, "common.toml", "a.csv"}
    assert folder.collect(offer) == offer
    assert folder.asked == {MANIFEST: (304, 0)}
    folder.put(a__csv="ab")
    folder.sign(key, 4)
    newer = folder.collect(offer)
    assert content(newer)["a.csv"] == b"ab"
    assert set(folder.asked) == {MANIFEST, SIGNATURE, "a.csv", "b.csv"}
    folder.trust = replace(folder.trust, newest=4)
    folder.sign(key, 3)
    assert folder.refused(newer).kind == "replayed"
    folder.sign(key, 5)
    folder.put(a__csv="AB")
    assert (folder.refused().kind, folder.refused().agent) == ("altered", "Settings altered")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[[account]]\npassword = "geheim"\n', "`password`"),
        ('[nat]\nturn_password = "geheim"\n', "`turn_password`"),
        ('[security]\npin = "1234"\n', "`pin`"),
        ('include = "base.conf"\n', "base.conf: it has `password`"),
        ('[security]\npin_file = "a.csv"\n', "a file with a secret, a.csv"),
        ('[[account]]\nprivate_key_file = "a.csv"\n', "a file with a secret, a.csv"),
        ('[directory]\nfiles = ["a.csv"]\n', ""),
        ('[phone]\nname = "password"\n', ""),
    ],
)
def test_secrets_do_not_come_in_clear_text(folder: Folder, text: str, words: str) -> None:
    folder.put(common__toml=text, base__conf='[[account]]\npassword = "x"\n', a__csv="Anna,1")

    def collected(*, secrets: bool) -> Offer:
        async def story() -> Offer:
            access = Access(clear_text=True, clear_text_secrets=secrets)
            async with Fetcher(access, folder.root / "floor") as fetcher:
                url = f"{folder.site.clear_url}{folder.root.name}"
                return await collect(url, PLACE, fetcher, folder.trust)

        return asyncio.run(story())

    assert content(collected(secrets=True)) == content(folder.collect())
    if words:
        with pytest.raises(FetchFailed) as caught:
            collected(secrets=False)
        assert caught.value.kind == "clear-text"
        assert words in caught.value.it and "geheim" not in caught.value.it
    else:
        assert "common.toml" in content(collected(secrets=False))


def test_what_a_file_needs() -> None:
    deep = "[" + ".".join("a" * 90) + "]\n" + ".".join("b" * 90) + '.c_file = "x"\n'
    assert named(File("x", deep.encode()), UNIT).others == ()
    needs = named(
        File("x", b'\xef\xbb\xbfinclude = ["a", 1, "a"]\r\nx = [{ y_file = "b" }]\n'), UNIT
    )
    assert (needs.includes, needs.others) == (("a",), ("b",))
    assert named(File("x", b"\xff = ["), UNIT).others == ()
