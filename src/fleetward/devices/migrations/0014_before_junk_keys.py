"""The key of a serial in lists of junk, for stored devices.

Runs before new code. Twin of `rules.serials`: of a plain serial, which nearly all are, it is the
serial itself. Nothing means that no list is needed: a serial of no or of one character, however
often, identifies no device.
"""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION devices_squashed(serial text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN regexp_replace(normalize(serial, NFKD), '[^0-9A-Z]+', '', 'g');

CREATE FUNCTION devices_junk_key(serial text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN serial ~ '^[0-9A-Z]*$' THEN
        CASE WHEN btrim(serial, left(serial, 1)) = '' THEN '' ELSE serial END
    WHEN devices_squashed(serial) = '' THEN
        CASE WHEN octet_length(serial) = char_length(serial) THEN '' ELSE serial END
    WHEN btrim(devices_squashed(serial), left(devices_squashed(serial), 1)) = '' THEN ''
    ELSE devices_squashed(serial)
END
"""
BACK = """
DROP FUNCTION devices_junk_key;
DROP FUNCTION devices_squashed
"""


class Migration(migrations.Migration):
    dependencies = [("devices", "0013_before_removed_rows")]
    operations = [migrations.RunSQL(FUNCTION, BACK)]
