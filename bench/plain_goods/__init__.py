"""The rival: the same goods as one writes them first with Django, Django REST framework and SimpleJWT."""
