"""The same with the crds library: lookups.py CONTEXT HEADERS COUNT; prints one line of JSON."""
import json
import sys
import time

from crds.core import log, rmap

log.set_verbose(-3)
name, headers_file, count = sys.argv[1:]
headers = json.load(open(headers_file))[: int(count)]
begun = time.process_time()
context = rmap.get_cached_mapping(name)
context.force_load()
load = time.process_time() - begun
begun = time.process_time()
answers = [rmap.get_best_references(name, header) for header in headers]
spent = time.process_time() - begun
print(json.dumps({
    "loadMs": load * 1000,
    "headersPerSecond": len(headers) / spent,
    "typesPerSecond": sum(len(answer) for answer in answers) / spent,
    "answers": answers[:200],
}))
