"""What the validator of RO-Crate says of a capsule; `make crate` runs it in an environment of its own.

The validator wants an older rich than this package has beside it. It asks the web for the context of a crate, which the
package rocrate brings: terms of version 1.1 are still terms of the version that it has.
"""

import json
import zipfile
from importlib import resources
from pathlib import Path
from types import SimpleNamespace

import pytest

from neurogen_abm import capsule

services = pytest.importorskip("rocrate_validator.services", reason="`make crate` runs it")
PROFILES = ("ro-crate-1.1", "process-run-crate-0.5")


class Web:
    """Answers with the context of a crate, and with nothing else."""

    def __init__(self, context: str) -> None:
        self.context, self.others = context, list[str]()

    def get(self, url: str, **_: object) -> SimpleNamespace:
        known = url == "https://w3id.org/ro/crate/1.1/context"
        self.others += [] if known else [url]
        text, status = (self.context, 200) if known else ("", 404)
        body = {"text": text, "content": text.encode(), "json": lambda: json.loads(text)}
        return SimpleNamespace(status_code=status, headers={"Content-Type": "application/ld+json"}, **body)

    head = get


@pytest.fixture
def missing():
    """Return a function that says what the validator finds missing, of what a profile requires."""
    from rocrate_validator.models import Severity
    from rocrate_validator.utils.http import HttpRequester

    context = resources.files("rocrate").joinpath("data", "ro-crate.jsonld").read_text(encoding="utf-8")

    def of(crate: Path, profile: str) -> list[str]:
        settings = services.ValidationSettings(rocrate_uri=str(crate), profile_identifier=profile)
        HttpRequester().session = web = Web(context)
        found = services.validate(settings)
        assert web.others == []
        return [issue.message for issue in found.get_issues(Severity.REQUIRED)]

    return of


def test_nothing_that_is_required_is_missing_with_a_licence_and_without(saved, tmp_path, missing):
    for name, licence in (("stated", "CC-BY-4.0"), ("words", "For my group only."), ("none", None)):
        file = capsule(saved.directory, tmp_path / f"{name}.zip", licence=licence)
        assert {profile: missing(file, profile) for profile in PROFILES} == {profile: [] for profile in PROFILES}


@pytest.mark.parametrize(("entity", "key"), [("./", "license"), ("./", "datePublished"), ("#run", "instrument")])
def test_the_validator_would_say_what_is_missing(saved, tmp_path, missing, entity, key):
    file = capsule(saved.directory, tmp_path / "whole.zip")
    with zipfile.ZipFile(file) as whole, zipfile.ZipFile(tmp_path / "less.zip", "w") as less:
        for name in whole.namelist():
            content = whole.read(name)
            if name == "ro-crate-metadata.json":
                graph = json.loads(content)
                (one,) = (part for part in graph["@graph"] if part["@id"] == entity)
                del one[key]
                content = json.dumps(graph).encode()
            less.writestr(name, content)
    assert any(key in message for message in missing(tmp_path / "less.zip", PROFILES[1]))
