"""What astroquery's TapPlus does with jobs: PHASE=RUN with the creation, polling, results, lists, errors, uploads.

Arguments: base URL of the server, an API token.

TapPlus knows only the sign-in of its own sites, so the token is put among its headers. It counts a 303 as a failure
when it aborts a job or sets a parameter, though UWS asks for just that; the change itself is made all the same.
"""

import io
import sys
import tempfile
import warnings

import astroquery
import requests
from astropy.table import Table
from astroquery.utils.tap.core import TapPlus

from checks import check, equal, eventually, finish, raises

warnings.simplefilter("ignore")
base, token = sys.argv[1:3]
print("astroquery", astroquery.__version__)
tap = TapPlus(url=f"{base}/rest/session")
for headers in ("getHeaders", "postHeaders"):
    getattr(tap._Tap__connHandler, f"_TapConn__{headers}")["Authorization"] = f"Bearer {token}"

job = tap.launch_job_async("select 1 < 2", name="by name")
equal("a job that is started at its creation ends well", job.get_phase(update=True), "COMPLETED")
equal("its table is read", job.get_results()[0]["query"], "select 1 < 2")
again = tap.load_async_job(jobid=job.jobid)
equal("it is found again", (again.jobid, again._phase, again.ownerid), (job.jobid, "COMPLETED", "admin"))
equal("with its parameters", (again.parameters["QUERY"], again.parameters["jobname"]), ("select 1 < 2", "by name"))
check("and its times", again.startTime is not None and again.endTime >= again.startTime >= again.creationTime)
listed = {each.jobid: each._phase for each in tap.list_async_jobs()}
equal("it is in the list", listed[job.jobid], "COMPLETED")

table = Table({"ra": [1.5, 2.5, 3.5]})
job = tap.launch_job_async("with a table", upload_resource=table, upload_table_name="table1")
written = io.BytesIO()
table.write(written, format="votable")
equal("an uploaded table arrives", job.get_results()[0]["length"], len(written.getvalue()))

job = tap.launch_job_async("in the background", background=True, autorun=False)
equal("without PHASE it is PENDING", job.get_phase(update=True), "PENDING")
raises("a parameter is refused by the client's own count", requests.exceptions.HTTPError, lambda: job.send_parameter(name="SECONDS_TO_WAIT", value="1"))
equal("and set all the same", tap.load_async_job(jobid=job.jobid, load_results=False).parameters["SECONDS_TO_WAIT"], "1")
job.start()
check("after RUN it is no longer PENDING", job.get_phase(update=True) in ("QUEUED", "EXECUTING"))
equal("it is waited for", job.wait_for_job_end(), (200, "COMPLETED"))
with tempfile.NamedTemporaryFile(suffix=".vot") as file:
    job.outputFileUser = file.name
    job.save_results()
    check("its result is saved", b"in the background" in open(file.name, "rb").read())

aborted = tap.launch_job_async("to be aborted", background=True, autorun=False)
raises("an abort is refused by the client's own count", requests.exceptions.HTTPError, aborted.abort)
equal("and done all the same", aborted.get_phase(update=True), "ABORTED")

failed = tap.launch_job_async("bad", background=True, autorun=False)
raises("another parameter", requests.exceptions.HTTPError, lambda: failed.send_parameter(name="STATUS", value="5"))
failed.start()
eventually("it ends", lambda: failed.get_phase(update=True) not in ("QUEUED", "EXECUTING"))
equal("in ERROR", failed.get_phase(), "ERROR")
check("and the reason is told", "asked to end with status 5" in failed.get_error())
raises("so does reading its results", SystemError, failed.get_results, "asked to end with status 5")
raises("an unknown job is an error", requests.exceptions.HTTPError, lambda: tap.load_async_job(jobid="nosuchjob"))
finish("astroquery")
