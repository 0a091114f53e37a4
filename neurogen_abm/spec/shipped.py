"""Files a person writes: found by the name under which they come with the package, or by their path, and read strictly.

Scenarios, sweeps, studies and fits each have a folder. What is not there is refused, with the nearest name.
"""

import json
import re
from collections.abc import Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any, NamedTuple, Self

from pydantic import Field, PrivateAttr, ValidationError

from neurogen_abm import units
from neurogen_abm.errors import InputError
from neurogen_abm.spec.fields import FORMAT, Id, Title, Version, as_id
from neurogen_abm.spec.handed import as_file, is_table
from neurogen_abm.spec.names import composed
from neurogen_abm.spec.parameter import Plain
from neurogen_abm.spec.suggest import nearest, offer
from neurogen_abm.spec.validation import FileForm, from_validation, keys_of
from neurogen_abm.spec.yaml.reader import DEPTH_LIMIT, Document, KeyPath, Place, YamlError, parse, place_of, read_file

_SCHEMA_ID = "https://json-schema.org/draft/2020-12/schema"


class RawFile(NamedTuple):
    """A mapping as it was read, before its form is checked."""

    data: dict[str, Any]
    places: dict[KeyPath, Place]
    name: str  # what errors call it; empty for plain data
    folder: Path | None  # from which the files it names are found


class ShippedFiles(NamedTuple):
    """The files of one kind that come with the package."""

    noun: str
    folder: str  # below the shipped scenarios
    guide: str  # the page of docs/ on the format
    code: str  # of the error for a name that is not here
    form: FileForm

    def names(self) -> list[str]:
        """Return the names of what comes with the package."""
        folder = self.place()
        files = folder.iterdir() if folder.is_dir() else ()
        return sorted(file.name.removesuffix(".yaml") for file in files if file.name.endswith(".yaml"))

    def place(self) -> Traversable:
        """Return the folder: inside the package when installed, beside it in a checkout."""
        package = resources.files("neurogen_abm")
        inside = package / "scenarios"
        top = inside if inside.is_dir() or not isinstance(package, Path) else package.parent / "scenarios"
        return top / self.folder if self.folder else top

    def read(self, source: object) -> RawFile:
        """Read a source: the name of a shipped file, the path of a YAML file, or the same as plain data.

        What comes from a file and gives no name is called after the file.
        """
        document, name, folder = self._open(source)
        if not isinstance(document.data, dict):
            cure = f"Write lines of `key: value`; docs/{self.guide}.md lists the keys."
            raise self.form.error(f"A {self.noun} must be a mapping.", where=name, code="not-a-mapping", cure=cure)
        data = dict(document.data)
        if isinstance(source, str | Path) and "name" not in data:
            data["name"] = self._name_of(Path(source), name)
        return RawFile(data, document.places, name, folder)

    def _name_of(self, file: Path, shown: str) -> str:
        """Return the name of what says none in its file, made of that of the file."""
        if not (made := as_id(file.stem)):
            what = f"The {self.noun} has no `name`, and none can be made of the name of its file."
            cure = (
                "Add a line like `name: my_mouse`, of letters from a to z and digits: it becomes a folder of results."
            )
            raise self.form.error(what, where=shown, code="no-name", cure=cure, seen=file.stem)
        return made

    def _open(self, source: object) -> tuple[Document, str, Path | None]:
        if isinstance(source, Mapping):
            return Document(json_like(source), {}), "", None
        if not isinstance(source, str | Path):
            kind = f"{type(source).__module__}.{type(source).__qualname__}"
            cure = "Give the name of one that is shipped, the path of a file, a mapping, or an object of this package."
            what = f"An object of type {kind} cannot be used as a {self.noun}."
            raise self.form.error(what, code="wrong-type", cure=cure, seen=kind)
        text, names = str(source), self.names()
        if isinstance(source, str) and re.fullmatch(r"[A-Za-z0-9_-]+", text):
            if text in names:
                file = self.place() / f"{text}.yaml"
                folder = Path(str(file)).parent if isinstance(file, Path) else None
                return parse(file.read_bytes(), f"{text}.yaml"), f"{text}.yaml", folder
            if not _is_file(text):
                what = f'There is no shipped {self.noun} named "{text[:80]}".'
                cure = f"{offer(text, names)} To use a file of your own, give its name with .yaml."
                raise self.form.error(what, code=self.code, cure=cure)
        try:
            return read_file(Path(source), text), text, Path(source).absolute().parent
        except YamlError as fault:
            near = nearest(Path(source).stem, names) if fault.code == "no-file" else []
            if near:
                fault.cure = f"Did you mean the shipped {self.noun} {near[0]} (without .yaml)?"
            raise


