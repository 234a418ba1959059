"""Says of an HPE device that HP's service does not answer for it, and the reverse (W11).

Runs before new code. Made before the first release: nothing else calls the function.
"""

from django.db import migrations

# Twin of `rules.eligibility`: facts of the device first, then what the provider needs.
REASON = """
DROP FUNCTION warranty_device_reason;
CREATE FUNCTION warranty_device_reason(
    is_virtual boolean, serial text, is_junk boolean, product_number text, country text,
    is_enrolled boolean, has_provider boolean, is_other_company boolean,
    needs_product_number boolean, needs_country boolean, enrolled_only boolean
) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN is_virtual THEN 'VIRTUAL_MACHINE'
    WHEN serial = '' THEN 'NO_SERIAL'
    WHEN is_junk THEN 'JUNK_SERIAL'
    WHEN NOT has_provider AND is_other_company THEN 'WRONG_COMPANY'
    WHEN NOT has_provider THEN 'VENDOR_NOT_SUPPORTED'
    WHEN enrolled_only AND NOT is_enrolled THEN 'NOT_ENROLLED'
    WHEN needs_product_number AND product_number = '' THEN 'PRODUCT_NUMBER_MISSING'
    WHEN needs_country AND country = '' THEN 'COUNTRY_MISSING'
    ELSE ''
END
"""
BACK = """
DROP FUNCTION warranty_device_reason;
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


class Migration(migrations.Migration):
    dependencies = [("warranty", "0009_before_is_asked")]
    operations = [migrations.RunSQL(REASON, BACK)]
