"""Everything pyvo can do with a UWS job: create, set, upload, run, wait, read results, list, abort, delete, errors.

Arguments: base URLs of two server processes on one database, an API token, a FITS file. What is done at one
process is read and waited for at the other.
"""

import datetime
import hashlib
import io
import sys
import threading
import time

import numpy
import pyvo
import requests
from astropy.io import fits
from astropy.table import Table
from astropy.time import TimeDelta
from pyvo.dal import DALQueryError, DALServiceError
from pyvo.dal.tap import AsyncTAPJob, TAPService
from pyvo.io.uws import parse_job_list

from checks import check, equal, eventually, finish, raises

base, other, token, image = sys.argv[1:5]
session = requests.Session()
session.headers["Authorization"] = f"Bearer {token}"
print("pyvo", pyvo.__version__)


def create(service, **fields):
    """A job of any list, as a form of curl or of a page would make it."""
    files = {name: value for name, value in fields.items() if not isinstance(value, str)}
    values = {name: value for name, value in fields.items() if isinstance(value, str)}
    answer = session.post(f"{base}/rest/{service}", data=values, files=files or None, timeout=30)
    answer.raise_for_status()
    return AsyncTAPJob(answer.url, session=session, delete=False)


def there(job):
    """The same job at the other process."""
    return AsyncTAPJob(job.url.replace(base, other), session=session, delete=False)


def text(url):
    return session.get(url, timeout=10).text.strip()


def whole_life():
    job = create("hello", NAME="Ada", runId="first")
    equal("a new job is PENDING", job.phase, "PENDING")
    equal("its id is the last part of its address", job.job_id, job.url.rstrip("/").split("/")[-1])
    equal("runId comes back", job._job.runid, "first")
    equal("the owner is known", job.owner, "admin")
    equal("it says version 1.1", job.uws_version, "1.1")
    check("the creation time is an instant of now", abs((job._job.creationtime.datetime - utcnow()).total_seconds()) < 300)
    check("quote is an instant or nothing", job.quote is None or hasattr(job.quote, "datetime"))
    check("there are no results yet", list(job.results or []) == [])
    job.execution_duration = 44
    equal("the execution duration is set", text(f"{job.url}/executionduration"), "44")
    equal("and pyvo reads 44 seconds", job.execution_duration, TimeDelta(44, format="sec"))
    job.destruction = "2031-01-01T10:00:00.000000Z"
    check("a destruction time beyond the limit is brought forward", job.destruction.datetime < datetime.datetime(2031, 1, 1))
    wanted = utcnow().replace(microsecond=123000) + datetime.timedelta(days=2)
    job.destruction = wanted
    equal("one within the limit is kept to the millisecond", job.destruction.datetime, wanted)
    job.run()
    check("after RUN it is never PENDING", job.phase != "PENDING")
    job.wait(timeout=60)
    equal("hello is COMPLETED", job.phase, "COMPLETED")
    check("it began and ended in order", job._job.creationtime <= job._job.starttime <= job._job.endtime)
    check("one of its results greets Ada", any("Ada" in text(uri) for uri in job.result_uris))
    equal("the result ends in results/result", job.result_uri, f"{job.url}/results/result")
    for result in job.results:
        content = session.get(result.href, timeout=10)
        equal(f"size and type of {result.id_} are true", (result.size, result.mimetype), (len(content.content), content.headers["content-type"].split(";")[0]))
    raises("RUN again is refused", DALServiceError, job.run, "only while it is PENDING")
    raises("and so is a parameter of a job that ran", DALServiceError, lambda: setattr(job, "query", "late"), "only while it is PENDING")
    job.abort()
    equal("ABORT of an ended job changes nothing", job.phase, "COMPLETED")
    job.delete()


def utcnow():
    return datetime.datetime.now(datetime.UTC).replace(tzinfo=None)


