"""What `partners` tells lower contexts. The app's configuration imports it."""

from __future__ import annotations

from fleetward.partners.actions.certifying import CertifiedMembers
from fleetward.partners.queries import CertifiedProgrammes
from fleetward.tenancy.actions import register_farewell
from fleetward.tenancy.licences.queries import programmes_known_by

programmes_known_by(CertifiedProgrammes())
register_farewell(CertifiedMembers())
