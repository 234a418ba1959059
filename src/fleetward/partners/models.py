"""Locations, courses, what users have completed, and what they are certified for.

The company of a partner and its users are `tenancy`'s.
"""

from __future__ import annotations

import uuid

from django.db import models

from fleetward.partners.contracts import (
    COURSE_CHARACTERS,
    LOCATION_CHARACTERS,
    CourseFileState,
    Programme,
)

PROGRAMMES = [str(word) for word in Programme]


class Location(models.Model):
    """A location of a partner. `code` is its location id, also called Partner ID."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE)
    code = models.CharField(max_length=LOCATION_CHARACTERS, unique=True)
    name = models.CharField(max_length=120, blank=True)
    added_by = models.CharField(max_length=320)
    added_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.code


class Course(models.Model):
    """A course of a programme, data of the installation: those of a programme in their order."""

    programme = models.CharField(max_length=12)
    step = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=COURSE_CHARACTERS, unique=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["programme", "step"], name="partners_course_step"),
            models.CheckConstraint(
                condition=models.Q(programme__in=PROGRAMMES), name="partners_course_programme"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.programme} {self.step}: {self.code}"


class Completion(models.Model):
    """A course that a user of a partner has completed; the latest day, where there are several."""

    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE, db_index=False)
    user = models.ForeignKey("identity.User", on_delete=models.CASCADE)
    course = models.CharField(max_length=COURSE_CHARACTERS)
    completed_on = models.DateField()
    told_by = models.CharField(max_length=320)
    told_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "user", "course"], name="partners_completion_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.course} by {self.user_id} at {self.tenant_id}"


class Certification(models.Model):
    """What a user of a partner is certified for, and since when; one withdrawn is kept."""

    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE, db_index=False)
    user = models.ForeignKey("identity.User", on_delete=models.CASCADE)
    programme = models.CharField(max_length=12)
    certified_on = models.DateField()
    certified_by = models.CharField(max_length=320)
    certified_at = models.DateTimeField()
    withdrawn_by = models.CharField(max_length=320, blank=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "user", "programme"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="partners_certification_once",
            ),
            models.CheckConstraint(
                condition=models.Q(programme__in=PROGRAMMES),
                name="partners_certification_programme",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} for {self.programme} at {self.tenant_id}"


class CourseFile(models.Model):
    """A file of completed courses that an operator has sent, with the outcome of each line.

    `content` is there until it has been read: small enough to lie beside its job.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE)
    user_id = models.BigIntegerField()
    uploaded_by = models.CharField(max_length=320)
    file_name = models.CharField(max_length=200)
    state = models.CharField(max_length=8, default=CourseFileState.READING)
    content = models.BinaryField(null=True)
    rows = models.IntegerField(default=0)
    counts = models.JSONField(default=dict)
    ends = models.JSONField(default=list)
    problem = models.JSONField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=[str(state) for state in CourseFileState]),
                name="partners_coursefile_state",
            )
        ]

    def __str__(self) -> str:
        return self.file_name
