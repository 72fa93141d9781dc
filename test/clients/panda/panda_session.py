"""The job side of a real panda-client, of either generation: submission, look-ups, kills, files, secrets."""

import gzip
import importlib.metadata
import json
import os
import pickle
import sys
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "uws"))
from checks import check, equal, eventually, finish  # noqa: E402

folder, tester, stranger, producer = sys.argv[1:5]
os.chdir(folder)
os.environ["PANDA_AUTH_ID_TOKEN"] = tester

from pandaclient import Client, MiscUtils, panda_api  # noqa: E402
from pandaclient.FileSpec import FileSpec  # noqa: E402
from pandaclient.JobSpec import JobSpec  # noqa: E402

version = importlib.metadata.version("panda-client")
is_old = version.startswith("1.5")
print("panda-client", version, "by urllib" if "PANDA_USE_NATIVE_HTTPLIB" in os.environ else "")


def a_job(queue, name):
    job = JobSpec()
    job.jobDefinitionID = 7
    job.jobsetID = 70
    job.jobName = name
    job.VO = "local"
    job.prodSourceLabel = "user"
    job.computingSite = queue
    job.transformation = "/trf/user/runLocal-00-00-01"
    job.jobParameters = f"{name}.txt --run date -u"
    for kind, lfn in (("output", f"{name}.txt"), ("log", f"{name}.log.tgz")):
        file = FileSpec()
        file.lfn = lfn
        file.type = kind
        file.scope = "user.me"
        file.dataset = file.destinationDBlock = "user.me.session"
        file.destinationDBlockToken = "dst:LOCAL_DATADISK"
        job.addFile(file)
    return job


def text(output):
    return output.decode() if isinstance(output, bytes) else output


def acting_as(token, action):
    os.environ["PANDA_AUTH_ID_TOKEN"] = token
    try:
        return action()
    finally:
        os.environ["PANDA_AUTH_ID_TOKEN"] = tester


def described(pandaid, full=False):
    status, jobs = (Client.getFullJobStatus if full else Client.getJobStatus)([pandaid])
    ends_well(status)
    return jobs[0]


def ends_well(status):
    if status != 0:
        equal("a call ends well", status, 0)


equal("the server is alive", Client.hello()[0], 0)
equal("and to panda_api too", panda_api.get_api().hello()[0], 0)
equal("it says what it knows of the caller", Client.get_cert_attributes()[0], 0)

# Submission.
stem = "session." + uuid.uuid4().hex[:8]
jobs = [a_job("LOCAL", stem + ".runs")] + [a_job("LOCALTEST", f"{stem}.{n}") for n in range(5)]
status, submitted = Client.submitJobs(jobs)
equal("six jobs are submitted", (status, len(submitted or [])), (0, 6))
ids = [one[0] for one in submitted]
check("they have rising numbers", all(a < b for a, b in zip(ids, ids[1:])))
equal("and what the client gave them", [tuple(one[1:]) for one in submitted], [(7, {"jobsetID": 70})] * 6)
if is_old:
    status, as_json = Client.submitJobs([a_job("LOCALTEST", stem + ".json")], no_pickle=True)
    equal("a job without a pickle too", (status, len(as_json)), (0, 1))
    ids.append(as_json[0][0])
wrong = a_job("NOWHERE", stem + ".wrong")
check("a job for no queue is refused", Client.submitJobs([wrong])[0] != 0)
managed = a_job("LOCALTEST", stem + ".managed")
managed.prodSourceLabel = "managed"
check("production needs its role", Client.submitJobs([managed])[0] != 0)
status, production = acting_as(producer, lambda: Client.submitJobs([managed]))
equal("and is submitted with it", (status, len(production or [])), (0, 1))

# Look-ups.
status, seen = Client.getJobStatus([ids[1], 999999999])
equal("a job is described, and one that there is not is None", (status, seen[0].PandaID, seen[1]), (0, ids[1], None))
equal("it is a JobSpec of the client's own", type(seen[0]), JobSpec)
equal("with its attributes", (seen[0].jobName, seen[0].computingSite, seen[0].jobsetID), (f"{stem}.0", "LOCALTEST", 70))
equal("and its files", [(file.lfn, file.type) for file in seen[0].Files], [(f"{stem}.0.txt", "output"), (f"{stem}.0.log.tgz", "log")])
equal("which know their job", seen[0].Files[0].PandaID, ids[1])
check("instants are instants", seen[0].creationTime.year >= 2024)
equal("what has no value is NULL", seen[0].endTime, "NULL")
if is_old:
    status, seen = Client.getJobStatus([ids[1]], no_pickle=True)
    equal("without a pickle the same", (status, seen[0].jobName, seen[0].Files[1].lfn), (0, f"{stem}.0", f"{stem}.0.log.tgz"))
