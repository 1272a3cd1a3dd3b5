"""Emptying a broker's corner: what a broker that lost everything knows of us."""

from urllib.parse import urlsplit


def empty_redis(address: str, prefix: str) -> None:
    """Nothing of this prefix is left."""
    import redis  # Only where there is a broker.

    with redis.Redis.from_url(address) as client:
        for key in client.scan_iter(f"{prefix}*"):
            client.delete(key)


def empty_rabbitmq(address: str, prefix: str) -> None:
    """None of the queues and exchanges that a worker makes is left."""
    import amqp

    parts = urlsplit(address)
    with amqp.Connection(
        f"{parts.hostname}:{parts.port or 5672}",
        userid=parts.username or "guest",
        password=parts.password or "guest",
        virtual_host=parts.path.removeprefix("/") or "/",
    ) as connection:
        channel = connection.channel()
        for queue in ("default", "video"):
            channel.queue_delete(f"{prefix}.{queue}")
        for exchange in ("default", "video", "events", "control.pidbox"):
            channel.exchange_delete(f"{prefix}.{exchange}")
        channel.exchange_delete(f"reply.{prefix}.control.pidbox")
