"""All files of a unit, from one folder of a server.

The layers are `common.toml`, `site-<name>.toml`, `model-<name>.toml`, `<serial>.toml` and
`<mac>.toml`, as far as they are there; then whatever they include and refer to: files of the same
folder, for what is served from one place does not reach into another. What has not changed is not
sent again. Where a signature is asked for, `manifest.json` and its signature come first, and only
what it lists is fetched, and is what it says (`trust`).
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from appliance.config.fields import SECTIONS
from appliance.config.include import KEY as INCLUDE
from appliance.config.syntax import parse
from appliance.config.unit import Unit
from appliance.provisioning import stick
from appliance.provisioning.address import shown
from appliance.provisioning.fetch import Absent, Fetcher, FetchFailed, Got, Unchanged
from appliance.provisioning.seal import SUFFIX, Identity
from appliance.provisioning.shelf import File, Offer, storable
from appliance.provisioning.stamp import NO_STAMP, Stamp
from appliance.provisioning.trust import (
    MANIFEST,
    MAX_MANIFEST,
    MAX_SIGNATURE,
    SIGNATURE,
    Manifest,
    verified,
)

MAX_FILES = 64
MAX_OCTETS = 8 << 20
"""Of all files together; a directory of 20,000 contacts has one and a half million."""
MAX_SECONDS = 300.0
"""For all files together."""
_MAX_FILE = 4 << 20
_MAX_SETTINGS = 256 << 10
"""Octets of all configuration files together; a few thousand are usual."""
_MAX_ASKED = 2 * MAX_FILES
"""Files that are asked for, those that are not there included."""
_MAX_DOTS = 100
"""Of a line: the time to read a dotted key grows with the square of its parts and more."""
_DEEPEST = 8
_MASKED = {name for keys in SECTIONS.values() for name, key in keys.items() if key.hidden}
_SECRET_FILES = {name for name in _MASKED if name.endswith("_file")} | {"private_key_file"}
_SECRETS = _MASKED - _SECRET_FILES
_PRIVATE_KEY = b"PRIVATE KEY-----"


@dataclass(frozen=True, slots=True)
class Place:
    """Which unit asks for its files: `site` and `model` are empty where it has none."""

    unit: Unit
    site: str = ""
    model: str = ""

    @property
    def layers(self) -> tuple[str, ...]:
        """The names of its files, the lowest first."""
        names = [
            "common.toml",
            f"site-{self.site}.toml" if self.site else "",
            f"model-{self.model}.toml" if self.model else "",
            f"{self.unit.serial}.toml" if self.unit.serial else "",
            f"{self.unit.mac}.toml",
        ]
        return tuple(dict.fromkeys(name for name in names if storable(name)))


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom a unit takes its files from: `keys` that sign them (none: TLS is enough), and its own.

    `newest` is the version of the manifest that it has kept.
    """

    identity: Identity
    keys: tuple[str, ...] = ()
    newest: int = 0


