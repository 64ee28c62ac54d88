"""Pictures of every example screen: for the README, the tests and the eye.

``python -m appliance.screens.gallery --out DIR`` writes a PNG of each and a contact sheet of all;
with ``--golden --out tests/screens/golden`` those that the tests compare with and the README shows.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from appliance.errors import PhoneError
from appliance.screens.examples import EXAMPLES
from appliance.screens.sheet import write

GOLDEN_SCALE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pictures; 1 if that is not possible."""
    parser = argparse.ArgumentParser(
        prog="python -m appliance.screens.gallery", description="Draw every example screen."
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where to")
    parser.add_argument("--scale", type=int, default=4, help="size of a dot (default 4)")
    parser.add_argument(
        "--golden",
        action="store_true",
        help="what the tests compare with and the README shows: no sheet, dots of 2, "
        "and pictures of screens that are gone are removed",
    )
    options = parser.parse_args(arguments)
    try:
        scale = GOLDEN_SCALE if options.golden else options.scale
        write(EXAMPLES, options.out, scale, golden=options.golden)
    except PhoneError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"{options.out}: {error.strerror}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
