"""Deskphone: a Raspberry Pi as a desk telephone.

The phone itself lives here: the pure core (``phone``), its SIP engine (``sip``), configuration,
screens and control. Hardware lives in the sibling package ``hw``; only ``wiring`` knows both.
"""

from __future__ import annotations

__version__ = "0.1.0"
