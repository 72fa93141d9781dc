"""Runs the scenarios of uws-validator, a suite for behave, from a checkout of it.

Arguments: the checkout, a folder for its configuration, base URL of the server, an API token, then those of behave.

The suite was written for Python 2, where a text is a row of bytes; the XML library takes no text that says how it
is encoded, so it is given the bytes.
"""

import json
import os
import sys

import requests
from behave.__main__ import main
from lxml import etree

checkout, folder, base, token, *arguments = sys.argv[1:]
checkout = os.path.abspath(checkout)


def from_text(text, real=etree.fromstring):
    return real(text.encode() if isinstance(text, str) else text)


def fill_list():
    """Jobs that are there from the beginning: the suite filters the list it finds."""
    for number in range(6):
        fields = {"QUERY": f"there before {number}", **({"PHASE": "RUN"} if number % 2 else {})}
        if number == 3:
            fields["STATUS"] = "1"
        requests.post(f"{base}/rest/session", data=fields, auth=("admin", token), timeout=30).raise_for_status()
    job = requests.post(f"{base}/rest/session", auth=("admin", token), timeout=30).url
    requests.post(f"{job}/phase", data={"PHASE": "ABORT"}, auth=("admin", token), timeout=30).raise_for_status()


configuration = os.path.join(folder, "uws-validator.json")
with open(configuration, "w") as file:
    json.dump({
        "server": base,
        "base_url": "rest/session",
        "username": "admin",
        "password": token,
        "job_parameters": {
            "veryshort": {"QUERY": "very short"},
            "short": {"SECONDS_TO_WAIT": "4"},
            "long": {"SECONDS_TO_WAIT": "60"},
            "error": {"STATUS": "1"},
        },
    }, file)
fill_list()
etree.fromstring = from_text
for part in ("features", "features/steps"):
    sys.path.insert(0, os.path.join(checkout, part))
os.chdir(checkout)
# Nothing is written beside somebody else's files.
sys.dont_write_bytecode = True
sys.exit(main(["--define", f"configfile={configuration}", "--no-color", "--format", "progress", *arguments]))
