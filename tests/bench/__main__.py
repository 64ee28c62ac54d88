"""``python -m tests.bench``: measure this phone beside others and say how it does.

The exit code is 0 when our phone was measured to the end, whatever the figures are, and 1 when it
was not.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench import contacts, plots, report
from tests.bench.figures import OURS
from tests.bench.measure import QUICK, Bench, Extent, say
from tests.bench.phones import KINDS, Place
from tests.peers import namespace


def main() -> int:
    """Run the bench; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=main.__doc__)
    parser.add_argument("--out", type=Path, default=Path("build/bench"), help="where results go")
    parser.add_argument("--quick", action="store_true", help="few samples: a trial of the bench")
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="deskphone-bench-") as folder,
        _place() as place,
    ):
        bench = Bench(place, Path(folder), QUICK if arguments.quick else Extent())
        bench.run()
        directory = contacts.measure(Path(folder))
    outcome = bench.outcome
    summaries = outcome.samples.summaries()
    measured = [k.name for k in KINDS if any(k.name in phones for phones in summaries.values())]
    notes = report.notes(outcome, bench.quiet, summaries)
    words = "\n".join([report.table(summaries, measured), "", contacts.words(directory), *notes])
    sys.stdout.write(f"\n{words}\n\n")
    document = {**report.document(outcome, bench.quiet, summaries), "directory": directory}
    report.write(arguments.out, document, words)
    try:
        plots.draw(arguments.out, outcome.samples, measured)
    except ImportError as error:
        say(f"no pictures: {error}; `make bench` installs what is missing")
    say(f"table, samples and pictures are in {arguments.out}")
    return 0 if OURS in measured and OURS not in outcome.absent else 1


@contextlib.contextmanager
def _place() -> Iterator[Place]:
    """A network of two hosts where the machine allows one, else loopback."""
    lacking = namespace.why_not()
    if lacking:
        say(f"everything runs on loopback: {lacking}")
        yield Place("127.0.0.1", "127.0.0.1")
        return
    with namespace.Namespace() as network:
        yield Place(network.host_address, network.server_address, network)


if __name__ == "__main__":
    sys.exit(main())
