"""A phone that logs calls until it is killed: every call that is on the card is told on stdout.

Stands for the disk thread of a phone that loses its power; run as ``python -m``.
"""

from __future__ import annotations

import sys
from pathlib import Path

from appliance.phone.calllog import Record
from appliance.store.calls import CallDatabase


def main() -> None:
    """Log calls in the directory given, numbered from the second argument on."""
    database = CallDatabase(Path(sys.argv[1]), sys.exit)
    for number in range(int(sys.argv[2]), sys.maxsize):
        call = number + 1
        database.keep(Record(call, "received", str(number)))
        database.keep(Record(call, "received", str(number), length=number, end="there"))
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
