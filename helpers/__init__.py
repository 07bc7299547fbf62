"""Helpers of the course, one module per idea of the lecture; each can be read from top to bottom."""
