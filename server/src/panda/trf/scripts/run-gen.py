

VALUED = [
    "-a", "-i", "-j", "-l", "-o", "-p", "-r", "-s",
    "--bexec", "--exec", "--inMap", "--inputGUIDs", "--maxNumFiles", "--mergeScript", "--mergeType", "--nEvents",
    "--parentDS", "--postprocess", "--preprocess", "--rootVer", "--skipInputByRetry", "--sourceURL",
    "--writeInputToTxt",
]


def link_inputs(names, folder):
    """Inputs stand beside the transformation; the payload finds them where it runs."""
    for name in names:
        here = os.path.join(START, name)
        there = os.path.join(folder, os.path.basename(name))
        if os.path.exists(here) and not os.path.lexists(there):
            os.symlink(here, there)


def write_lists(wish, inputs, folder):
    """`IN:list.txt,IN2:other.txt`: the names of each stream, one a line."""
    for part in wish.split(","):
        stream, _, name = part.partition(":")
        if name:
            with open(os.path.join(folder, os.path.basename(name)), "w") as out:
                out.write("".join(one + "\n" for one in inputs.get(stream, [])))


def collect(outputs, folder):
    """Gives outputs the names the pilot looks for. Patterns and folders become archives; what is missing is told."""
    for made, wanted in outputs.items():
        target = os.path.join(START, os.path.basename(wanted))
        found = sorted(glob.glob(os.path.join(folder, made)))
        plain = os.path.join(folder, made)
        if os.path.isfile(plain) and not any(sign in made for sign in "*?["):
            shutil.move(plain, target)
        elif found:
            with tarfile.open(target, "w:gz") as tar:
                for one in found:
                    tar.add(one, arcname=os.path.relpath(one, folder))
        else:
            say("WARNING: the output %s was not made" % made)


def metadata_of_user(folder):
    """What the payload says about itself in userJobMetadata.json, up to a megabyte."""
    try:
        path = os.path.join(folder, "userJobMetadata.json")
        if os.path.getsize(path) > 1024 * 1024:
            return None
        with open(path) as source:
            return {"user_job_metadata": json.load(source)}
    except (OSError, ValueError):
        return None


def main():
    options = read_options(sys.argv[1:], VALUED)
    if not isinstance(options.get("-p"), str):
        give_up(ARGUMENTS_WRONG, "there is no command: -p is missing")
    outputs = literal(options.get("-o") or "{}", dict, "-o")
    inputs = literal(options.get("--inMap") or "{}", dict, "--inMap")
    if isinstance(options.get("-i"), str):
        inputs["IN"] = literal(options["-i"], list, "-i")
    if not all(isinstance(names, list) for names in inputs.values()):
        give_up(ARGUMENTS_WRONG, "the value of --inMap is no dictionary of lists")
    prepare_work()
    for option in ("-l", "-a"):
        if options.get(option):
            unpack(fetch(options.get("--sourceURL"), options[option]), WORK)
    folder = run_folder(options)
    command = urllib.parse.unquote(options["-p"])
    # The longest names first: %IN2 is not %IN with a 2 behind it.
    for stream in sorted(inputs, key=len, reverse=True):
        link_inputs(inputs[stream], folder)
        command = command.replace("%" + stream, ",".join(os.path.basename(name) for name in inputs[stream]))
    if options.get("--writeInputToTxt"):
        write_lists(options["--writeInputToTxt"], inputs, folder)
    for step in ("--preprocess", None, "--postprocess"):
        line = command if step is None else options.get(step)
        code = run(line if step is None else urllib.parse.unquote(line), folder) if line else 0
        if code:
            break
    collect(outputs, folder)
    report(code, "OK" if code == 0 else "the payload ended with code %d" % code, metadata_of_user(folder))
    sys.exit(code)


main()
