"""What is not looked through for doctests: it imports what only those who scale have installed."""

collect_ignore = ["celery.py"]
