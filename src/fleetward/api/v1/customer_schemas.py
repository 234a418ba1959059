"""What goes in and out of the operations on customers and on the partner of one."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from ninja import Field
from pydantic import ConfigDict

from fleetward.api.schemas import CUSTOMER, SOME_ID, SOME_TIME, In, Out, PageOut, Paging, sample
from fleetward.tenancy.contracts import (
    Company,
    CustomerRow,
    ManagingPartner,
    NewCustomer,
    Region,
    RelationState,
)

SOME_COMPANY: dict[str, object] = {
    "address": "12 rue des Alpes",
    "city": "Annecy",
    "postal_code": "74000",
    "country": "FR",
    "phone": "+33 4 50 00 00 00",
}
SOME_CUSTOMER: dict[str, object] = {
    "id": SOME_ID,
    "name": "Initech",
    "state": "ACCEPTED",
    "customer_id": CUSTOMER,
    "admin_email": "peter@initech.example",
    "created_at": SOME_TIME,
    "answered_at": SOME_TIME,
    "ended_at": None,
}
NOT_YET: dict[str, object] = {"state": "PENDING", "customer_id": None, "answered_at": None}


class SignInMethod(StrEnum):
    """How the users of a new customer are to sign in; its admin decides after accepting."""

    PASSWORD = "PASSWORD"  # noqa: S105
    PROVIDER = "PROVIDER"


class CompanyIn(In):
    model_config = ConfigDict(json_schema_extra=sample(**SOME_COMPANY))
    address: str = Field("", max_length=200)
    city: str = Field("", max_length=80)
    postal_code: str = Field("", max_length=16)
    country: str = Field("", max_length=2, description="Its code of two letters, such as `FR`")
    phone: str = Field("", max_length=32)

    def told(self) -> Company:
        return Company(**self.dict() | {"country": self.country.upper()})


class CustomerAdminIn(In):
    model_config = ConfigDict(
        json_schema_extra=sample(
            first_name="Peter", last_name="Gibbons", email="peter@initech.example"
        )
    )
    first_name: str = Field(max_length=60)
    last_name: str = Field(max_length=60)
    email: str = Field(max_length=254, description="Who accepts the partner, or does not")


class CustomerIn(In):
    model_config = ConfigDict(
        json_schema_extra=sample(
            name="Initech",
            region="EU",
            company=SOME_COMPANY,
            plan="STANDARD",
            sign_in="PASSWORD",
            admin={
                "first_name": "Peter",
                "last_name": "Gibbons",
                "email": "peter@initech.example",
            },
        )
    )
    name: str = Field(max_length=120)
    region: Region = Field(description="Where its data belong; it cannot be changed later")
    company: CompanyIn | None = Field(None, description="Where it is found")
    plan: str = Field(
        "",
        max_length=20,
        description="Code of a plan that the certifications of the partner allow; empty for "
        "the one that tenants have without a choice",
    )
    sign_in: SignInMethod = Field(
        SignInMethod.PASSWORD,
        description="`PROVIDER`: the admin is led to set up an identity provider on accepting",
    )
    admin: CustomerAdminIn

    def told(self) -> NewCustomer:
        return NewCustomer(
            self.name,
            self.company.told() if self.company else Company(),
            self.region,
            self.admin.first_name,
            self.admin.last_name,
            self.admin.email,
            plan=self.plan,
            asks_for_sign_on=self.sign_in is SignInMethod.PROVIDER,
        )


class CustomerOut(Out):
    model_config = ConfigDict(json_schema_extra=sample(**SOME_CUSTOMER))
    id: UUID = Field(description="Of the relation")
    name: str
    state: RelationState
    customer_id: str | None = Field(description="Known while the customer accepts the partner")
    admin_email: str = Field(description="Whom the partner named as the first admin")
    created_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None


class CustomerMadeOut(CustomerOut):
    model_config = ConfigDict(json_schema_extra=sample(**SOME_CUSTOMER | NOT_YET, is_invited=False))
    is_invited: bool = Field(
        description="The address has an account: whoever has it is asked, and no user before"
    )


class CustomerPage(PageOut):
    items: list[CustomerOut]


class CustomersQuery(Paging):
    state: list[RelationState] = Field([], description="Those in one of these states")


class PartnerOfTenantOut(Out):
    model_config = ConfigDict(
        json_schema_extra=sample(
            name="Resale Ltd", state="ACCEPTED", asked_at=SOME_TIME, answered_at=SOME_TIME
        )
    )
    name: str
    state: RelationState = Field(description="`PENDING` until the tenant has answered")
    asked_at: datetime
    answered_at: datetime | None


class AssignedPartnerOut(Out):
    model_config = ConfigDict(
        json_schema_extra=sample(
            partner={
                "name": "Resale Ltd",
                "state": "ACCEPTED",
                "asked_at": SOME_TIME,
                "answered_at": SOME_TIME,
            }
        )
    )
    partner: PartnerOfTenantOut | None = Field(description="Null: there is none")


def customer_json(row: CustomerRow) -> dict[str, object]:
    return {
        "id": row.uid,
        "name": row.name,
        "state": row.state,
        "customer_id": row.customer_id or None,
        "admin_email": row.admin_email,
        "created_at": row.made_at,
        "answered_at": row.answered_at,
        "ended_at": row.ended_at,
    }


def partner_json(found: ManagingPartner | None) -> dict[str, object] | None:
    if found is None:
        return None
    return {
        "name": found.name,
        "state": found.state,
        "asked_at": found.made_at,
        "answered_at": found.answered_at,
    }
