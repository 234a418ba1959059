"""Brings product numbers into the form in which every door stores them now (T10).

Forms and the API kept the case that was typed, so that a machine could be listed twice. Where it
was, one device keeps the identity: an active one before a deleted one. The other becomes inactive,
under the spelling that is left over, and its history says so; what belongs to it stays with it.
Runs before new code.

Locks: the rows of the devices that it changes, which are few, until it ends. It reads all devices, for
which a million need more than five seconds; nobody waits for that.
"""

from django.db import migrations
from django.db.models.functions import Now

from fleetward.devices.rules import canonical_product_number

# Row-level security holds for the owner too; the setting ends with the migration's transaction.
SCOPE = """
SELECT set_config(
    'fleetward.tenants', (SELECT coalesce(array_agg(id), '{}')::text FROM tenancy_tenant), true
)
"""
# All that nobody else is in the way of, which is nearly all.
FREE = """
WITH odd AS (SELECT * FROM unnest(%(odd)s::text[], %(canonical)s::text[]) AS o (odd, canonical))
UPDATE devices_device d SET product_number = odd.canonical
FROM odd
WHERE d.product_number = odd.odd AND NOT EXISTS (
    SELECT FROM devices_device e LEFT JOIN odd other ON other.odd = e.product_number
    WHERE e.tenant_id = d.tenant_id AND e.serial = d.serial AND e.manufacturer = d.manufacturer
      AND e.id <> d.id AND coalesce(other.canonical, e.product_number) = odd.canonical
)
"""
MOST_CHARACTERS = 40
ACTOR = "Fleetward"


def make_canonical(apps, editor):
    device = apps.get_model("devices", "Device")
    with editor.connection.cursor() as cursor:
        cursor.execute(SCOPE)
        numbers = device.objects.order_by().values_list("product_number", flat=True).distinct()
        odd = {
            number: canonical
            for number in numbers
            if (canonical := canonical_product_number(number)) != number
            and len(canonical) <= MOST_CHARACTERS
        }
        cursor.execute(FREE, {"odd": list(odd), "canonical": list(odd.values())})
    for row in device.objects.filter(product_number__in=odd).order_by("-is_active", "id"):
        settle(apps, row, odd[row.product_number])


def settle(apps, row, canonical):
    """Give `row` its canonical number, or leave that to the device which has it already."""
    twin = (
        type(row)
        .objects.filter(
            tenant_id=row.tenant_id,
            serial=row.serial,
            manufacturer=row.manufacturer,
            product_number=canonical,
        )
        .first()
    )
    if twin is None:
        row.product_number = canonical
        row.save(update_fields=["product_number"])
    elif row.is_active and not twin.is_active:
        # Through a number that none of them has, because each statement keeps identities unique.
        spelling = row.product_number
        for one, number in ((twin, f"#{twin.id}"), (row, canonical), (twin, spelling)):
            one.product_number = number
            one.save(update_fields=["product_number"])
    elif row.is_active:
        row.is_active, row.updated_at = False, Now()
        row.save(update_fields=["is_active", "updated_at"])
        apps.get_model("devices", "Change").objects.create(
            tenant_id=row.tenant_id, device_id=row.id, at=Now(), actor=ACTOR, kind="DELETED"
        )


class Migration(migrations.Migration):
    dependencies = [("devices", "0007_before_search_path"), ("tenancy", "0001_initial")]
    statement_timeout = "10min"
    operations = [migrations.RunPython(make_canonical, migrations.RunPython.noop)]
