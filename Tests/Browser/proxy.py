"""A real nginx before a server, as a reverse proxy at a path."""

import os
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from real_server import ROOT

OWN = ROOT / ".runtime" / "servers" / "nginx" / "usr" / "sbin" / "nginx"


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Proxy:
    """Passes what lies below `path` on to `upstream`, with the path or without it."""

    def __init__(self, port, path, upstream, keeps_path):
        self.folder = tempfile.TemporaryDirectory()
        folder = self.folder.name
        temporary = "".join(
            f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (Path(folder) / "nginx.conf").write_text(f"""
            daemon off; master_process off; pid {folder}/pid; error_log {folder}/log; events {{}}
            http {{
              access_log off; {temporary}
              server {{
                listen 127.0.0.1:{port};
                client_max_body_size 32m;
                location {path}/ {{
                  proxy_pass {upstream}{'' if keeps_path else '/'};
                  proxy_set_header Host $http_host;
                }}
              }}
            }}
        """)
        program = str(OWN) if OWN.exists() else "nginx"
        environment = os.environ | {"PATH": "/usr/sbin:/usr/bin:/bin"}
        self.process = subprocess.Popen([program, "-p", folder, "-c", f"{folder}/nginx.conf"], env=environment)
        end = time.monotonic() + 30
        while time.monotonic() < end and self.process.poll() is None:
            with socket.socket() as trial:
                if trial.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.02)
        raise RuntimeError("nginx did not get ready")

    def close(self):
        self.process.terminate()
        self.process.wait(30)
        self.folder.cleanup()
