"""The composition roots: one module a process, and the only modules that import features.

They are separate modules because the question process must not even load a database driver.
"""
