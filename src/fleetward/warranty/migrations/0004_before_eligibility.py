"""Why a device cannot be asked about, for statements over many; the list of W9 as it is shipped."""

from django.db import migrations

from fleetward.warranty.rules import default_not_cover

# Twin of `rules.eligibility`: facts of the device first, then what the provider needs.
REASON = """
CREATE FUNCTION warranty_device_reason(
    is_virtual boolean, serial text, is_junk boolean, product_number text, country text,
    is_enrolled boolean, has_provider boolean, needs_product_number boolean,
    needs_country boolean, enrolled_only boolean
) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN is_virtual THEN 'VIRTUAL_MACHINE'
    WHEN serial = '' THEN 'NO_SERIAL'
    WHEN is_junk THEN 'JUNK_SERIAL'
    WHEN NOT has_provider THEN 'VENDOR_NOT_SUPPORTED'
    WHEN enrolled_only AND NOT is_enrolled THEN 'NOT_ENROLLED'
    WHEN needs_product_number AND product_number = '' THEN 'PRODUCT_NUMBER_MISSING'
    WHEN needs_country AND country = '' THEN 'COUNTRY_MISSING'
    ELSE ''
END
"""


def fill(apps, editor):
    model = apps.get_model("warranty", "NotCoverCode")
    model.objects.bulk_create(
        [
            model(provider=one.provider, code=one.code, name_contains=one.name_contains)
            for one in default_not_cover()
        ],
        ignore_conflicts=True,
    )


class Migration(migrations.Migration):
    dependencies = [("warranty", "0003_before_runs")]
    operations = [
        migrations.RunSQL(REASON, "DROP FUNCTION warranty_device_reason"),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
