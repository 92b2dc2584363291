"""A MySQL or MariaDB server and a MongoDB server of one test case, on free ports of 127.0.0.1, with new data."""

import getpass
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

from real_server import ROOT

SERVERS = ROOT / ".runtime" / "servers"
MYSQL9 = ["--mysqlx=0", "--secure-file-priv=NULL", "--performance-schema=OFF"]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_databases(case):
    """What `posevault` has to be told to use them. They end with the class of `case`.

    They need not be ready yet: a server waits for its databases.
    """
    folder = case.enterClassContext(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
    flavor = "mysql9" if (SERVERS / "mysql9" / "version").exists() else "mariadb"
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
