"""What is wrong with the card, on its way from the disk thread to the display and the journal.

A trouble is told once, when it begins, and taken back when the same part works again. What is found
before the phone lives waits for it.
"""

from __future__ import annotations

import asyncio
import logging

from appliance.phone.events import ProblemFound
from appliance.phone.words import NONE, Words
from appliance.ports import Post

log = logging.getLogger(__name__)


class Troubles:
    """The parts of the store that are in trouble; may be told from any thread."""

    def __init__(self) -> None:
        self._words: dict[str, tuple[str, Words]] = {}
        self._deliver = self._nobody

    def attend(self, post: Post) -> None:
        """Tell the phone, on the running loop's thread, of what there is and what will be."""
        loop = asyncio.get_running_loop()

        def deliver(problem: ProblemFound) -> None:
            try:
                loop.call_soon_threadsafe(post, problem)
            except RuntimeError:
                log.debug("the loop has ended before %s could be told", problem.part)

        self._deliver = deliver
        for part, (code, words) in self._words.items():
            post(ProblemFound(part, code, words))

    def found(self, part: str, code: str, words: Words, evidence: str) -> None:
        """This part is in trouble: words for the agent, evidence for IT."""
        log.warning("%s: %s", code, evidence)
        if self._words.get(part) != (code, words):
            self._words[part] = (code, words)
            self._deliver(ProblemFound(part, code, words))

    def over(self, part: str) -> None:
        """This part works."""
        if self._words.pop(part, None) is not None:
            self._deliver(ProblemFound(part, "", NONE))

    def _nobody(self, problem: ProblemFound) -> None:
        """There is no phone yet."""
