"""What a schema of one file cannot see, and `ivr check` has to say.

A problem of the loader's that is not here must be seen by the schema, at the same place.
"""

from __future__ import annotations

import re
from typing import Final

_ELSEWHERE: Final = "names are declared elsewhere, often in another file"
_ORDER: Final = "it depends on what stands before or after, which a schema cannot ask"
_TOGETHER: Final = "values in several places have to fit each other"
_NUMBERS: Final = "what a number is depends on the country, and on lists that change"
_YAML: Final = "the schema is asked of what was read; how it was written is YAML's"
_FILES: Final = "another file may hold it, or holds it already"

#: Problems as the loader words them, and why a schema does not see them.
UNSEEN: Final = {
    # names
    r" is not declared:": _ELSEWHERE,
    r"no entrypoint has a calendar that could be": _ELSEWHERE,
    r"the prompt '.*' has no key '": "any key of a prompt may be a language",
    r"^'phonemes' has no key '": "any key may be a language",
    r"the prompt '.*' has no words in ": "which languages there are stands elsewhere",
    r"nobody comes to the stage '.*': there is no 'nuisance'": _ELSEWHERE,
    r"a paid line without a process": _ELSEWHERE,
    r"every topic is exempt": _ELSEWHERE,
    # order and reach
    r"the last route has conditions": _ORDER,
    r"can never match": _ORDER,
    r"the (menus|fallbacks) go round": _ORDER,
    r"'after' of a paid line": "whether it takes a time depends on the method of the line",
    # several values
    r"the route '.*' stands in line": _TOGETHER,
    r"leads to the entrypoint '.*' already": _TOGETHER,
    r"is the slower recording of": _TOGETHER,
    r"^(the hours of \w+|these hours) overlap": _TOGETHER,
    r"\d+ marks of \d+ contacts": _TOGETHER,
    r"' is \S, and so is ": _TOGETHER,
    r"calls another number than the one that is told": _TOGETHER,
    r"the calls of nuisance callers are ended|a paid line for callers of tier": _TOGETHER,
    # numbers, dates and zones
    r"is (an emergency number|a premium number|the entrypoint '|the paid line ')": _NUMBERS,
    r"is of another country|^the number '[0-9 +().-]+' is no number": _NUMBERS,
    r"the prefix '.*' is of no country": _NUMBERS,
    r"'[0-9]{4}-02-29' is no date": "a schema knows no leap years",
    r"the timezone '.*' is unknown": "which zones there are changes with the zone data",
    # YAML
    r"((anchors|aliases|tags) \(.*\)|merge keys \(<<\)) are not read": _YAML,
    r"stands here twice, first in line": "YAML itself allows a key once; editors say so",
    r"without quotes, which YAML takes for a date": "a date is text in YAML 1.2",
    r"^the key '\d' without quotes": "to an editor every key is text",
    # files
    r"^no '\w+':": _FILES,
    r"' stands in \S+ already": _FILES,
    r"' is declared twice": _FILES,
}


def why_unseen(problem: str) -> str | None:
    """The row of the table that a problem falls under."""
    return next((row for row in UNSEEN if re.search(row, problem)), None)