@dataclass(slots=True)
class _Collection:
    url: str
    fetcher: Fetcher
    known: dict[str, File]
    trust: Trust
    manifest: Manifest | None = None
    files: dict[str, File] = field(default_factory=dict)
    _absent: set[str] = field(default_factory=set)
    _settings: dict[str, int] = field(default_factory=dict)

    async def sign_in(self, stamp: Stamp) -> Stamp | None:
        """Read what the folder holds by its signed manifest; None if that is as `stamp` says."""
        at = self.url + MANIFEST
        content = await self.fetcher.get(at, stamp, octets=MAX_MANIFEST)
        if isinstance(content, Unchanged) and stamp != NO_STAMP:
            return None
        signature = await self.fetcher.get(self.url + SIGNATURE, octets=MAX_SIGNATURE)
        if not isinstance(content, Got) or not isinstance(signature, Got):
            raise FetchFailed(
                "not-signed",
                "Settings not signed",
                f"{self.url}: no {MANIFEST} with {SIGNATURE}; sign the folder by"
                " `deskphone fleet sign`",
            )
        signed = content.content, signature.content
        self.manifest = await verified(*signed, self.trust.keys, at, self.trust.newest)
        return content.stamp

    async def add(self, name: str, *, sealed: bool = False, settings: bool = False) -> File | None:
        """The file `name`, if it is there, or its `sealed` form; each is asked for once.

        A configuration file (`settings`) is held to what one may be.
        """
        if name in self._absent:
            return None
        file = self.files.get(name) or await self._served(name, name, settings=settings)
        if file is None and sealed:
            file = await self._served(name, name + SUFFIX, settings=settings)
        if file is None:
            self._absent.add(name)
        else:
            self.files[name] = file
            if settings:
                self._check_settings(file)
        return file

    def _check_settings(self, file: File) -> None:
        at = self.url + quote(file.served or file.name, safe="")
        self._settings[file.name] = len(file.content)
        if sum(self._settings.values()) > _MAX_SETTINGS:
            words = f"{at}: more than {_MAX_SETTINGS} octets of configuration files"
            raise FetchFailed("too-big", "File too big", words)
        if _has_long_key(file.content):
            words = f"{at}: a line with more than {_MAX_DOTS} dots; no key has so many parts"
            raise FetchFailed("not-readable", "Settings unreadable", words)

    def check_secrets(self, file: File, needs: Needs) -> None:
        """Refuse secrets that can be read on the way; those of a sealed file cannot."""
        if not self.fetcher.exposes(self.url):
            return
        exposed = [] if file.served else [f"`{key}`" for key in needs.secrets]
        exposed += [f"a file with a secret, {name}" for name in needs.secret_files]
        if exposed:
            raise self._exposed(file.name, exposed[0])

    def _exposed(self, name: str, what: str) -> FetchFailed:
        at = self.url + quote(name, safe="")
        return FetchFailed(
            "clear-text",
            "Secret without TLS",
            f"{at}: it has {what}, which anybody on the way can read; serve it by HTTPS, seal it"
            " for the unit (`.toml.age`), or allow it by `provisioning.clear_text_secrets`",
        )

    async def _served(self, name: str, served: str, *, settings: bool) -> File | None:
        listed = self.manifest.files.get(served) if self.manifest is not None else None
        if self.manifest is not None and listed is None:
            return None
        if len(self.files) >= MAX_FILES or len(self.files) + len(self._absent) >= _MAX_ASKED:
            raise FetchFailed(
                "too-many", "Too many files", f"{self.url}: more than {MAX_FILES} files for a unit"
            )
        before = self.known.get(name)
        if before is not None and (before.served or name) != served:
            before = None
        if before is not None and before.digest == listed:
            return before
        room = MAX_OCTETS - sum(len(file.content) for file in self.files.values())
        at = self.url + quote(served, safe="")
        stamp = before.stamp if before is not None and listed is None else NO_STAMP
        most = min(_MAX_SETTINGS if settings else _MAX_FILE, max(1, room))
        answer = await self.fetcher.get(at, stamp, octets=most)
        if isinstance(answer, Absent):
            return None
        if isinstance(answer, Unchanged):
            return before
        content = answer.content
        if listed is not None and hashlib.sha256(content).hexdigest() != listed:
            raise FetchFailed(
                "altered",
                "Settings altered",
                f"{at}: not what the signed manifest lists; sign the folder anew",
            )
        if served == name:
            if _PRIVATE_KEY in content and self.fetcher.exposes(self.url):
                raise self._exposed(name, "a private key")
            return File(name, content, answer.stamp)
        opened = await asyncio.to_thread(self.trust.identity.opened, content, at)
        return File(name, opened, answer.stamp, served)


async def collect(
    url: str, place: Place, fetcher: Fetcher, trust: Trust, known: Offer | None = None
) -> Offer:
    """What the folder at `url` has for a unit; `known` is what it has already.

    Raises `FetchFailed`, also where there is nothing for this unit.
    """
    try:
        async with asyncio.timeout(MAX_SECONDS):
            return await _collected(url, place, fetcher, trust, known)
    except TimeoutError as error:
        words = f"{shown(url)}: not all files within {MAX_SECONDS:g} s"
        raise FetchFailed("silent", "Server too slow", words) from error


