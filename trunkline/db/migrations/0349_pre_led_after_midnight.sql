-- A call up to ten minutes after a lead, a deal or a payment still led to it (calltracking/results/pieces.sql, led): one of just
-- after midnight changes the day before too.

create or replace function tracking_note_attributions() returns trigger language plpgsql as $$
begin
    -- A call's id carries its beginning to some seconds.
    insert into tracking_changes (hour)
    select distinct date_trunc('hour', began + slack, 'UTC')
    from (
        select to_timestamp(('x' || left(replace(call_id::text, '-', ''), 12))::bit(48)::bigint / 1000.0) as began
        from changed
    ) as calls
    cross join unnest(array[interval '-10 minutes', interval '0', interval '60 s']) as slack
    on conflict do nothing;
    return null;
end $$;
