"""A small load client: a fixed number of connections, each sending the next picture when the last is answered."""

import http.client
import statistics
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from processes import Failed

BOUNDARY = "posevault-benchmark"


@dataclass
class Load:
    rate: float  # requests answered with 201 per second
    p50: float  # milliseconds
    p99: float
    client: float  # the load client's own share of one core


def body(picture: Path) -> bytes:
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="image"; filename="{picture.name}"\r\n'
        "Content-Type: image/jpeg\r\n\r\n"
    )
    return head.encode() + picture.read_bytes() + f"\r\n--{BOUNDARY}--\r\n".encode()


def upload(
    port: int, path: str, pictures: list[Path], *, requests: int, connections: int = 4, keep_alive: bool = True
) -> Load:
    """Sends `requests` pictures in turn; throws unless every one is answered with 201."""
    bodies = [body(picture) for picture in pictures]
    headers = {
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
        "Connection": "keep-alive" if keep_alive else "close",
    }
    numbers, lock = iter(range(requests)), threading.Lock()
    times, wrong = [], []

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while not wrong:
            with lock:
                number = next(numbers, None)
            if number is None:
                break
            begin = time.perf_counter()
            try:
                connection.request("POST", path, bodies[number % len(bodies)], headers)
                response = connection.getresponse()
                content = response.read()
            except OSError as error:
                wrong.append(str(error))
                break
            times.append(time.perf_counter() - begin)
            if response.status != 201:
                wrong.append(f"{response.status} {content[:200]!r}")
            if not keep_alive:
                connection.close()
        connection.close()

    threads = [threading.Thread(target=client) for _ in range(connections)]
    begin, used = time.perf_counter(), time.process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begin
    if wrong:
        raise Failed(f"port {port} answered {wrong[0]}")
    percentiles = statistics.quantiles(times, n=100, method="inclusive")
    return Load(
        requests / seconds, percentiles[49] * 1000, percentiles[98] * 1000, (time.process_time() - used) / seconds
    )
