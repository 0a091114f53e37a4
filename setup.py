"""The page of a package index, which `pyproject.toml` cannot say: links to files of a repository lead nowhere there."""

import re
from pathlib import Path


def index_page(readme: str) -> str:
    """Return the README without pictures of the repository, and with the words alone of what links to its files."""
    inside = r"\]\((?!\w+:)[^)]*\)"  # no address: a path of the repository
    without_pictures = re.sub(rf"^!\[[^\]]*{inside}\n", "", readme, flags=re.M)
    return re.sub(rf"\[([^\]]*){inside}", r"\1", without_pictures)


if __name__ == "__main__":
    from setuptools import setup

    readme = (Path(__file__).parent / "README.md").read_text(encoding="utf-8")
    setup(long_description=index_page(readme), long_description_content_type="text/markdown")
