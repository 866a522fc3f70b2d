"""A process that is made to be killed: copies a store, and prints a line for each page.

`python -m tests.store.copied FROM TO` says `ready`, `page` for each page, `whole` when it is.
"""

from __future__ import annotations

import sys

from ivr.store.copying import copy, opened
from tests.store.killed import say


def run(source: str, target: str) -> None:
    with opened(source, target) as (theirs, ours):
        copied = copy(theirs, ours, lambda _: say("page"))
        assert copied.whole, copied
        ours.finish()
    say("whole")


if __name__ == "__main__":
    say("ready")
    run(*sys.argv[1:])