def tap_habits():
    """The way pyvo speaks to a TAP service: REQUEST, LANG, QUERY, MAXREC, UPLOAD, and a VOTable as the result."""
    service = TAPService(f"{base}/rest/session", session=session)
    table = Table({"ra": [10.5, 11.25], "name": ["a", "b"]})
    stored = io.BytesIO()
    table.write(stored, format="votable")
    content = stored.getvalue()

    job = service.submit_job("select 'ä' < 1 & \"$(id)\"", maxrec=7, uploads={"table1": io.BytesIO(content)})
    equal("the query comes back unchanged", job.query, "select 'ä' < 1 & \"$(id)\"")
    given = {parameter.id_: parameter for parameter in job._job.parameters}
    equal("MAXREC travels with the job", given["MAXREC"].content, "7")
    check("the upload is told by its address", given["table1"].byreference is True)
    equal("where its bytes are", session.get(given["table1"].content, timeout=10).content, content)
    job.query = "changed; rm -rf /"
    equal("a changed query comes back", job.query, "changed; rm -rf /")
    job.run().wait(timeout=60).raise_if_error()
    row = job.fetch_result().to_table()[0]
    equal("the script got the query as it was", row["query"], "changed; rm -rf /")
    equal("and the table byte for byte", (row["length"], row["sha256"]), (len(content), hashlib.sha256(content).hexdigest()))
    equal("the copy is there once more", session.get(dict((r.id_, r.href) for r in job.results)["copy"], timeout=10).content, content)
    job.delete()

    job = service.submit_job("later")
    job.upload(table1=io.BytesIO(content))
    job.run().wait(timeout=60).raise_if_error()
    equal("a table sent to an existing job is used", job.fetch_result().to_table()[0]["length"], len(content))
    job.delete()

    result = service.run_async("at once", uploads={"table1": table})
    equal("run_async gives the table", result.to_table()[0]["query"], "at once")
    result = service.run_sync("synchronously", uploads={"table1": table})
    equal("run_sync gives it too", (result.to_table()[0]["query"], result.to_table()[0]["length"] > 0), ("synchronously", True))
    raises("a synchronous job that fails says why", DALServiceError, lambda: service.run_sync("bad", STATUS="2"), "asked to end with status 2")
    answer = session.post(f"{base}/rest/session/async", data={"UPLOAD": "table1,param:part"}, files={"part": content}, timeout=30)
    equal("a part of another name is the table it is named for", parameters_of(answer.url)["table1"].byreference, True)
    session.delete(answer.url, timeout=10)
    with service.submit_job("for a moment") as job:
        url = job.url
    equal("a job used as a context is deleted after it", session.get(url, timeout=10).status_code, 404)


def parameters_of(url):
    return {parameter.id_: parameter for parameter in AsyncTAPJob(url, session=session)._job.parameters}


def support():
    """The support interfaces, as any VO client asks for them before it knows who it is."""
    service = TAPService(f"{base}/rest/session", session=requests.Session())
    check("the service says that it is available", service.available is True)
    check("since when", service.up_since is not None)
    standards = {str(capability.standardid) for capability in service.capabilities}
    check("it says where its jobs are", any("std/UWS" in standard for standard in standards))
    check("and its support interfaces", {"ivo://ivoa.net/std/VOSI#capabilities", "ivo://ivoa.net/std/VOSI#availability"} <= standards)


def images():
    with open(image, "rb") as file:
        job = create("fits-summary", image=("field.fits", file, "image/fits"))
    job.run()
    job.wait(timeout=120)
    equal("fits-summary is COMPLETED", job.phase, "COMPLETED")
    results = {result.id_: result for result in job.results}
    statistics = session.get(results["statistics"].href, timeout=10).json()
    data = fits.getdata(image)
    mean = float(numpy.nanmean(data))
    check("the mean is numpy's", abs(statistics["mean"] - mean) < 1e-6 * max(1, abs(mean)))
    equal("the extremes are numpy's", (statistics["min"], statistics["max"]), (float(numpy.nanmin(data)), float(numpy.nanmax(data))))
    equal("the preview is a PNG", session.get(results["preview"].href, timeout=10).content[:8], b"\x89PNG\r\n\x1a\n")
    equal("a part of it can be had", session.get(results["preview"].href, headers={"Range": "bytes=1-3"}, timeout=10).content, b"PNG")


def failures():
    job = create("fits-summary", image=("broken.fits", io.BytesIO(b"no FITS at all"), "image/fits"), PHASE="RUN")
    job.wait(timeout=60)
    equal("a broken image ends in ERROR", job.phase, "ERROR")
    check("with a sentence", len(job._job.errorsummary.message.content) > 10)
    job = create("session", QUERY="will fail", STATUS="3")
    job.run().wait(timeout=60)
    equal("a script that fails ends in ERROR", job.phase, "ERROR")
    raises("pyvo raises with the script's own words", DALQueryError, job.raise_if_error, "asked to end with status 3")
    equal("the summary is fatal and has details", (job._job.errorsummary.type_, job._job.errorsummary.has_detail), ("fatal", True))
    check("/error has them", "status 3" in text(f"{job.url}/error"))
    job = create("session", QUERY="too long", SECONDS_TO_WAIT="60")
    job.execution_duration = 1
    job.run()
    raises("a job over its time is ABORTED, which pyvo refuses to wait for", DALServiceError, lambda: wait_until_refused(job), "not active")
    equal("its phase", job.phase, "ABORTED")
    raises("and raises", DALQueryError, job.raise_if_error, "1 s was exceeded")
    check("what it printed is kept", any("begin" in text(uri) for uri in job.result_uris))
    raises("a malformed duration is 400", DALServiceError, lambda: setattr(job, "execution_duration", "soon"), "whole number")
    raises("an unknown job is 404", DALServiceError, lambda: AsyncTAPJob(f"{base}/rest/hello/nosuchjob", session=session), "nosuchjob")


