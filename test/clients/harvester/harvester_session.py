"""The communicator of a real Harvester against a server: everything it asks the server but files and proxies.

Arguments: a checkout of Harvester, base URL of the server, a file with an API token, a folder, and the id of
a job that waits in the queue LOCALTEST. A queue SWEPT names this Harvester as its own.
"""

import datetime
import os
import sys
import types

import requests

checkout, base, token_file, folder, job_id = sys.argv[1:]

sys.path.insert(0, checkout)
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "uws"))

from checks import check, equal, eventually, finish  # noqa: E402



class Log:
    """Its logger, which asks for a configuration of the host; errors are shown."""

    def __init__(self, *_, **__):
        pass

    def getLogger(self, *_, **__):
        return self

    def error(self, *words, **_):
        print("     ", *words, file=sys.stderr)

    def debug(self, *_, **__):
        pass

    info = warning = debug


for name in ("", ".LogWrapper", ".PandaLogger"):
    module = types.ModuleType("pandalogger" + name)
    setattr(module, name.lstrip("."), Log)
    sys.modules[module.__name__] = module

# Its configuration without a file for it.
config = types.ModuleType("pandaharvester.harvesterconfig.harvester_config")
config.config_map = {}
config.master = types.SimpleNamespace(harvester_id="session", loggername="session")
config.log_level = types.SimpleNamespace()
config.qconf = types.SimpleNamespace()
config.payload_interaction = types.SimpleNamespace(eventStatusDumpJsonFile="events.json")
config.pandacon = types.SimpleNamespace(
    auth_type="oidc",
    auth_origin="local.pilot",
    auth_token="file:" + token_file,
    ca_cert=False,
    timeout=60,
    # Versions of before spring 2025 know the older protocol alone.
    pandaURL=base + "/server/panda",
    pandaURLSSL=base + "/server/panda",
    server_api_url_ssl=base + "/api/v1",
    cache_api_url_ssl=base + "/api/v1",
)
import pandaharvester.harvesterconfig  # noqa: E402

sys.modules[config.__name__] = config
pandaharvester.harvesterconfig.harvester_config = config

from pandaharvester.harvestercommunicator.panda_communicator import PandaCommunicator  # noqa: E402
from pandaharvester.harvestercore.diag_spec import DiagSpec  # noqa: E402
from pandaharvester.harvestercore.job_spec import JobSpec  # noqa: E402
from pandaharvester.harvestercore.work_spec import WorkSpec  # noqa: E402

communicator = PandaCommunicator()
is_old = not hasattr(communicator, "request_ssl")
now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)


def asked(path, data):
    """A method that Harvester does not call itself."""
    headers = {"Authorization": "Bearer " + open(token_file).read(), "Origin": "local.production"}
    answer = requests.post(f"{base}/api/v1/{path}", json=data, headers=headers, timeout=60).json()
    check(f"{path} answers", answer["success"])


def worker(worker_id, status, **more):
    spec = WorkSpec()
    spec.workerID = worker_id
    spec.batchID = f"batch-{worker_id}"
    spec.status = status
    spec.computingSite = "LOCALTEST"
    spec.nCore = 1
    spec.nJobs = 1
    spec.submitTime = now
    spec.resourceType = "SCORE"
    spec.computingElement = "ce1.example.org"
    spec.submissionHost = "host1"
    spec.workAttributes = {"stdOut": "http://host1/out", "batchLog": "http://host1/log"}
    for name, value in more.items():
        setattr(spec, name, value)
    return spec


# The instance.
check("the server is there", communicator.check_panda()[0])
heart = {"startTime": now, "sw_version": "0.9.9", "commit_stamp": "test"}
equal("a new Harvester is told so", communicator.is_alive(dict(heart)), (is_old, "no instance record"))
equal("and is known from then on", communicator.is_alive(dict(heart)), (True, "succeeded" if is_old else ""))
types_, _ = communicator.get_resource_types()
check("resource types have names", {"SCORE", "MCORE"} <= {entry["resource_name"] for entry in types_})

# Queues, as its cacher fetches them: a database of its own is all that is put in the place of another.
class Cache:
    def get_cache(self, _):
        return types.SimpleNamespace(data=requests.get(base + "/cache/schedconfig/schedconfig.all.json", timeout=60).json())


interface = types.ModuleType("pandaharvester.harvestercore.db_interface")
interface.DBInterface = Cache
sys.modules[interface.__name__] = interface
from pandaharvester.harvestermisc.info_utils import PandaQueuesDict  # noqa: E402

