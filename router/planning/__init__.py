"""The plan as a supervisor edits it: draft, differences, preview on history, published versions, files."""
