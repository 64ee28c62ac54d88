"""What can go wrong, said twice: once for the agent, once for IT.

Every error that a person may meet is a `PhoneError`. It carries a short stable code, a few words
that fit the display, and for IT the evidence and the next step. The command line prints these
words and never a traceback; the journal keeps the code as a field of its own.
"""

from __future__ import annotations


class PhoneError(Exception):
    """A problem with words for both audiences.

    `code` is stable and short (``AUDIO-01``), `agent` fits two lines of the display, `it` says what
    was found, what was expected and what to do.
    """

    exit_code = 1

    def __init__(self, code: str, agent: str, it: str) -> None:
        super().__init__(it)
        self.code = code
        self.agent = agent
        self.it = it

    def __str__(self) -> str:
        return f"{self.code}: {self.it}"


class UsageError(PhoneError, ValueError):
    """The command line asked for something that does not exist (exit 2)."""

    exit_code = 2


class ConfigRefused(PhoneError, ValueError):
    """A configuration with problems; all of them are in `it`, one a line (exit 78, EX_CONFIG)."""

    exit_code = 78


class EngineError(PhoneError, RuntimeError):
    """The SIP engine could not do what it was told."""


class HardwareError(PhoneError, OSError):
    """A part of the desk unit is missing or refuses to work."""


class ControlError(PhoneError, ConnectionError):
    """The control socket of a running phone cannot be reached or refused a request."""
