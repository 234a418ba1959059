"""Tenants, their settings and their members. These tables are read to decide on sight."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower

from fleetward.kernel.ids import new_customer_id
from fleetward.tenancy.contracts import (
    CUSTOM_ROLES,
    CustomRoleName,
    LicenceState,
    Region,
    RelationState,
    Role,
    TenantKind,
)

CUSTOM_WORDS = [str(word) for word in CUSTOM_ROLES]
LONGEST_NAME = 120
OPEN = [str(RelationState.PENDING), str(RelationState.ACCEPTED)]


def _custom(name: str) -> models.CheckConstraint:
    """A custom role is named by its word and by its row, any other by its word alone."""
    is_custom, has_row = models.Q(role__in=CUSTOM_WORDS), models.Q(custom__isnull=False)
    return models.CheckConstraint(condition=is_custom & has_row | ~is_custom & ~has_row, name=name)


def _name(row: CustomRole | None) -> CustomRoleName | None:
    return CustomRoleName(str(row.uid), row.name) if row else None


def _choices(enum: type[LicenceState | Region | RelationState | Role | TenantKind]) -> list[str]:
    return [str(word) for word in enum]


class Tenant(models.Model):
    """An organisation's own space. Customer ID (T1) and region (T12) never change."""

    customer_id = models.CharField(max_length=16, unique=True, default=new_customer_id)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, default=TenantKind.CUSTOMER)
    region = models.CharField(max_length=4, default=Region.EU)
    time_zone = models.CharField(max_length=64, default="UTC")
    language = models.CharField(max_length=8, default="en")
    expiring_days = models.PositiveSmallIntegerField(default=180)
    has_scheduled_runs = models.BooleanField(default=True, db_default=True)
    archive_days = models.SmallIntegerField(default=90, db_default=90)
    reminder_days = ArrayField(models.SmallIntegerField(), db_default=[90, 30, 7])
    # Where it is not so, users come in by the identity provider of the tenant only.
    allows_passwords = models.BooleanField(default=True, db_default=True)
    # Of a holding tenant: its partner, which has one at most (T6).
    owner = models.OneToOneField(
        "self", on_delete=models.CASCADE, null=True, related_name="holding", editable=False
    )
    # Of its devices; the last day of its last licence key; and what its admins were told of both.
    plan = models.CharField(max_length=20, default="STANDARD", db_default="STANDARD")
    licensed_until = models.DateField(null=True)
    licence_state = models.CharField(
        max_length=12, default=LicenceState.UNLIMITED, db_default=LicenceState.UNLIMITED
    )
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind=TenantKind.HOLDING, owner__isnull=False)
                | (~models.Q(kind=TenantKind.HOLDING) & models.Q(owner__isnull=True)),
                name="tenancy_tenant_owner",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=_choices(TenantKind)), name="tenancy_tenant_kind"
            ),
            models.CheckConstraint(
                condition=models.Q(region__in=_choices(Region)), name="tenancy_tenant_region"
            ),
            models.CheckConstraint(
                condition=models.Q(expiring_days__range=(1, 730)), name="tenancy_expiring_days"
            ),
            models.CheckConstraint(
                condition=models.Q(licence_state__in=_choices(LicenceState)),
                name="tenancy_tenant_licence",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.customer_id})"


class CustomRole(models.Model):
    """A role of a tenant's own making (L1). `word`: that of `Role` for its kind of tenant.

    It says what its holders may do, and is read before there is a scope.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, db_index=False)
    word = models.CharField(max_length=16)
    name = models.CharField(max_length=60)
    description = models.CharField(max_length=200, blank=True)
    permissions = ArrayField(models.CharField(max_length=40))
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                models.F("tenant"), Lower("name"), name="tenancy_customrole_name"
            ),
            # What memberships and invitations refer to.
            models.UniqueConstraint(fields=["tenant", "id"], name="tenancy_customrole_own"),
            models.CheckConstraint(
                condition=models.Q(word__in=CUSTOM_WORDS), name="tenancy_customrole_word"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.tenant_id}"


class Membership(models.Model):
    """A user's role in a tenant. Disabling keeps the row, so that history can name it.

    `is_certified`: at a partner, and `partners` says so (T6). Whoever is let in again is not.
    That a custom role is of the same tenant is a constraint of the migrations: Django has none.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE)
    user = models.ForeignKey("identity.User", on_delete=models.CASCADE)
    role = models.CharField(max_length=16)
    custom = models.ForeignKey(
        CustomRole,
        on_delete=models.RESTRICT,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    is_active = models.BooleanField(default=True)
    # L2: who comes from enrolment is listed and enters nothing.
    has_access = models.BooleanField(default=True, db_default=True)
    # What the tenant itself calls whom it lists: of the account it sees nothing before access.
    listed_name = models.CharField(max_length=LONGEST_NAME, blank=True, db_default="")
    is_certified = models.BooleanField(db_default=False)
    by_identity = models.BooleanField(db_default=False)  # Joined by the provider: it alone vouches.
    joined_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "user"], name="tenancy_membership_once"),
            models.CheckConstraint(
                condition=models.Q(role__in=_choices(Role)), name="tenancy_membership_role"
            ),
            _custom("tenancy_membership_custom"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} in {self.tenant_id}"

    @property
    def custom_name(self) -> CustomRoleName | None:
        return _name(self.custom)


