"""What people told us."""

from django.db.models import QuerySet

from quintet.accounts.models import User
from quintet.services.masks.models import Feedback
from quintet.services.masks.queries.people import is_administrator


def feedback_shown_to(person: User) -> QuerySet[Feedback]:
    """One's own; an administrator sees everybody's. Newest first."""
    everything = Feedback.objects.select_related("owner").order_by("-id")
    return everything if is_administrator(person) else everything.filter(owner=person)
