"""What the demonstration puts in it."""

from quintet.accounts.models import User
from quintet.services.dicom.models import Profile


def make_samples(administrator: User) -> None:
    """The administrator has a profile. Idempotent."""
    Profile.objects.get_or_create(user=administrator, defaults={"bio": "Looks after this server."})