queues = PandaQueuesDict()
equal("its queue is found", queues.get_all_queue_names(), {"SWEPT"})
equal("with its status", queues.get_queue_status("SWEPT"), "online")

# Workers, and a job of one.
check("there is no worker yet", communicator.get_max_worker_id() in ((True, None), (False, "the harvester has no worker yet")))
workers = [worker(7, "submitted"), worker(8, "submitted")]
equal("workers are taken", communicator.update_workers(workers), ([True, True], "OK"))
equal("the highest number is known", communicator.get_max_worker_id(), (True, 8))
jobs, error = communicator.get_jobs("LOCALTEST", "node1", "user", "ce1", 2, {})
equal("a job is taken", [str(job["PandaID"]) for job in jobs], [job_id])
equal("once", communicator.get_jobs("LOCALTEST", "node1", "user", "ce1", 2, {})[0], [])

spec = JobSpec()
spec.convert_job_json(jobs[0])
spec.computingSite = "LOCALTEST"
spec.status = "running"
spec.subStatus = "running"
spec.metaData = None
answers = communicator.update_jobs([spec], "session")
equal("its report is taken", [answer["StatusCode"] for answer in answers], [0])
seen = communicator.check_jobs([spec])
equal("it runs", (seen[0]["status"], seen[0]["command"]), ("running", None))
running = worker(7, "running", startTime=now, pandaid_list=[int(job_id)])
equal("its worker runs", communicator.update_workers([running]), ([True], "OK"))

# Counts.
stats, status = communicator.get_job_stats()
equal("the job is counted", (status, stats["LOCALTEST"]["running"]), ("OK", 1))
if hasattr(communicator, "get_job_stats_new"):
    stats, status = communicator.get_job_stats_new()
    equal("in detail", (status, stats["LOCALTEST"]["SCORE"]["user"]["running"]), ("OK", 1))
mine = {"managed": {"SCORE": {"running": 1, "submitted": 1}, "Undefined": {"running": 3}}}
equal("workers are counted", communicator.update_worker_stats("LOCALTEST", mine), (True, "OK"))
counts, status = communicator.get_worker_stats_from_panda()
equal("and read", (status, counts["LOCALTEST"]["session"]), ("OK", {"managed": {"SCORE": {"running": 1, "submitted": 1}}}))

# Event service: no job has ranges.
equal("no event is there", communicator.check_event_availability(spec), (True, 0))
wanted = {int(job_id): {"pandaID": int(job_id), "jobsetID": 1, "taskID": 1, "nRanges": 5}}
equal("none is given", communicator.get_event_ranges(wanted, False, folder), (True, {int(job_id): []}))
ranges = [{"eventRanges": [{"eventRangeID": f"1-{job_id}-1-1-1", "eventStatus": "finished"}]}]
told = communicator.update_event_ranges(ranges, communicator.make_logger(method_name="session"))
equal("what is reported is refused", (told["StatusCode"], told["Returns"]), (0, [False]))

# Messages and figures.
diag = DiagSpec()
diag.diagID = 1
diag.moduleName = "session"
diag.identifier = "session"
diag.creationTime = now
diag.messageLevel = "ERROR"
diag.diagMessage = "a message"
equal("a message is taken", communicator.send_dialog_messages([diag])[0], True)
figures = [[now.strftime("%Y-%m-%d %H:%M:%S.%f"), "host1", '{"rss_mib": 12.5, "cpu_pc": 1.0}']]
equal("figures are taken", communicator.update_service_metrics(figures)[0], True)

# Orders.
sweep = {"panda_queue": "SWEPT", "status_list": ["submitted"], "ce_list": ["ce1.example.org"], "submission_host_list": []}
asked("harvester/add_sweep_command", sweep)
commands = communicator.get_commands(10)
equal("an order comes", [command["command"] for command in commands], ["KILL_WORKERS"])
equal("with what it needs", commands[0]["params"]["computingSite"], ["SWEPT"])
check("it is acknowledged", communicator.ack_commands([command["command_id"] for command in commands]))
equal("it does not come again", communicator.get_commands(10), [])

# The end of the worker is the end of its job.
ended = worker(7, "cancelled", endTime=now, syncLevel=1, pandaid_list=[int(job_id)])
ended.diagMessage = "removed by the batch system"
equal("its worker ends", communicator.update_workers([ended]), ([True], "OK"))
eventually("the job has failed with it", lambda: communicator.check_jobs([spec])[0].get("status") == "failed")
answers = communicator.update_jobs([spec], "session")
equal("and its pilot has to end", answers[0].get("command"), "tobekilled")

finish("harvester")
