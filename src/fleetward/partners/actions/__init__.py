"""What operators do with partners: their locations, courses, and who is certified."""

from fleetward.partners.actions.certifying import record_courses, withdraw_certification
from fleetward.partners.actions.companies import add_partner
from fleetward.partners.actions.courses import change_courses
from fleetward.partners.actions.files import (
    break_course_file,
    purge_course_files,
    upload_course_file,
)
from fleetward.partners.actions.locations import add_location, remove_location
from fleetward.partners.actions.reading import read_course_file

__all__ = [
    "add_location",
    "add_partner",
    "break_course_file",
    "change_courses",
    "purge_course_files",
    "read_course_file",
    "record_courses",
    "remove_location",
    "upload_course_file",
    "withdraw_certification",
]
