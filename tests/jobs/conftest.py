"""Modules for other processes are not looked through: imported here they would declare their actions to every test."""

collect_ignore = ["handlers.py", "settings.py"]
