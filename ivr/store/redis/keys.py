"""Where things lie. All keys of one caller share a hash tag, so that one script may touch them.

- `ivr:{NUMBER}`: what a lookup reads (`form.Known`);
- `ivr:{NUMBER}:t`: sums of days that are too old for it, by day;
- `ivr:{NUMBER}:l`: the ledger: contacts by their id; `ivr:{?SHARD}:l` those of withheld numbers;
- `ivr:{NUMBER}:j`, `ivr:{NUMBER}:k`: the journal, and every consent by its id;
- `ivr:i:SHARD`: by a hash of an id of a contact or a consent, whose it is;
- `ivr:o:LINKED_ID`: an open call; `ivr:open` all of them by age;
- `ivr:process`: numbers that may be in the nuisance process; `ivr:here`: the days on which an
  engine was there; `ivr:retired`: the day before which contacts were removed;
- `ivr:version`: of all this; `ivr:reconciled`, `ivr:reconciliations`, `ivr:doubted`: see
  `reconciling`.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

VERSION_KEY: Final = "ivr:version"
OPEN: Final = "ivr:open"
PROCESS: Final = "ivr:process"
HERE: Final = "ivr:here"
RETIRED: Final = "ivr:retired"
RECONCILED: Final = "ivr:reconciled"
DOUBTED: Final = "ivr:doubted"
RECONCILIATIONS: Final = "ivr:reconciliations"

#: Every caller, and every ledger, as a pattern of `SCAN`.
CALLERS: Final = "ivr:{+*}"
LEDGERS: Final = "ivr:{*}:l"

#: Small hashes take a third of the room of large ones: up to 128 entries, so 134 million contacts.
_SHARDS: Final = 1 << 20
#: Contacts of withheld numbers lie in so many places, rather than on one server of a cluster.
_WITHHELD: Final = 256


def caller(number: str) -> str:
    """What a lookup reads."""
    return f"ivr:{{{number}}}"


def number_of(key: str) -> str:
    """The number whose key it is."""
    return key[key.index("{") + 1 : key.rindex("}")]


def older(number: str) -> str:
    """Sums of days that no decision asks for any more."""
    return f"ivr:{{{number}}}:t"


def ledger(owner: str) -> str:
    """The contacts of a number, or of `withheld`."""
    return f"ivr:{{{owner}}}:l"


def journal(owner: str) -> str:
    """Every change."""
    return f"ivr:{{{owner}}}:j"


def consents(number: str) -> str:
    """Every consent."""
    return f"ivr:{{{number}}}:k"


def open_call(linked_id: str) -> str:
    """What a call carries."""
    return f"ivr:o:{linked_id}"


def withheld(contact: str) -> str:
    """The owner of a contact that is nobody's."""
    return f"?{int.from_bytes(_digest(contact)[:1]) % _WITHHELD}"


def is_withheld(owner: str) -> bool:
    """Whether it is nobody's."""
    return owner.startswith("?")


def index(id_: str) -> tuple[str, bytes]:
    """The hash and its field that say whose contact (or consent) this is.

    Where two ids had the same 84 bits, the later would take the place of the earlier, which could
    then be counted again and not be annotated: among 100 million, once in four billion stores.
    """
    digest = _digest(id_)
    return f"ivr:i:{int.from_bytes(digest[:3]) % _SHARDS}", digest[3:]


def _digest(id_: str) -> bytes:
    return blake2b(id_.encode("utf-8", "surrogatepass"), digest_size=11).digest()
