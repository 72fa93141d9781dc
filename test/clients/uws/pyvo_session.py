"""A scientist's session with pyvo: create, set, run, wait, read results, list, abort, delete.

Prints one line per check; ends with a non-zero status at the first that fails.
Arguments: base URL of the server, an API token, a FITS file.
"""

import io
import sys

import numpy
import pyvo
import requests
from astropy.io import fits
from pyvo.dal.tap import AsyncTAPJob
from pyvo.io.uws import parse_job_list

base, token, image = sys.argv[1:4]
session = requests.Session()
session.headers["Authorization"] = f"Bearer {token}"
print("pyvo", pyvo.__version__)


def check(what, right):
    print("ok  " if right else "FAIL", what)
    if not right:
        sys.exit(1)


def create(service, **fields):
    files = {name: value for name, value in fields.items() if not isinstance(value, str)}
    values = {name: value for name, value in fields.items() if isinstance(value, str)}
    answer = session.post(f"{base}/rest/{service}", data=values, files=files or None, timeout=30)
    answer.raise_for_status()
    return answer.url


# hello: the whole life of a small job
url = create("hello", NAME="Ada", runId="first")
job = AsyncTAPJob(url, session=session, delete=False)
check("a new job is PENDING", job.phase == "PENDING")
check("its id is the last part of its address", job.job_id == url.rstrip("/").split("/")[-1])
check("runId comes back", job._job.runid == "first")
check("the owner is known", job.owner == "admin")
job.execution_duration = 44
# pyvo itself answers with a time difference; the resource has the seconds
check("the execution duration is set", session.get(f"{url}/executionduration", timeout=10).text.strip() == "44")
job.destruction = "2031-01-01T10:00:00.000000Z"
check("the destruction time is kept within the limit", job.destruction is not None)
job.run()
check("after RUN it is never PENDING", job.phase != "PENDING")
job.wait(timeout=60)
check("hello is COMPLETED", job.phase == "COMPLETED")
texts = [session.get(result.href, timeout=10).text for result in job.results]
check("its result greets Ada", any("Ada" in text for text in texts))

# fits-summary on an uploaded image, and the numbers are right
url = create("fits-summary", image=(image, open(image, "rb"), "image/fits"))
job = AsyncTAPJob(url, session=session, delete=False)
job.run()
job.wait(timeout=120)
check("fits-summary is COMPLETED", job.phase == "COMPLETED")
results = {result.id_: result for result in job.results}
statistics = session.get(results["statistics"].href, timeout=10).json()
data = fits.getdata(image)
check("the mean is numpy's", abs(statistics["mean"] - float(numpy.nanmean(data))) < 1e-6 * max(1, abs(float(numpy.nanmean(data)))))
check("the extremes are numpy's", statistics["min"] == float(numpy.nanmin(data)) and statistics["max"] == float(numpy.nanmax(data)))
preview = session.get(results["preview"].href, timeout=10)
check("the preview is a PNG", preview.content[:8] == b"\x89PNG\r\n\x1a\n")

# a broken image ends in ERROR with a sentence
url = create("fits-summary", image=("broken.fits", io.BytesIO(b"no FITS at all"), "image/fits"), PHASE="RUN")
job = AsyncTAPJob(url, session=session, delete=False)
job.wait(timeout=60)
check("a broken image ends in ERROR", job.phase == "ERROR")
check("with a sentence", len(job._job.errorsummary.message.content) > 10)

# lists
text = session.get(f"{base}/rest/hello", params=[("PHASE", "COMPLETED"), ("PHASE", "ERROR"), ("LAST", "5")], timeout=10).content
jobs = list(parse_job_list(io.BytesIO(text)))
check("the list of finished jobs has the job", len(jobs) == 1 and jobs[0].phase == "COMPLETED")

# abort and delete
url = create("hello", NAME="Bob", DELAY="60", PHASE="RUN") if "DELAY" in session.get(f"{base}/jdl/hello/json", timeout=10).text else create("hello", NAME="Bob")
job = AsyncTAPJob(url, session=session, delete=False)
job.abort()
check("an aborted job is ABORTED", job.phase == "ABORTED")
job.delete()
check("a deleted job is gone", session.get(url, timeout=10).status_code == 404)

# what is not allowed
answer = session.get(f"{base}/rest/hello", params={"LAST": "-1"}, timeout=10)
check("LAST=-1 is 400", answer.status_code == 400)
answer = requests.get(f"{base}/rest/hello", timeout=10)
check("without a token 401", answer.status_code == 401)