class FileModel(Plain):
    """A model of a file of its own, which remembers from where it was read."""

    format: Version = FORMAT
    name: Id = Field(description="Short name, also of the folder of results; that of the file by default.")
    title: Title = Field("", description="One line that says what it is about.")
    description: Annotated[str, Field(max_length=5000)] = Field("", description="Background, in sentences.")

    _name: str = PrivateAttr("")
    _places: dict[KeyPath, Place] = PrivateAttr(default_factory=dict)
    _changed: tuple[KeyPath, ...] = PrivateAttr(())
    _base_dir: Path | None = PrivateAttr(None)

    def __repr__(self) -> str:
        """Say which file it is; what it says fills pages."""
        title = f": {self.title[:100]}" if self.title else ""
        return f"<{type(self).__name__} {self.name}{title}>"

    __str__ = __repr__

    @property
    def base_dir(self) -> Path | None:
        """The folder from which the files it names are found; None where it came from no file."""
        return self._base_dir

    def where(self, path: KeyPath) -> str:
        """Return ``file:line:column dotted.key`` of an entry, for errors."""
        return place_of(self._name, self._places, self._changed, path)

    @classmethod
    def checked(cls, raw: RawFile, form: FileForm, changed: tuple[KeyPath, ...] = ()) -> Self:
        """Return a file as its model; ``changed`` are entries that do not stand in the file."""
        try:
            made = cls.model_validate(raw.data)
        except ValidationError as fault:
            raise from_validation(fault, raw.data, raw.name, raw.places, form, changed) from None
        made._name, made._places, made._changed, made._base_dir = raw.name, raw.places, changed, raw.folder
        return made

    @classmethod
    def read_from(cls, files: ShippedFiles, source: object, changes: Mapping[str, Any] | None = None) -> Self:
        """Read and check a source as `ShippedFiles.read` takes it, or return an object of this class as it is.

        ``changes`` are keys that replace those of the source.
        """
        if isinstance(source, cls):
            return source
        raw = files.read(source)
        return cls.checked(raw._replace(data=raw.data | json_like(changes or {})), files.form)

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Return the JSON schema of the file, for editors that complete and check."""
        schema = cls.model_json_schema(by_alias=True)
        schema["$defs"] = {name: _tidied(part) for name, part in schema["$defs"].items()}
        for key, field in keys_of(cls).items():
            schema["properties"][key]["description"] = field.description
        top = {"$schema": _SCHEMA_ID, "title": f"neurogen_abm {cls.__name__.lower()}", "description": str(cls.__doc__)}
        required = [key for key in schema["required"] if key != "name"]  # a file without a name is called after itself
        return {**top, **{key: part for key, part in schema.items() if key not in top}, "required": required}

    @classmethod
    def schema_text(cls) -> str:
        """Return the JSON schema as the text of its committed copy."""
        return json.dumps(cls.json_schema(), indent=1, ensure_ascii=False) + "\n"


def _tidied(part: dict[str, Any]) -> dict[str, Any]:
    """Drop the titles pydantic makes up from names of fields; the descriptions say more."""
    properties = {
        key: {name: value for name, value in field.items() if name != "title"}
        for key, field in part.get("properties", {}).items()
    }
    return {**part, "properties": properties} if properties else part


def _is_file(text: str) -> bool:
    """Return whether a text names a file; one that is too long for a name names none."""
    try:
        return Path(text).is_file()
    except OSError:
        return False


def json_like(value: Any, depth: int = 0) -> Any:
    """Return data built in Python as a YAML file would give it: plain dicts and lists, accents composed.

    A table of pandas becomes the path of a file that holds it; what is a path stays one.
    An InputError refuses what no file could hold: halves of characters, and entries nested too deep.
    """
    if depth > DEPTH_LIMIT + 1:
        cure = "Nothing that a person writes is nested that deep."
        raise InputError(f"The entries are nested more than {DEPTH_LIMIT} deep.", code="too-deep", cure=cure)
    if isinstance(value, Mapping):
        return {json_like(str(key), depth): json_like(part, depth + 1) for key, part in value.items()}
    if isinstance(value, int) and abs(value) >= 10**30:
        what, cure = f"{units.shown(value)} is no seed and no quantity.", "Write at most 30 digits."
        raise InputError(what, code="out-of-range", cure=cure)
    if isinstance(value, str):
        if re.search(r"[\ud800-\udfff]", value):
            what, cure = f"The text {value[:40]!a} holds half of a character.", "Write the whole character."
            raise InputError(what, code="control-character", cure=cure, seen=repr(value[:40]))
        return composed(value)
    if is_table(value):
        return as_file(value)
    return [json_like(part, depth + 1) for part in value] if isinstance(value, list | tuple) else value
