"""What every test relies on."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("deskphone", deadline=None)
settings.load_profile("deskphone")
