"""`llamachat models path [NAME]`: where a model's file is, or the folders that hold them all."""

from __future__ import annotations

from collections.abc import Sequence

from llamachat.build.results import built_folder
from llamachat.cli.arguments import Parser
from llamachat.cli.page import open_page
from llamachat.errors import ModelError
from llamachat.models.hub import Hub
from llamachat.models.importing import import_folder
from llamachat.models.library import library_file


def parser() -> Parser:
    made = Parser(
        "llamachat models path",
        description="The file of a model, for other programs; without a name the folders in which "
        "models are kept.",
    )
    made.add_argument("model", nargs="?", metavar="NAME", help="an installed model or adapter")
    return made


def run(argv: Sequence[str]) -> int:
    given = parser().parse_args(argv)
    page = open_page()
    if given.model is None:
        for folder in (Hub.from_environment().cache, import_folder(), built_folder()):
            page.text(f"{folder}\n")
        return 0
    path = library_file(given.model)
    if not path.is_file():
        raise ModelError(f"There is no file {path}.", "List the models: llamachat models list")
    page.text(f"{path.absolute()}\n")
    return 0
