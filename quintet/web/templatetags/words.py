"""{% say "key" %}: the words of a key in the page's language; and names of what the database holds as a code."""

from django import template

from quintet.web import words

register = template.Library()


@register.simple_tag
def say(key: str, **values: object) -> str:
    """What is put in is escaped with the rest."""
    return words.said(key, **values)


@register.simple_tag
def html_language() -> str:
    """For <html lang>."""
    return "zh-Hans" if words.is_chinese() else "en"


register.filter("service_name", words.service_name)
register.filter("about_service", words.about_service)
register.filter("event_name", words.event_name)
register.filter("missing_name", words.missing_name)


@register.simple_tag
def level_name(service: str, level: int) -> str:
    """What somebody is in a service."""
    return words.level_name(service, level)
