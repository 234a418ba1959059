"""What can be done with a resale feed. The first is a verb of operators, the others of workers."""

from fleetward.devices.feeds.actions.ending import break_feed
from fleetward.devices.feeds.actions.housekeeping import purge_feeds, wake_feeds
from fleetward.devices.feeds.actions.uploading import upload_feed
from fleetward.devices.feeds.actions.working import run_feed

__all__ = ["break_feed", "purge_feeds", "run_feed", "upload_feed", "wake_feeds"]
