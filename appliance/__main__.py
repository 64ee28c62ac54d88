"""``python -m appliance``: the `deskphone` command where no console script is installed."""

from __future__ import annotations

import sys

from appliance.cli import main

if __name__ == "__main__":
    sys.exit(main())
