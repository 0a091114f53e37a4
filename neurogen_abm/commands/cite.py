"""``neurogen cite``: the references behind a scenario or a run."""

from pathlib import Path
from typing import Annotated

import typer


def cite_command(
    source: Annotated[str, typer.Argument(metavar="SCENARIO|RUN", help="A scenario, or a run directory.")],
    bibtex: Annotated[bool, typer.Option("--bibtex", help="Print the BibTeX entries alone, for a file.")] = False,
) -> None:
    """Print the references behind the parameters, as text and BibTeX."""
    from neurogen_abm.citations import as_bibtex, as_text
    from neurogen_abm.run import Result, prepare, scenario_citations

    found = Result.load(source).citations() if Path(source).is_dir() else scenario_citations(prepare(source))
    if not bibtex:
        typer.echo("".join(f"{as_text(citation)}\n" for citation in found))
    typer.echo("\n\n".join(as_bibtex(citation) for citation in found))
