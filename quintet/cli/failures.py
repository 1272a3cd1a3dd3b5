"""Why a command did not do what was asked, in words for a person."""


class CommandFailed(Exception):
    """Printed to stderr; the exit status is 1."""