def wait_until_refused(job):
    job.wait(timeout=60)


def lists():
    service = TAPService(f"{base}/rest/session", session=session)
    made = [service.submit_job(f"of the list {n}", runid=f"list {n}") for n in range(3)]
    made[0].abort()
    newest = service.get_job_list(last=3)
    equal("LAST=3 gives the newest first", [job.jobid for job in newest], [job.job_id for job in reversed(made)])
    equal("with run id and owner", (newest[0].runid, newest[0].ownerid), ("list 2", "admin"))
    check("and creation time", newest[0].creationtime >= newest[1].creationtime >= newest[2].creationtime)
    pending = service.get_job_list(phases=["PENDING"])
    equal("PENDING are two", sorted(job.jobid for job in pending), sorted(job.job_id for job in made[1:]))
    both = service.get_job_list(phases=["PENDING", "ABORTED"], last=4)
    check("two phases are a union", {job.phase for job in both} == {"PENDING", "ABORTED"})
    after = service.get_job_list(after=made[0]._job.creationtime.datetime)
    equal("AFTER leaves out the job of that instant", [job.jobid for job in after], [job.job_id for job in reversed(made[1:])])
    whole = service.get_job_list(last=1, short_description=False)
    equal("whole descriptions can be had", [p.content for p in whole[0].parameters if p.id_ == "QUERY"], ["of the list 2"])
    equal("no job is ARCHIVED", service.get_job_list(phases=["ARCHIVED"]), [])
    equal("get_job finds one", service.get_job(made[1].job_id).phase, "PENDING")
    finished = session.get(f"{base}/rest/session", params=[("PHASE", "COMPLETED"), ("PHASE", "ERROR"), ("LAST", "5")], timeout=10)
    check("finished ones are listed", {job.phase for job in parse_job_list(io.BytesIO(finished.content))} <= {"COMPLETED", "ERROR"})
    for job in made:
        job.delete()


def two_processes():
    job = create("session", QUERY="both", SECONDS_TO_WAIT="2")
    seen = there(job)
    equal("the other process knows the job", seen.phase, "PENDING")
    job.query = "changed here"
    equal("what is changed here is read there", seen.query, "changed here")
    woken = {}

    def wait_there():
        seen.wait(timeout=60)
        woken["at"] = time.monotonic()
        woken["phase"] = seen._job.phase

    job.run()
    waiter = threading.Thread(target=wait_there)
    waiter.start()
    job.wait(timeout=60)
    waiter.join(60)
    equal("a client that waits there is woken", woken.get("phase"), "COMPLETED")
    equal("the result is read there", seen.fetch_result().to_table()[0]["query"], "changed here")
    check("with addresses of that process", seen.result_uri.startswith(other))
    job = create("session", QUERY="abort there", SECONDS_TO_WAIT="60", PHASE="RUN")
    eventually("a long job is EXECUTING", lambda: job.phase == "EXECUTING")
    there(job).abort()
    equal("an abort there ends it here", job.phase, "ABORTED")
    seen = there(job)
    seen.delete()
    raises("a job deleted there is gone here", DALServiceError, lambda: job.phase, job.job_id)


def refusals():
    equal("LAST=-1 is 400", session.get(f"{base}/rest/hello", params={"LAST": "-1"}, timeout=10).status_code, 400)
    answer = requests.get(f"{base}/rest/hello", timeout=10)
    equal("without a token 401", answer.status_code, 401)
    check("with the ways to sign in", "WWW-Authenticate" in answer.headers)
    raises("pyvo says so", DALServiceError, lambda: AsyncTAPJob(create("hello").url, session=requests.Session()))
    job = create("hello", NAME="Bob")
    job.abort()
    equal("an aborted job is ABORTED", job.phase, "ABORTED")
    job.delete()
    equal("a deleted job is gone", session.get(f"{base}/rest/hello/{job._job.jobid}", timeout=10).status_code, 404)


for part in (whole_life, support, tap_habits, images, failures, lists, two_processes, refusals):
    part()
finish("pyvo")
