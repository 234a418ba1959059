"""What `partners` tells lower contexts. The app's configuration imports it."""

from __future__ import annotations

from fleetward.partners.queries import CertifiedProgrammes
from fleetward.tenancy.licences.queries import programmes_known_by

programmes_known_by(CertifiedProgrammes())
