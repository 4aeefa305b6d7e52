"""The panel of a member as a fragment of HTML, to be embedded in a page of another system."""