class Invitation(models.Model):
    """Of a user who has an account, until it is accepted. Only the hash of its link is kept."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE)
    user = models.ForeignKey("identity.User", on_delete=models.CASCADE)
    role = models.CharField(max_length=16)
    custom = models.ForeignKey(
        CustomRole,
        on_delete=models.RESTRICT,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    digest = models.CharField(max_length=64, unique=True)
    invited_by = models.CharField(max_length=320)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "user"], name="tenancy_invitation_once"),
            models.CheckConstraint(
                condition=models.Q(role__in=_choices(Role)), name="tenancy_invitation_role"
            ),
            _custom("tenancy_invitation_custom"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} as {self.role} in {self.tenant_id}"

    @property
    def custom_name(self) -> CustomRoleName | None:
        return _name(self.custom)


class Company(models.Model):
    """Where the organisation of a tenant is found; without a row nobody has said."""

    tenant = models.OneToOneField(Tenant, on_delete=models.CASCADE, primary_key=True)
    address = models.CharField(max_length=200, blank=True)
    city = models.CharField(max_length=80, blank=True)
    postal_code = models.CharField(max_length=16, blank=True)
    country = models.CharField(max_length=2, blank=True)
    phone = models.CharField(max_length=32, blank=True)

    def __str__(self) -> str:
        return f"company of {self.tenant_id}"


class Relation(models.Model):
    """A customer and the partner that made it; one that is over is kept (T2, T3).
    `customer_name`: what the partner calls it unless it is accepted; '' of an older release.
    It says what users of the partner have in sight, and is read before there is a scope.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    partner = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+", db_index=False)
    customer = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+", db_index=False)
    state = models.CharField(max_length=12, default=RelationState.PENDING)
    customer_name = models.CharField(max_length=120, blank=True, db_default="")
    admin_email = models.CharField(max_length=254)
    asks_for_sign_on = models.BooleanField(db_default=False)
    made_by = models.CharField(max_length=320)
    made_at = models.DateTimeField()
    answered_by = models.CharField(max_length=320, blank=True)
    answered_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=320, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer"],
                condition=models.Q(state__in=OPEN),
                name="tenancy_relation_open",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=_choices(RelationState)), name="tenancy_relation_state"
            ),
            models.CheckConstraint(
                condition=~models.Q(partner=models.F("customer")), name="tenancy_relation_two"
            ),
        ]
        indexes = [
            models.Index(fields=["partner", "state", "customer"], name="tenancy_relation_partner")
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} of {self.partner_id}: {self.state}"


class SignOnProvider(models.Model):
    """The identity provider of a tenant. `metadata` is of its discovery document."""

    tenant = models.OneToOneField(Tenant, on_delete=models.CASCADE, primary_key=True)
    issuer = models.CharField(max_length=500)
    client_id = models.CharField(max_length=255)
    sealed_secret = models.CharField(max_length=1000)
    metadata = models.JSONField()
    is_enabled = models.BooleanField(default=False)
    tested_at = models.DateTimeField()
    test_error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.issuer} of {self.tenant_id}"


class LinkedIdentity(models.Model):
    """Who a member is at the provider of the tenant: issuer and subject, and nothing else."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE)
    user = models.ForeignKey("identity.User", on_delete=models.CASCADE)
    issuer = models.CharField(max_length=500)
    subject = models.CharField(max_length=255)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "issuer", "subject"], name="tenancy_identity_once"
            ),
            models.UniqueConstraint(fields=["tenant", "user"], name="tenancy_identity_of_user"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.tenant_id}"


class SignUpDoor(models.Model):
    """Whether companies sign themselves up, and to which terms (T13): of the operator's tenant."""

    tenant = models.OneToOneField(Tenant, on_delete=models.CASCADE, primary_key=True)
    is_open = models.BooleanField(default=False)
    terms_version = models.CharField(max_length=40, blank=True)
    terms_url = models.CharField(max_length=500, blank=True)
    terms_text = models.TextField(blank=True)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return "open" if self.is_open else "closed"


class SignUp(models.Model):
    """What somebody asks for whose address is not proven yet. It is of no tenant: there is none.
    Only the hash of its link is kept, once there is one.
    """

    email = models.CharField(max_length=254)
    digest = models.CharField(max_length=64, unique=True, null=True)
    told = models.JSONField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [models.Index(fields=["email", "id"], name="tenancy_signup_email")]

    def __str__(self) -> str:
        return f"sign-up {self.pk}"


class AcceptedTerms(models.Model):
    """Which version of the terms somebody has accepted for a tenant, and when."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE)
    user = models.ForeignKey("identity.User", on_delete=models.CASCADE)
    version = models.CharField(max_length=40)
    accepted_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.version} by {self.user_id}"


class Plan(models.Model):
    """What devices may be enrolled into: data of the installation (L3). None is ever deleted.

    `programmes`: a partner offers it with a user who is certified for one of them; empty for all.
    """

    code = models.CharField(max_length=20, primary_key=True)
    name = models.CharField(max_length=60)
    rank = models.PositiveSmallIntegerField()
    programmes = ArrayField(models.CharField(max_length=12), default=list, blank=True)
    is_offered = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class LicenceKey(models.Model):
    """A licence key that a tenant has: so many seats of a plan for so long, both days included."""

    uid = models.UUIDField()
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, db_index=False)
    seats = models.PositiveIntegerField()
    starts_on = models.DateField()
    ends_on = models.DateField()
    added_by = models.CharField(max_length=320)
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "uid"], name="tenancy_licencekey_once"),
            models.CheckConstraint(
                condition=models.Q(seats__gte=1, ends_on__gte=models.F("starts_on")),
                name="tenancy_licencekey_term",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seats} of {self.plan_id} for {self.tenant_id}"


class LicenceSigner(models.Model):
    """The key with which this installation signs licence keys: one row, from the first one on."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    public_key = models.CharField(max_length=64)
    sealed_secret = models.CharField(max_length=1000)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="tenancy_licencesigner_one")
        ]

    def __str__(self) -> str:
        return "licence signer"
