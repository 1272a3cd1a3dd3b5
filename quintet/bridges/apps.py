"""What bridges do when a process begins."""

from django.apps import AppConfig


class BridgesConfig(AppConfig):
    name = "quintet.bridges"
    label = "bridges"

    def ready(self) -> None:
        """Offer one service's functions to another."""
        from quintet.bridges import faces_to_shapes

        faces_to_shapes.offer()
