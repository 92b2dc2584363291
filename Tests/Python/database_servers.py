"""A MySQL or MariaDB server and a MongoDB server of one test case, on free ports of 127.0.0.1, with new data."""

import getpass
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from real_server import ROOT

SERVERS = ROOT / ".runtime" / "servers"
MYSQL9 = ["--mysqlx=0", "--secure-file-priv=NULL", "--performance-schema=OFF"]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_ready(settings):
    """Waits at most a minute until both answer."""
    for port in (settings["MYSQL_PORT"], settings["MONGODB_URI"].split(":")[2].split("/")[0]):
        end = time.monotonic() + 60
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", int(port))) == 0:
                    break
            if time.monotonic() > end:
                raise AssertionError("a database server did not start")
            time.sleep(0.1)


def start_databases(case, flavor=None):
    """What `posevault` has to be told to use them. They end with the class of `case`.

    They need not be ready yet: a server waits for its databases. `flavor` is mariadb or mysql9.
    """
    folder = case.enterClassContext(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
    flavor = flavor or ("mysql9" if (SERVERS / "mysql9" / "version").exists() else "mariadb")
    shutil.copytree(SERVERS / flavor / "data", f"{folder}/mysql")
    (Path(folder) / "mongodb").mkdir()
    mysql, mongodb = free_port(), free_port()
    commands = [
        [
            SERVERS / flavor / "mysqld", "--no-defaults", f"--user={getpass.getuser()}", f"--datadir={folder}/mysql",
            f"--pid-file={folder}/pid", "--socket=mysqld.sock", "--bind-address=127.0.0.1", f"--port={mysql}",
            "--innodb-buffer-pool-size=64M", *(MYSQL9 if flavor == "mysql9" else []),
        ],
        [
            SERVERS / "mongodb" / "mongod", "--dbpath", f"{folder}/mongodb", "--bind_ip", "127.0.0.1", "--port",
            str(mongodb), "--unixSocketPrefix", folder, "--wiredTigerCacheSizeGB", "0.25",
        ],
    ]
    for command in commands:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        case.addClassCleanup(process.wait, 60)
        case.addClassCleanup(process.terminate)
    return {
        "MYSQL_HOST": "127.0.0.1", "MYSQL_PORT": str(mysql), "MYSQL_USER": "root", "MYSQL_DATABASE": "posevault",
        "MONGODB_URI": f"mongodb://127.0.0.1:{mongodb}/pose_images_db",
    }