async def _collected(
    url: str, place: Place, fetcher: Fetcher, trust: Trust, known: Offer | None
) -> Offer:
    if "?" in url or "#" in url:
        words = f"{shown(url)}: expected the address of a folder, without ? and #"
        raise FetchFailed("bad-address", "Wrong address", words)
    url = url if url.endswith("/") else f"{url}/"
    asked = (stick.FILE, *place.layers) if stick.is_stick(url) else place.layers
    if known is not None and (known.url != url or known.asked != asked):
        known = None
    before = {file.name: file for file in known.files} if known is not None else {}
    collection = _Collection(url, fetcher, before, trust)
    manifest: Stamp | None = NO_STAMP
    if trust.keys:
        manifest = await collection.sign_in(known.manifest if known is not None else NO_STAMP)
        if manifest is None and known is not None:
            return known
    own = (f"{place.unit.mac}.toml", f"{place.unit.serial}.toml")
    layers = tuple(
        [name for name in asked if await collection.add(name, sealed=name in own, settings=True)]
    )
    if not layers:
        raise FetchFailed(
            "absent",
            "No settings there",
            f"{url}: none of {', '.join(asked)} is there; is the unit in the table?",
        )
    seen: set[str] = set()
    todo = list(layers)
    while todo:
        name = todo.pop()
        file = await collection.add(name, settings=True) if name not in seen else None
        seen.add(name)
        if file is not None:
            needs = await asyncio.to_thread(named, file, place.unit)
            collection.check_secrets(file, needs)
            for other in needs.others:
                await collection.add(other)
            todo += needs.includes
    version = collection.manifest.version if collection.manifest is not None else 0
    files = tuple(collection.files.values())
    return Offer(url, files, layers, version, asked, manifest or NO_STAMP)


@dataclass(frozen=True, slots=True)
class Needs:
    """Files of the same folder that a configuration file names: what it includes, and others.

    `secrets` are the keys whose value is one.
    """

    includes: tuple[str, ...]
    others: tuple[str, ...]
    secret_files: tuple[str, ...] = ()
    """Those of `others` that hold a secret."""
    secrets: tuple[str, ...] = ()


def named(file: File, unit: Unit) -> Needs:
    """What a configuration file needs, as `unit` reads it; an include is taken as it is written."""
    text = file.content.decode("utf-8-sig", errors="replace").replace("\r\n", "\n")
    data = dict(parse(file.name, text).data)
    includes = data.pop(INCLUDE, None)
    filled = unit.filled(data)
    references = [
        (key, name) for key, value in _values(filled, _leads_to_files) for name in _texts(value)
    ]
    secret_files = _names(name for key, name in references if key in _SECRET_FILES)
    return Needs(
        _names(_texts(includes)),
        _names(name for _, name in references),
        secret_files,
        tuple(dict.fromkeys(key for key, _ in _values(filled, _SECRETS.__contains__))),
    )


def _names(texts: Iterator[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if storable(text)))


def _has_long_key(content: bytes) -> bool:
    return any(line.count(b".") > _MAX_DOTS for line in content.splitlines())


def _leads_to_files(key: str) -> bool:
    return key.endswith("_file") or key == "files"


def _values(
    data: Any, wanted: Callable[[str], bool], key: str = "", depth: int = _DEEPEST
) -> Iterator[tuple[str, Any]]:
    """What stands at the keys that are wanted, wherever they are, each with its key."""
    if depth < 0:
        return
    if wanted(key):
        yield key, data
    elif isinstance(data, Mapping):
        for inner, value in data.items():
            yield from _values(value, wanted, str(inner), depth - 1)
    elif isinstance(data, list):
        for value in data:
            yield from _values(value, wanted, "", depth - 1)


def _texts(value: Any) -> Iterator[str]:
    values = value if isinstance(value, list) else [value]
    for one in values:
        if isinstance(one, str):
            yield one
        elif isinstance(one, Mapping):
            yield from _texts(one.get("add"))
