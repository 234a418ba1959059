"""What is done with lists of people, and with those who are listed without access."""

from fleetward.tenancy.people.actions.access import fresh_link, give_access
from fleetward.tenancy.people.actions.adding import add_people, let_in_person, list_person
from fleetward.tenancy.people.actions.customers import make_customer
from fleetward.tenancy.people.actions.reading import read_people

__all__ = [
    "add_people",
    "fresh_link",
    "give_access",
    "let_in_person",
    "list_person",
    "make_customer",
    "read_people",
]
