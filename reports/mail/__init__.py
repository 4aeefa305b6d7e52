"""The mail that brings a statement: a short text, the same as HTML, and the PDF."""
