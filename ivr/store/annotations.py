"""What agents add to contacts: how it changes them, and how the journal keeps it. Pure."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Final

from ivr.callers.errors import RefusedError
from ivr.engine.interfaces import Annotation

if TYPE_CHECKING:
    from ivr.callers.caller import Author
    from ivr.callers.contacts import Contact

#: The name of an annotation in the journal, beside those of `documents.KINDS`.
ANNOTATE: Final = "annotate"


def annotated(contact: Contact, annotation: Annotation, author: Author) -> Contact:
    """The contact after an annotation. An empty note or disposition is none."""
    new: dict[str, Any] = {}
    for name in ("note", "disposition", "case"):
        text = getattr(annotation, name)
        if text is not None:
            new[name] = text or None
    if annotation.marked is not None:
        new["marked_by"] = author.by if annotation.marked else None
    return replace(contact, **new)


def annotation_values(contact: str, annotation: Annotation) -> dict[str, Any]:
    """What the journal keeps: the contact's id and what was said of it."""
    told = {field.name: getattr(annotation, field.name) for field in fields(annotation)}
    return {"contact": contact, **{name: said for name, said in told.items() if said is not None}}


def annotation_from(values: dict[str, Any]) -> tuple[str, Annotation]:
    """The contact's id and the annotation of a journal entry."""
    said = dict(values)
    return said.pop("contact"), Annotation(**said)


def unknown(contact: str) -> RefusedError:
    """The refusal of a contact that is not there."""
    return RefusedError(f"there is no contact {contact}: a number's history has its contacts' ids")
