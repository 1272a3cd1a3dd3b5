"""Somebody who is told by webhook, on this machine."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver:
    """Keeps what it is told.

    told       (headers with names in lower case, body), as they came
    statuses   answered one after another, the last one for ever
    location   where it sends people, if anywhere
    """

    def __init__(self) -> None:
        self.told: list[tuple[dict[str, str], bytes]] = []
        self.statuses = [204]
        self.location = ""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.told.append(({name.lower(): said for name, said in self.headers.items()}, body))
                self.send_response(receiver.statuses.pop(0) if len(receiver.statuses) > 1 else receiver.statuses[0])
                if receiver.location:
                    self.send_header("Location", receiver.location)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST

            def log_message(self, *said: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}/hooks/s3cr3t"

    def close(self) -> None:
        """Listen no more."""
        self.server.shutdown()
        self.server.server_close()
