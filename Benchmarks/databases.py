"""Throw-away database servers on loopback, with the settings of a fresh installation, that is: durable."""

import contextlib
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pictures
from processes import Failed, last_line

SERVERS = pictures.ROOT / ".runtime" / "servers"
# on the disk of this checkout, so that fsync costs what it costs
DATA = pictures.FOLDER / "databases"


def flavors() -> list[str]:
    return [name for name in ("mysql9", "mariadb") if (SERVERS / name / "version").exists()]


@contextlib.contextmanager
def mysql(flavor: str):
    """Gives the port; root needs no password."""
    data, port = DATA / flavor, free_port()
    shutil.rmtree(data, ignore_errors=True)
    DATA.mkdir(parents=True, exist_ok=True)
    shutil.copytree(SERVERS / flavor / "data", data)
    # a socket's path may not be long; a server that starts removes the temporary tables of others beside its own
    with tempfile.TemporaryDirectory() as sockets:
        command = [str(SERVERS / flavor / "mysqld"), "--no-defaults", "--user=root", f"--datadir={data}"]
        command += [f"--port={port}", "--bind-address=127.0.0.1", f"--socket={sockets}/s", f"--pid-file={sockets}/p"]
        command.append(f"--tmpdir={sockets}")
        command += ["--mysqlx=0", "--secure-file-priv=NULL"] if flavor == "mysql9" else []
        with running(command, port, data):
            yield port


@contextlib.contextmanager
def mongodb():
    """Gives the port."""
    data, port = DATA / "mongodb", free_port()
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True)
    command = [str(SERVERS / "mongodb" / "mongod"), "--dbpath", str(data), "--port", str(port)]
    command += ["--bind_ip", "127.0.0.1", "--wiredTigerCacheSizeGB", "0.5"]
    with running(command, port, data):
        yield port


@contextlib.contextmanager
def both(flavor: str):
    """Gives PoseVault's settings for a MySQL and a MongoDB server."""
    with mysql(flavor) as mysql_port, mongodb() as mongodb_port:
        yield {
            "MYSQL_HOST": "127.0.0.1",
            "MYSQL_PORT": str(mysql_port),
            "MYSQL_USER": "root",
            "MYSQL_DATABASE": "bench",
            "MONGODB_URI": f"mongodb://127.0.0.1:{mongodb_port}/bench",
        }


@contextlib.contextmanager
def running(command: list[str], port: int, data: Path):
    words = tempfile.TemporaryFile()
    process = subprocess.Popen(command, stdout=words, stderr=words, stdin=subprocess.DEVNULL)
    try:
        begin = time.perf_counter()
        while not listens(port):
            if process.poll() is not None or time.perf_counter() - begin > 60:
                raise Failed(f"{command[0]} did not start: {last_line(words)}")
            time.sleep(0.05)
        yield
    finally:
        process.kill()
        process.wait()
        words.close()
        shutil.rmtree(data, ignore_errors=True)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
