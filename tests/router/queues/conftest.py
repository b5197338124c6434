"""The company of the plan's pages, and its supervisor's browser."""

from tests.router.planning.conftest import add_person, box, browser, company, hasher, passwords, supervisor

__all__ = ["add_person", "box", "browser", "company", "hasher", "passwords", "supervisor"]
