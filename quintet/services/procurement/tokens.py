"""The pair of tokens that login answers: what is in them, and whose they are."""

from datetime import timedelta

from quintet.accounts import conf, jwt
from quintet.accounts.queries import Standing, standing
from quintet.services.procurement.doors import DOOR
from quintet.services.procurement.errors import BadToken


def issued(kind: str, *, person_id: int, epoch: int) -> str:
    """A token: `kind` is access or refresh. It dies when the person's epoch moves on. Source: 003:170-171."""
    claims: dict[str, object] = {"token_type": kind, "user_id": person_id, "v": epoch}
    return jwt.signed(f"procurement.{kind}", claims, lifetime=timedelta(hours=conf.ACCESS_TOKEN_HOURS.value))


def person_with(kind: str, token: str) -> Standing:
    """Whose token it is, as they stand now. Raises BadToken."""
    claims = jwt.read(f"procurement.{kind}", token)
    user_id = claims.get("user_id") if claims else None
    person = standing(DOOR, user_id) if isinstance(user_id, int) else None
    if claims is None or person is None or person.epoch != claims.get("v"):
        raise BadToken(kind)
    return person
