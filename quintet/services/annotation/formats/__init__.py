"""Files that others read and write. Knows no Django."""
