"""The entry that the HTTP server loads into each of its processes."""

import signal

from quintet.core import stopping
from quintet.server.memory import stay_small
from quintet.server.parent import end_with_parent
from quintet.server.wsgi import application

__all__ = ["application"]

end_with_parent(signal.SIGKILL)
stay_small()
stopping.listen()
