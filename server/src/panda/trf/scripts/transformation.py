#!/usr/bin/env python3
"""A transformation of this server: it runs what a user sent, where a pilot has started it."""

import ast
import glob
import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
import urllib.error
import urllib.parse
import urllib.request

# Exit codes of our own; the payload's own code is passed on as it is.
ARGUMENTS_WRONG = 10
DOWNLOAD_FAILED = 11
ARCHIVE_BROKEN = 12

TRIES = 3
START = os.getcwd()
WORK = os.path.join(START, "workDir")


def say(text):
    print("%s  %s" % (time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime()), text), flush=True)


def report(code, message, more=None):
    """What the pilot sends along as the metadata of the job."""
    with open(os.path.join(START, "jobReport.json"), "w") as out:
        json.dump(dict({"exitCode": code, "exitMsg": message}, **(more or {})), out)


def give_up(code, message):
    say("ERROR: " + message)
    report(code, message)
    sys.exit(code)


def read_options(words, valued):
    """Options as a dictionary. `valued` take the next word; others are switches, and unknown ones are passed over."""
    options = {}
    position = 0
    while position < len(words):
        word = words[position]
        position += 1
        if not word.startswith("-") or word == "-":
            continue
        name, equals, value = word.partition("=")
        if name.startswith("--") and equals:
            options[name] = value
        elif name in valued:
            if position == len(words):
                give_up(ARGUMENTS_WRONG, "the option %s has no value" % name)
            options[name] = words[position]
            position += 1
        else:
            options[name] = True
    return options


def literal(text, kind, option):
    """A Python literal of a list or a dictionary, as the client of PanDA writes them."""
    try:
        value = ast.literal_eval(text.strip() or repr(kind()))
    except (ValueError, SyntaxError):
        value = None
    if not isinstance(value, kind):
        give_up(ARGUMENTS_WRONG, "the value of %s is no %s: %s" % (option, kind.__name__, text[:200]))
    return value


def fetch(source_url, name):
    """The file from the working directory, where the pilot has put inputs, else from the cache of the server."""
    name = os.path.basename(name)
    target = os.path.join(START, name)
    if os.path.exists(target):
        return target
    if not source_url:
        give_up(ARGUMENTS_WRONG, "%s is not here, and --sourceURL does not say where it is" % name)
    url = "%s/cache/%s" % (source_url.rstrip("/"), urllib.parse.quote(name))
    problem = ""
    for attempt in range(TRIES):
        if attempt:
            time.sleep(5 * attempt)
        try:
            say("downloading " + url)
            with urllib.request.urlopen(url, timeout=120) as answer, open(target + ".part", "wb") as out:
                shutil.copyfileobj(answer, out, 1024 * 1024)
            size = answer.headers.get("Content-Length")
            if size is not None and int(size) != os.path.getsize(target + ".part"):
                raise OSError("the transfer was cut short")
            os.rename(target + ".part", target)
            return target
        except urllib.error.HTTPError as error:
            problem = "%s: HTTP status %d" % (url, error.code)
            if error.code in (403, 404):
                break
        except OSError as error:
            problem = "%s: %s" % (url, error)
        say(problem)
    give_up(DOWNLOAD_FAILED, problem)


def unpack(archive, folder):
    """Unpacks a tar file of any compression; nothing of it lands outside of the folder."""
    try:
        with tarfile.open(archive) as tar:
            if hasattr(tarfile, "tar_filter"):
                tar.extractall(folder, filter="tar")
            else:
                for member in tar.getmembers():
                    place = os.path.realpath(os.path.join(folder, member.name))
                    if place != folder and not place.startswith(folder + os.sep):
                        raise tarfile.TarError("%s lies outside" % member.name)
                tar.extractall(folder)
    except (tarfile.TarError, EOFError, OSError) as error:
        give_up(ARCHIVE_BROKEN, "%s cannot be unpacked: %s" % (os.path.basename(archive), error))


def run(command, folder):
    """Runs a line of shell and returns its exit code; 128 and the number of the signal that ended it."""
    shell = "/bin/bash" if os.path.exists("/bin/bash") else "/bin/sh"
    say("running in %s: %s" % (folder, command))
    code = subprocess.call([shell, "-c", command], cwd=folder)
    code = 128 - code if code < 0 else code
    say("ended with code %d" % code)
    return code


def run_folder(options):
    """Where the payload runs: a folder of what was unpacked."""
    folder = os.path.realpath(os.path.join(WORK, options.get("-r") or "."))
    if folder != os.path.realpath(WORK) and not folder.startswith(os.path.realpath(WORK) + os.sep):
        give_up(ARGUMENTS_WRONG, "the folder of -r lies outside")
    os.makedirs(folder, exist_ok=True)
    return folder


def prepare_work():
    shutil.rmtree(WORK, ignore_errors=True)
    os.makedirs(WORK)
