"""Helpers of the course, one module per idea of the lecture; each can be read from top to bottom."""

import sys

if hasattr(sys.stdout, "reconfigure") and "utf" not in sys.stdout.encoding.lower():
    sys.stdout.reconfigure(errors="backslashreplace")  # a console of Windows, or none, has no ✓: it then shows \u2713
