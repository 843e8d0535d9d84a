"""A real PostgreSQL server for tests: one that the environment names, else one of our own."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

URL: Final = "CRMSYNC_TEST_PG_URL"
"""The variable that names a server; its user may make schemas in that database."""

MISSING: Final = (
    f"no PostgreSQL to test with: set {URL}=postgresql://user@host/database, "
    "or run: apt-get install postgresql"
)

_DEBIAN: Final = Path("/usr/lib/postgresql")
_QUICK: Final = "-c listen_addresses= -c fsync=off -c max_connections=40"


class Cluster:
    """A server of our own, that only a socket in its folder leads to. Root may start one."""

    def __init__(self, binaries: Path, folder: Path) -> None:
        self._binaries = binaries
        self._folder = folder
        self._data = folder / "data"
        self.url = f"postgresql://postgres@/postgres?host={folder}"

    def create(self) -> None:
        """Make an empty one."""
        where = ["-D", str(self._data)]
        self._run("initdb", *where, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = f"{_QUICK} -c unix_socket_directories={self._folder}"
        self._control("start", "-o", options, "-l", str(self._folder / "log"))

    def stop(self, how: str = "fast") -> None:
        """Stop it; `immediate` is a crash."""
        self._control("stop", "-m", how)

    def restart(self) -> None:
        """Crash it, and start it again."""
        self.stop("immediate")
        self.start()

    def _control(self, *command: str) -> None:
        self._run("pg_ctl", "-D", str(self._data), "-w", *command)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._binaries / program), *arguments]
        subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL, user=_user())


def binaries() -> Path | None:
    """Where the newest installed server's programs are, None where there is none."""
    found = sorted(_DEBIAN.glob("*/bin"), key=lambda path: int(path.parent.name))
    on_path = shutil.which("initdb")
    return found[-1] if found else Path(on_path).parent if on_path else None


@contextmanager
def own_cluster() -> Iterator[Cluster | None]:
    """A server that runs as long as the block, None where none is installed."""
    programs = binaries()
    if programs is None:
        yield None
        return
    # Short: the name of a socket may have a hundred letters. In memory where that can be.
    shared = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - a folder of our own in it
    folder = Path(tempfile.mkdtemp(prefix="crmsync-pg-", dir=shared))
    if (user := _user()) is not None:
        shutil.chown(folder, user)
    cluster = Cluster(programs, folder)
    try:
        cluster.create()
        cluster.start()
        yield cluster
    finally:
        cluster.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)


def _user() -> str | None:
    """Whom the server runs as: it refuses to be root."""
    if os.geteuid() != 0:
        return None
    return pwd.getpwnam("postgres").pw_name
