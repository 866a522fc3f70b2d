"""A world for calls that nobody makes: a policy, a store and a clock of its own, and no network.

What happens in it is decided, stored and ended by the code that serves real callers; only the wire
to Asterisk, and the caller at its end, are played.
"""

from ivr.tools.world.line import Script
from ivr.tools.world.world import Incoming, Placed, World

__all__ = ["Incoming", "Placed", "Script", "World"]
