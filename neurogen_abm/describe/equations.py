"""The laws as a page: the formula, its symbols, the function that works it out, and what that says of it."""

import inspect
import re
from importlib import import_module
from typing import Any

from neurogen_abm.describe.laws import LAWS, MOTIONS, Law, Motion, readable
from neurogen_abm.describe.submodels import SUBMODELS, Submodel


def function_of(law: Law | Motion) -> Any:
    """Return the function of a law as it was written, before it was compiled; of a whole module, the module."""
    home, _, name = law.function.rpartition(".")
    found = getattr(import_module(f"neurogen_abm.{home}"), name, None)
    if found is None:
        return import_module(f"neurogen_abm.{law.function}")
    return getattr(found, "py_func", found)


def equations(part: Submodel, level: str = "###") -> str:
    """Return the laws of one part of the model; nothing where it has none."""
    moving = [_motion(motion, level) for motion in MOTIONS.get(part.key, ())]
    return "\n\n".join([*moving, *(_law(law, level) for law in LAWS.get(part.key, ()))])


def page() -> str:
    """Return the laws of the whole model."""
    told = [(part, equations(part)) for part in SUBMODELS]
    return "\n\n".join(f"## {part.title}\n\n{text}" for part, text in told if text)


def _law(law: Law, level: str) -> str:
    name = law.function.rpartition(".")[2]
    block = f"```text\n{name} = {readable(law.formula)}\n```"
    where = "; ".join(f"`{symbol}` is `{what}`" for symbol, what in law.where.items())
    return _told(law, level, block, f"Where {where}." if where else "")


def _motion(motion: Motion, level: str) -> str:
    return _told(motion, level, f"```text\n{motion.equation}\n```", f"Held by `{motion.test}`.")


def _told(law: Law | Motion, level: str, block: str, last: str) -> str:
    head = f"{level} {law.says[:1].upper()}{law.says[1:]}"
    home = f"`{law.function}` of `neurogen_abm`."
    return "\n\n".join(part for part in (head, block, f"{home} {grounds(law)}".rstrip(), last) if part)


def grounds(law: Law | Motion) -> str:
    """Return what the docstring of a function says beyond its first line, before parameters and examples."""
    text = inspect.getdoc(function_of(law)) or ""
    body = text.partition("\n\n")[2]
    body = re.split(r"(?:^|\n\n)(?:Parameters|Returns|Raises|Examples)\n-+|\n*>>> |\n    ", body)[0]
    return " ".join(body.replace("``", "`").split())
