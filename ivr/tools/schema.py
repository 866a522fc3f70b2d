"""`ivr schema`: the policy's format as JSON Schema, for editors."""

from __future__ import annotations

import click

from ivr.policy.schema.document import schema, written


@click.command("schema")
def command() -> None:
    """Print the JSON Schema (draft 7) of a policy's files, for editors that complete and check.

    docs/schema.md says how an editor finds it.

    \b
    Example:
      ivr schema > routes/policy.schema.json
    """
    click.echo(written(schema()), nl=False)
