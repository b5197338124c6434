-- Reports go by the company's own rule of who gave up too soon to be missed, as the missed-call list does.

create or replace function report_missed_of(since timestamptz, until timestamptz, zone text) returns setof report_missed
language sql stable as $$
    with told as (
        select
            (started_at at time zone zone)::date as day, dialled, queues, missed_why,
            lpad(extract(hour from started_at at time zone zone)::text, 2, '0') as hour,
            case when client ~ '^\+[0-9]{1,18}$' then substr(client, 2)::bigint end as client,
            case
                when outcome = 'missed' and wait_ms < (select 1000 * short_seconds from missed_rules)
                    and missed_why in ('abandoned', 'abandoned_in_queue', 'left_unrouted') then 'short'
                else outcome
            end as what
        from calls
        where id >= report_lowest_id(since - interval '60 s') and id < report_lowest_id(until)
            and started_at >= since and started_at < until
            and direction = 'in' and outcome in ('answered', 'missed', 'screened')
    ), keyed as (
        select day, '' as "by", '' as key, what, client from told
        union all select day, 'line', dialled, what, client from told
        union all select day, 'hour', hour, what, client from told
        union all select day, 'queue', queue, what, client from told cross join unnest(queues) as queue
        union all select day, 'reason', missed_why, what, null from told where what = 'missed' and missed_why is not null
    )
    select
        day, "by", key,
        count(*) filter (where what = 'answered')::integer,
        count(*) filter (where what = 'missed')::integer,
        count(*) filter (where what = 'short')::integer,
        count(*) filter (where what = 'screened')::integer,
        coalesce(array_agg(distinct client) filter (where what in ('answered', 'missed') and client is not null), '{}'),
        coalesce(array_agg(distinct client) filter (where what = 'answered' and client is not null), '{}')
    from keyed group by day, "by", key
$$;

create or replace function report_quality_of(
    since timestamptz, until timestamptz, zone text, person uuid, in_departments uuid[], in_lines uuid[]
) returns setof report_quality
language sql stable as $$
    with told as (
        select
            id, (started_at at time zone zone)::date as day, direction, dialled, line_id, pbx, outcome, missed_why,
            talk_ms, case when jsonb_typeof(story -> 'legs') = 'array' then story -> 'legs' else '[]' end as legs
        from calls
        where id >= report_lowest_id(since - interval '60 s') and id < report_lowest_id(until)
            and started_at >= since and started_at < until
            and ended_at is not null and direction in ('in', 'out') and outcome in ('answered', 'missed')
            and not (direction = 'in' and outcome = 'missed' and wait_ms < (select 1000 * short_seconds from missed_rules)
                     and missed_why in ('abandoned', 'abandoned_in_queue', 'left_unrouted'))
            and (person is null or person = any (people)
                 or ((in_departments is null or departments && in_departments)
                     and (in_lines is null or line_id = any (in_lines))))
    ), tries as (
        select
            day, 'in' as direction, coalesce(lines.number, dialled) as line, told.pbx, coalesce(leg ->> 'channel', '') as channel,
            '' as trunk, outcome = 'answered' as answered, talk_ms / 1000.0 as talk, coalesce(leg ->> 'cause', '0') as cause,
            null::numeric as delay
        from told
        left join lines on lines.id = told.line_id
        left join lateral (
            select leg from jsonb_array_elements(legs) as leg where leg ->> 'role' = 'caller' limit 1
        ) as callers on true
        where direction = 'in'
        union all
        select
            day, 'out', coalesce(choice.caller_id, ''), told.pbx, coalesce(leg ->> 'channel', ''), coalesce(choice.trunk, ''),
            leg ->> 'answered_at' is not null, coalesce((leg ->> 'talk_seconds')::numeric, 0),
            case when leg is null then 'unsent' else coalesce(leg ->> 'cause', '0') end,
            coalesce(
                (leg ->> 'post_dial_seconds')::numeric,
                extract(epoch from (leg ->> 'ringing_at')::timestamptz - (leg ->> 'started_at')::timestamptz)
            )
        from told
        left join lateral (
            select leg from jsonb_array_elements(legs) as leg
            where leg ->> 'role' = 'outside' and (leg ->> 'dialled_by' <> '' or leg ->> 'dial_status' <> '')
        ) as outside on true
        left join lateral (
            select caller_id, outgoing_choices.trunk from outgoing_choices
            where call_id = told.id and action = 'dial'
            order by
                position('/' || outgoing_choices.trunk || '-' in leg ->> 'channel') > 0 desc nulls last,
                abs(extract(epoch from at - (leg ->> 'started_at')::timestamptz)) nulls last, at desc
            limit 1
        ) as choice on true
        where direction = 'out' and (leg is not null or missed_why = 'unavailable')
    ), named as (
        select
            day, direction, line, pbx, answered, talk, cause, delay,
            coalesce(nullif(regexp_replace(channel, '^[^/]*/|-[0-9a-f]{8}$', '', 'g'), ''), trunk) as trunk
        from tries
    ), sums as (
        select
            day, direction, line, pbx, trunk,
            count(*)::integer as calls,
            count(*) filter (where answered)::integer as answered,
            count(*) filter (where answered and talk < 10)::integer as short
        from named group by day, direction, line, pbx, trunk
    ), causes as (
        select day, direction, line, pbx, trunk, jsonb_object_agg(cause, number) as told
        from (
            select day, direction, line, pbx, trunk, cause, count(*) as number
            from named where not answered group by day, direction, line, pbx, trunk, cause
        ) as each group by day, direction, line, pbx, trunk
    ), delays as (
        select day, direction, line, pbx, trunk, jsonb_object_agg(tenths, number) as told
        from (
            select day, direction, line, pbx, trunk, greatest(round(delay * 10), 0)::integer as tenths, count(*) as number
            from named where delay is not null group by day, direction, line, pbx, trunk, tenths
        ) as each group by day, direction, line, pbx, trunk
    )
    select
        day, direction, line, pbx, trunk, calls, answered, short,
        coalesce(causes.told, '{}'), coalesce(delays.told, '{}')
    from sums
    left join causes using (day, direction, line, pbx, trunk)
    left join delays using (day, direction, line, pbx, trunk)
$$;
