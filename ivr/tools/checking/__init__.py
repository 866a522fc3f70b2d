"""`ivr check`: what is wrong with a policy and what is odd in it, for people and for machines."""

from ivr.tools.checking.command import check, command
from ivr.tools.checking.looking import CLEAN, PROBLEMS, UNREAD, WARNINGS, Checked, look

__all__ = ["CLEAN", "PROBLEMS", "UNREAD", "WARNINGS", "Checked", "check", "command", "look"]
