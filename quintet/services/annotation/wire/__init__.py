"""What annotation's wire looks like: how it says no, its shapes, and the bodies it reads."""

from quintet.services.annotation.wire.refusals import DIALECT

__all__ = ["DIALECT"]
