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


def flavors():
    """Those that set-up could install; MariaDB always is there."""
    return [flavor for flavor in ("mariadb", "mysql9") if (SERVERS / flavor / "version").exists()]


class Database:
    """A server that can be killed and started again, on its data and its port."""

    def __init__(self, port, command):
        self.port, self.command = port, command
        self.start()

    def start(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def end(self):
        self.process.terminate()
        self.process.wait(60)


class Databases:
    """They need not be ready yet: a server waits for its databases, a command does not."""

    def __init__(self, folder, flavor=None):
        """`flavor` is mariadb or mysql9."""
        flavor = flavor or flavors()[-1]
        shutil.copytree(SERVERS / flavor / "data", f"{folder}/mysql")
        (Path(folder) / "mongodb").mkdir()
        port = free_port()
        self.mysql = Database(port, [
            SERVERS / flavor / "mysqld", "--no-defaults", f"--user={getpass.getuser()}", f"--datadir={folder}/mysql",
            f"--pid-file={folder}/pid", "--socket=mysqld.sock", "--bind-address=127.0.0.1", f"--port={port}",
            # a server that starts removes what lies there, also what is another server's
            f"--tmpdir={folder}", "--innodb-buffer-pool-size=64M", *(MYSQL9 if flavor == "mysql9" else []),
        ])
        port = free_port()
        self.mongodb = Database(port, [
            SERVERS / "mongodb" / "mongod", "--dbpath", f"{folder}/mongodb", "--bind_ip", "127.0.0.1", "--port",
            str(port), "--unixSocketPrefix", folder, "--wiredTigerCacheSizeGB", "0.25",
        ])
        self.uri = f"mongodb://127.0.0.1:{port}/pose_images_db"

    @property
    def settings(self):
        """What `posevault` has to be told to use them."""
        return {
            "MYSQL_HOST": "127.0.0.1", "MYSQL_PORT": str(self.mysql.port), "MYSQL_USER": "root",
            "MYSQL_DATABASE": "posevault", "MONGODB_URI": self.uri,
        }

    def named(self, name):
        """The same for databases of that name."""
        return self.settings | {"MYSQL_DATABASE": name, "MONGODB_URI": f"{self.uri.rpartition('/')[0]}/{name}"}

    def end(self):
        for database in (self.mysql, self.mongodb):
            database.end()


def start_databases(case, flavor=None):
    """What `posevault` has to be told to use new ones, which end with the class of `case`."""
    databases = Databases(case.enterClassContext(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)), flavor)
    case.addClassCleanup(databases.end)
    return databases.settings
