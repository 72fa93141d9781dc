"""Runs the command line of uws-client, which was written for Python 2, under Python 3.

The published package is translated into a folder of its own by fissix, as 2to3 did it. Three things no translator
knows are put right from outside: base64.encodestring has gone, a download ended with an empty text where there is
now an empty row of bytes, and what __unicode__ gave is now what __str__ gives.

Arguments: a folder for the translation, then those of the command `uws`.
"""

import base64
import importlib.util
import os
import shutil
import sys
import urllib.request

folder, sys.argv[1:] = sys.argv[1], sys.argv[2:]


def translate():
    from fissix.refactor import RefactoringTool, get_fixers_from_package

    published = importlib.util.find_spec("uws").submodule_search_locations[0]
    unfinished = f"{folder}.{os.getpid()}"
    shutil.copytree(published, f"{unfinished}/uws", ignore=shutil.ignore_patterns("__pycache__"))
    RefactoringTool(get_fixers_from_package("fissix.fixes")).refactor_dir(f"{unfinished}/uws", write=True)
    os.rename(unfinished, folder)


class EndsWithText:
    """An answer whose last read gives an empty text."""

    def __init__(self, answer):
        self.headers = answer.headers
        self.answer = answer

    def read(self, size):
        return self.answer.read(size) or ""


def open_address(request, real=urllib.request.urlopen):
    return EndsWithText(real(request))


if not os.path.isdir(folder):
    translate()
base64.encodestring = lambda text: base64.encodebytes(text.encode()).decode()
urllib.request.urlopen = open_address
sys.path.insert(0, folder)
# The translated modules of the same names stand first.
from uws.cli.main import main  # noqa: E402
from uws.UWS import models  # noqa: E402

for kind in vars(models).values():
    if hasattr(kind, "__unicode__"):
        kind.__str__ = kind.__unicode__
main()
