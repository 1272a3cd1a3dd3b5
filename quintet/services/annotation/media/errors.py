"""Why files make no task."""


class BadMedia(Exception):
    """The files cannot be read, or do not go together. Its text is what the task's status says, fit for people."""


class NoFrame(Exception):
    """There is no such frame, or nothing can be seen in it any more."""
