"""The example that `fleet init` writes: a table with every kind of column, explained."""

from __future__ import annotations

from appliance.fleet.units import OWN

_OWN = "\n".join(f"# {name}: {meaning}" for name, meaning in OWN.items())

EXAMPLE = f"""\
# A unit a line; lines that begin with # are remarks, empty cells say nothing.
{_OWN}
# name: of the unit, as [phone] name; {{last4}}, {{mac}} and {{serial}} stand for the unit's own
# user, password, server, transport, display_name, label …: keys of the first [[account]];
#   with a number behind them (user2, password2 … user6) of the others.
#   Without a password a strong one is made, and kept beside this table.
# audio.headset, phone.timezone, dial.speed_dial.1 …: any other key of the configuration
# What is the same everywhere belongs into common.toml or site-….toml, not into this table.
mac,name,user,display_name,site,audio.ringer_volume,user2,label2
b8:27:eb:00:00:01,Desk 1,1001,Agent 1001,berlin,,,
b8:27:eb:00:00:02,Desk 2,1002,Agent 1002,berlin,40,,
b8:27:eb:00:00:03,Reception,1003,Reception,manila,,1100,Front door
"""
