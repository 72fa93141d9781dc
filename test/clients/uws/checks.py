"""What the sessions share: one line per check, and an end with a non-zero status at the first that fails."""

import sys
import time

count = 0


def check(what, right):
    global count
    count += 1
    print("ok  " if right else "FAIL", what, flush=True)
    if not right:
        sys.exit(1)


def equal(what, seen, expected):
    check(what if seen == expected else f"{what}: {seen!r} instead of {expected!r}", seen == expected)


def raises(what, kind, action, word=""):
    """The action fails as the client says failures, and the sentence has the word."""
    try:
        action()
    except kind as error:
        check(what if word in str(error) else f"{what}: {error}", word in str(error))
        return
    check(f"{what}: nothing was raised", False)


def eventually(what, look, seconds=30):
    deadline = time.monotonic() + seconds
    while not look() and time.monotonic() < deadline:
        time.sleep(0.1)
    check(what, look())


def finish(name):
    print(f"{name}: {count} checks", flush=True)
