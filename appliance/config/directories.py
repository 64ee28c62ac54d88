"""Which lines of the directory files hold no contact: warnings, for who checks a configuration.

Loading only finds out where the files are: no telephone waits for tens of thousands of contacts to
be read twice, and one without a directory is a telephone all the same.
"""

from __future__ import annotations

from collections.abc import Iterator

from appliance.config.model import Config
from appliance.config.problems import Place, Problem
from appliance.contacts.read import read_file

KEY = "directory.files"
MOST = 100
"""So many lines of a file are named."""


def unreadable_lines(config: Config) -> Iterator[Problem]:
    """A warning for each line that holds no contact, and for each file that cannot be read."""
    for path in config.directory.files:
        refusals = read_file(path).refusals
        for refusal in refusals[:MOST]:
            place = Place(path, refusal.line, 1 if refusal.line else 0)
            yield Problem(place, KEY, refusal.found, refusal.expected, severity="warning")
        if len(refusals) > MOST:
            found = f"{len(refusals) - MOST} more such lines"
            yield Problem(Place(path), KEY, found, "contacts", severity="warning")
