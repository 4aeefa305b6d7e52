"""Statements by mail: who is due one, the conversation with the server, and what became of each."""
