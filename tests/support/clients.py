"""What others make and our tests use: each in a directory of its own beside the build, installed once."""

import shutil, subprocess
from pathlib import Path

CLIENTS = Path(__file__).resolve().parent.parent.parent / "build" / "clients"
INSTALL_AT_MOST_S = 900


def do(*words, at):
    subprocess.run(words, cwd=at, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=INSTALL_AT_MOST_S)


def install_jars(at, libraries, managed=""):
    named = "".join("<dependency><groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version></dependency>".format(*name.split(":"), version)
                    for name, version in libraries.items())
    (at / "pom.xml").write_text(f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>kns</groupId><artifactId>clients</artifactId><version>1</version>
  {managed}<dependencies>{named}</dependencies>
</project>
""")
    do("mvn", "--quiet", "--batch-mode", "dependency:copy-dependencies", "-DoutputDirectory=jars", at=at)


def environment(name, install, *programs):
    """The directory that has these clients; None, and a line, if there is none."""
    at = CLIENTS / name
    if (at / "complete").exists():
        return at
    for program in programs:
        if not shutil.which(program):
            return print(f"skipped: clients in {name} (no {program})")
    shutil.rmtree(at, ignore_errors=True)
    at.mkdir(parents=True)
    try:
        install(at)
    except (OSError, subprocess.SubprocessError) as failure:
        said = (getattr(failure, "stdout", "") or str(failure)).strip().splitlines()
        return print(f"skipped: clients in {name} (not installed: {said[-1] if said else 'no reason given'})")
    (at / "complete").touch()
    return at
