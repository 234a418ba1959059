from django.apps import AppConfig

from fleetward.access.queries import reach_of, require
from fleetward.kernel.rights import decided_by


class AccessConfig(AppConfig):
    name = "fleetward.access"
    label = "access"

    def ready(self) -> None:
        decided_by(require, reach_of)
