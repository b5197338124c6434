"""The card over all windows: a program on the agent's own computer. See docs/desktop.md.

It knows the server by its public contracts only, and is installed without it: of Trunkline it imports the sentences
(trunkline.web.i18n) and nothing else.
"""
