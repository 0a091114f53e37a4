"""``neurogen serve``: the live page."""

from typing import Annotated

import typer

from neurogen_abm.commands import signals


def serve_command(
    scenario: Annotated[
        str,
        typer.Argument(metavar="[SCENARIO]", help="The scenario to open first: a file, or a name."),
    ] = "mouse_wheel_running",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port of the page; 0: a free one.")] = 8765,
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in the browser.")] = True,
    allow_remote: Annotated[
        bool, typer.Option("--allow-remote", help="Accept requests from other machines; they need the token, too.")
    ] = False,
) -> None:
    """Watch neurogenesis live in the browser."""
    from neurogen_abm.serve.http.launch import serve

    def say(address: str) -> None:
        typer.echo(f"The page is at {address}\nCtrl-C stops the server.")
        if open_browser:
            typer.echo("Where no browser opens, or it may not read the file it is given, open that address yourself.")
        if allow_remote:
            typer.echo("Other machines reach it under the name of this one; the traffic is not encrypted.")

    with signals.ending_as_asked():
        serve(scenario, port=port, open_browser=open_browser, allow_remote=allow_remote, say=say)
