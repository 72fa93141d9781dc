"""A session with the command line of uws-client: list, new, show, set, run, wait, abort, results, delete.

Arguments: base URL of the server, an API token, and the command that stands for `uws`.
"""

import os
import re
import subprocess
import sys
import tempfile

from checks import check, equal, finish

base, token, *command = sys.argv[1:]
folder = tempfile.TemporaryDirectory()


def uws(*arguments, url="/rest/session", user="admin", password=token):
    ended = subprocess.run(
        [*command, "-H", base + url, "--user", user, "--password", password, *arguments],
        cwd=folder.name, capture_output=True, text=True, timeout=60, env={**os.environ, "COLUMNS": "200"},
    )
    if ended.returncode != 0:
        print(ended.stdout, ended.stderr)
        check(f"uws {' '.join(arguments)} ends well", False)
    return ended.stdout


def field(output, name):
    found = re.search(rf"^\s*{re.escape(name)}\s+(\S.*?)\s*$", output, re.MULTILINE)
    return found and found.group(1)


made = uws("job", "new", "QUERY=from the client", "runId=old client")
job = field(made, "Job id")
check("a job is made, and its document read", job is not None)
equal("it is PENDING", field(made, "Phase"), "PENDING")
equal("with its run id", field(made, "Run id"), "old client")
equal("and its parameter", field(made, "Parameter QUERY"), "from the client")
check("it is listed", job in uws("list"))
check("and as the last one", "1 jobs listed" in uws("list", "--last", "1"))
check("a time that is past leaves it in the list", job in uws("list", "--pending", "--after", "2015-10-26T09:00"))
check("one to come does not", job not in uws("list", "--after", "2999-01-01"))
changed = uws("job", "set", job, "QUERY=changed", "executionDuration=33", "SECONDS_TO_WAIT=1")
equal("a parameter is set", field(changed, "Parameter QUERY"), "changed")
equal("so is the execution duration", field(changed, "Execution duration"), "33")
# Under Python 3 it prints the bytes it read as such.
check("its phase alone", uws("job", "phase", job).strip() in ("PENDING", "b'PENDING'"))
check("it is started", field(uws("job", "run", job), "Phase") in ("QUEUED", "EXECUTING"))
for _ in range(10):
    shown = uws("job", "show", job, "--wait", "10")
    if field(shown, "Phase") not in ("QUEUED", "EXECUTING"):
        break
equal("waiting shows the end", field(shown, "Phase"), "COMPLETED")
check("the result's address is shown", "/results/result" in shown)
uws("job", "results", job)
with open(os.path.join(folder.name, f"{job}.result")) as file:
    check("all results are downloaded", "<TD>changed</TD>" in file.read())
with open(os.path.join(folder.name, f"{job}.stdout")) as file:
    equal("with the log", file.read(), "begin\nend\n")
check("only COMPLETED ones are listed", job in uws("list", "--completed") and job not in uws("list", "--error", "--aborted"))

long = field(uws("job", "new", "--run", "QUERY=long", "SECONDS_TO_WAIT=60"), "Job id")
equal("an abort is sent to the job itself and taken", field(uws("job", "abort", long), "Phase"), "ABORTED")
check("it is listed as ABORTED", long in uws("list", "--aborted"))
failed = field(uws("job", "new", "--run", "STATUS=4"), "Job id")
for _ in range(10):
    shown = uws("job", "show", failed, "--wait")
    if field(shown, "Phase") not in ("QUEUED", "EXECUTING"):
        break
equal("a failed job is ERROR", field(shown, "Phase"), "ERROR")
check("with the sentence", "asked to end with status 4" in (field(shown, "Errors") or ""))
for each in (job, long, failed):
    check("a job is deleted", "successfully deleted" in uws("job", "delete", each))
check("and gone", "does not exist" in uws("job", "show", job))
check("an address with a slash at its end works", "jobs listed" in uws("list", url="/rest/session/"))
check("the other spelling of the list works", "jobs listed" in uws("list", url="/rest/session/async"))
check("a wrong token is told", "not authorized" in uws("list", password="nonsense"))
check("an unknown service is told", "does not exist" in uws("list", url="/rest/nothing"))
check("a bad value is told", "bad request" in uws("job", "new", "STATUS=many"))
finish("uws-client")
