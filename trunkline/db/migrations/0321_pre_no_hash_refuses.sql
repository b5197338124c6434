-- No notice is refused by #: Asterisk's Read() ends its input there, so whoever pressed it was recorded. What stands on it
-- gets a next version, without a digit; versions of before stay as calls name them. Each is told in the log and by an alarm, by
-- mail and to programs too, which the next change of that notice clears (trunkline/lines/notice_store.py).

with in_force as (
    select distinct on (line_id, way) line_id, way, version, "when", sound, seconds, digit
    from line_notices order by line_id, way, version desc
), mended as (
    insert into line_notices (line_id, way, version, "when", sound, seconds, digit)
    select line_id, way, version + 1, "when", sound, seconds, '' from in_force where digit = '#'
    returning line_id, way, version
), logged as (
    insert into audit (at, person, via, action, object_kind, object_id, before, after)
    select now(), 'trunkline migrate', 'upgrade', 'line.notice_changed', 'line', line_id::text,
        jsonb_build_object('digit', '#', 'version', version - 1),
        jsonb_build_object('digit', '', 'version', version, 'way', way)
    from mended
), raised as (
    insert into alarms (id, key, severity, title, facts)
    select gen_random_uuid(), 'notice.digit:' || way || ':' || number, 'warning',
        'The notice of the line %(line)s was to be refused by #, which Asterisk does not tell: whoever pressed it was recorded. '
        'No digit refuses it now. Record it anew and choose 0 to 9 or *', jsonb_build_object('line', number)
    from mended join lines on lines.id = line_id
    returning id, raised_at, jsonb_build_object('alarm', id, 'key', key, 'state', 'raised', 'severity', severity, 'title', title,
        'facts', facts, 'raised_at', raised_at) as data
), events as (
    -- Told as every alarm is (trunkline/alarms/alarm.py).
    select 'mail:' || email as stream, 'alarm.email' as kind, 'alarm:' || r.id || ':raised:warning:' || email as idem,
        data || jsonb_build_object('to', email, 'language', language, 'at', raised_at) as payload
    from raised r join alarm_recipients on active and min_severity <= 'warning'
    union all
    select 'webhook:' || e.id || ':alarm:' || r.id, 'webhook', 'webhook:' || e.id || ':alarm:' || r.id || ':raised:warning',
        jsonb_build_object('endpoint', e.id, 'event', 'alarm.raised', 'at', raised_at, 'data', data)
    from raised r join webhook_endpoints e on e.active and e.events && '{alarm.raised,*}'
), streams as (
    insert into outbox_streams (stream) select distinct stream from events
    on conflict (stream) do update set ver = outbox_streams.ver + 1, due = least(outbox_streams.due, now())
)
insert into outbox (stream, kind, idem, payload) select stream, kind, idem, payload from events;

alter table line_notices drop constraint line_notices_digit_check;
alter table line_notices add constraint line_notices_digit_check check (digit ~ '^[0-9*]?$') not valid;
