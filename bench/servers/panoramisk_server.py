"""A FastAGI server that decides nothing, on panoramisk: five commands and an end.

python panoramisk_server.py PORT [uvloop]
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from panoramisk import fast_agi

COMMANDS = tuple(f'SET VARIABLE IVR_{n} "value-{n}"' for n in range(5))


async def _route(request: Any) -> None:
    for command in COMMANDS:
        await request.send_command(command)


async def _serve(port: int) -> None:
    application = fast_agi.Application(loop=asyncio.get_running_loop())
    application.add_route("route", _route)
    server = await asyncio.start_server(application.handler, "127.0.0.1", port)
    await server.serve_forever()


def main() -> None:
    """Serve until killed."""
    if sys.argv[2:] == ["uvloop"]:
        import uvloop

        uvloop.run(_serve(int(sys.argv[1])))
    else:
        asyncio.run(_serve(int(sys.argv[1])))


main()
