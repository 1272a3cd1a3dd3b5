"""From what went wrong to what the client reads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from quintet.core.errors import DomainError, MethodNotAllowed, TooManyAttempts

Answer = Callable[[DomainError, HttpRequest], HttpResponse]


@dataclass(frozen=True)
class Dialect:
    """How one service refuses.

    name      the service's name; house tests print it
    answers   refusal -> a function that writes the answer; the nearest ancestor of a refusal is used
    """

    name: str
    answers: Mapping[type[DomainError], Answer]

    def answer_for(self, refusal: type[DomainError]) -> Answer | None:
        """The function that answers this class, or None when the dialect has no word for it."""
        for ancestor in refusal.__mro__:
            if ancestor in self.answers:
                return self.answers[ancestor]
        return None

    def answer(self, refusal: DomainError, request: HttpRequest) -> HttpResponse:
        """Say no. Raises the refusal itself (a 500 in the log) when the dialect has no word for it."""
        write = self.answer_for(type(refusal))
        if write is None:
            raise refusal
        response = write(refusal, request)
        if isinstance(refusal, MethodNotAllowed):
            response["Allow"] = ", ".join(refusal.allowed)
        if isinstance(refusal, TooManyAttempts):
            response["Retry-After"] = str(refusal.retry_after_seconds)
        return response

    def extended(self, answers: Mapping[type[DomainError], Answer]) -> "Dialect":
        """The same dialect with other words for some refusals, for an endpoint that has its own."""
        return Dialect(self.name, {**self.answers, **answers})
