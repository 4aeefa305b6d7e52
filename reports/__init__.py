"""Rendering. Pure: frames in, bytes out."""
