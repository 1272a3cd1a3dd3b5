"""What can be done in annotation."""

from quintet.services.annotation.actions.people import change_person, remove_person

__all__ = ["change_person", "remove_person"]
