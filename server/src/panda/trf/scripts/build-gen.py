

VALUED = ["-i", "-j", "-o", "-r", "-s", "--bexec", "--rootVer", "--sourceURL"]


def main():
    options = read_options(sys.argv[1:], VALUED)
    for needed in ("-i", "-o"):
        if not isinstance(options.get(needed), str):
            give_up(ARGUMENTS_WRONG, "the option %s is missing" % needed)
    prepare_work()
    unpack(fetch(options.get("--sourceURL"), options["-i"]), WORK)
    folder = run_folder(options)
    if options.get("--bexec"):
        code = run(urllib.parse.unquote(options["--bexec"]), folder)
        if code:
            report(code, "building ended with code %d" % code)
            sys.exit(code)
    library = os.path.join(START, os.path.basename(options["-o"]))
    with tarfile.open(library, "w:gz") as tar:
        for name in sorted(os.listdir(WORK)):
            tar.add(os.path.join(WORK, name), arcname=name)
    say("packed %s, %d bytes" % (os.path.basename(library), os.path.getsize(library)))
    report(0, "OK")


main()
