"""HTTP/1.1 over a socket, with as little work as possible: what is measured is the server, not Python's parsers."""

import socket

from processes import Failed


class Connection:
    """One connection, kept open."""

    def __init__(self, port: int):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=120)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.head = f"Host: 127.0.0.1:{port}\r\n"

    def request(self, method: str, path: str, body: bytes = b"", header: str = "") -> tuple[int, bytes]:
        """The status and the body of the answer, which must have a Content-Length."""
        head = f"{method} {path} HTTP/1.1\r\n{self.head}{header}Content-Length: {len(body)}\r\n\r\n"
        self.socket.sendall(head.encode() + body)
        received = self.receive()
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self.receive()
        lines = received[:end].decode().lower().split("\r\n")
        length = next(int(line[15:]) for line in lines if line.startswith("content-length:"))
        parts, missing = [received[end + 4 :]], length - (len(received) - end - 4)
        while missing > 0:
            parts.append(self.receive())
            missing -= len(parts[-1])
        return int(lines[0].split()[1]), b"".join(parts)

    def receive(self) -> bytes:
        piece = self.socket.recv(1 << 18)
        if not piece:
            raise Failed("the server closed the connection")
        return piece

    def close(self) -> None:
        self.socket.close()