eventually("the queue's jobs become activated", lambda: all(described(one).jobStatus == "activated" for one in ids[1:6]))
equal("others see none of them", acting_as(stranger, lambda: Client.getFullJobStatus(ids[:2])), (0, [None, None]))
eventually("the job for LOCAL runs to its end", lambda: described(ids[0], True).jobStatus in ("finished", "failed"), 120)
final = described(ids[0], True)
equal("and has finished", (final.jobStatus, final.pilotErrorCode), ("finished", 0))
check("with its times", final.endTime >= final.startTime >= final.creationTime)

# What is done to jobs.
status, told = Client.setDebugMode(ids[1], True, False)
equal("debug mode is set", status, 0)
if is_old:
    equal("and said so", text(told), "Succeeded")
    told = text(acting_as(stranger, lambda: Client.setDebugMode(ids[2], True, False))[1])
    equal("not for others", told, "Permission denied. Not the owner or production manager")
equal("others kill nothing", acting_as(stranger, lambda: Client.killJobs(ids[1:3])), (0, [False, False]))
equal("nor does production without a code for it", acting_as(producer, lambda: Client.killJobs(ids[1:3])), (0, [False, False]))
equal("the owner kills", Client.killJobs([ids[1], 999999999, ids[2], ids[0]]), (0, [True, False, True, False]))
killed = described(ids[1], True)
equal("and the job says who", (killed.jobStatus, killed.taskBufferErrorCode), ("cancelled", 100))
check("by name", "killed by" in killed.taskBufferErrorDiag)


def legacy(method, **fields):
    status, output = Client._Curl().post(f"{Client.baseURLSSL}/{method}", fields, via_file=True)
    ends_well(status)
    return MiscUtils.pickle_loads(output)


if is_old:
    # Methods of other programs of that time, by the client's own transport.
    equal("jobs are prepared anew", legacy("reassignJobs", ids=pickle.dumps(ids[3:5], protocol=0)), True)
    eventually("and become activated again", lambda: described(ids[3]).jobStatus == "activated")
    statistics = legacy("getJobStatisticsPerSite")
    check("jobs are counted by queue and state", statistics["LOCALTEST"]["activated"] >= 4)
    for protocol in range(6):
        ended = legacy("killJobs", ids=pickle.dumps((ids[0],), protocol=protocol), code=9, killOpts="keepUnmerged")
        equal(f"a pickle of protocol {protocol} is read", ended, [False])

# Files.
name = f"jobO.{uuid.uuid4()}.tar.gz"
with gzip.open(name, "wb") as sandbox:
    sandbox.write(stem.encode())
equal("a sandbox is uploaded", Client.putFile(name), (0, "True"))
equal("and found again", Client.putFile(name, reuseSandbox=True), (0, f"NewFileName:{name}"))
os.rename(name, "sent")
equal("and downloaded", Client.getFile(name, "received")[0], 0)
equal("as it was", open("received", "rb").read(), open("sent", "rb").read())

# Secrets.
put, get = (Client.set_user_secert, Client.get_user_secerts) if is_old else (Client.set_user_secret, Client.get_user_secrets)
status, (ok, _) = put("session", stem)
equal("a secret is kept", (status, ok), (0, True))
status, (ok, secrets) = get()
equal("and told", (status, ok, secrets.get("session")), (0, True, stem))
status, (ok, _) = put("session", None)
status, (ok, secrets) = get()
check("and forgotten", "session" not in secrets)

# What stands at the edge of tasks.
equal("a task without jobs has no metadata", Client.getUserJobMetadata(10000001), (0, {}))
panda_api.get_api().get_job_metadata(10000001, "metadata.json")
equal("to panda_api too", json.load(open("metadata.json")), {})
equal("no job has event ranges", Client.get_events_status([{"task_id": 10000001, "panda_id": ids[0]}] * 2), (0, {}))

# Without credentials.
check("a token that is none kills nothing", acting_as("nonsense", lambda: Client.killJobs(ids[3:4]))[0] != 0)
check("and submits nothing", acting_as("nonsense", lambda: Client.submitJobs(jobs[1:2]))[0] != 0)
equal("the job is as it was", described(ids[3]).jobStatus, "activated")
equal("what is left is killed", Client.killJobs(ids[3:]), (0, [True] * len(ids[3:])))
finish(f"panda-client {version}")
