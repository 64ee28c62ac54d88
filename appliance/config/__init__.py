"""Configuration: from TOML files that people write to one value that the phone obeys.

`model` says what may be said, `load` reads it and reports every mistake at once, `show` prints what
is in force and `lastgood` keeps a phone alive when the newest file is wrong. Nothing in this room
knows hardware, SIP or the loop, and nothing here may print, log or store a secret outside the last
good configuration in the state directory.
"""

from __future__ import annotations

from appliance.config.account import Account
from appliance.config.lastgood import Chosen, load_or_last_good
from appliance.config.load import Loaded, load, require
from appliance.config.model import Config
from appliance.config.problems import Origin, Place, Problem

__all__ = [
    "Account",
    "Chosen",
    "Config",
    "Loaded",
    "Origin",
    "Place",
    "Problem",
    "load",
    "load_or_last_good",
    "require",
]
