-- name: beat
-- A web process is there at $1 (null: now, by the database's clock, for machines may differ); where none was for $2, that
-- was an outage.
with given as (select coalesce($1::timestamptz, clock_timestamp()) as at),
before as (select at from tracking_pulse for update),
noted as (
    insert into tracking_outages (since, until)
    select before.at, given.at from before, given where before.at < given.at - $2::interval
    on conflict do nothing
    returning 1
)
-- What was must be read before it is written over: counting sees to that.
insert into tracking_pulse (at) select at from given where (select count(*) from noted) >= 0
on conflict (the_row) do update set at = greatest(tracking_pulse.at, excluded.at);

-- name: outages
-- What failed between $1 and $2, the links of PBXs and our own server, at most 200.
select kind, since, until, "of", filled from (
    select 'link' as kind, since, until, pbx as "of", is_filled as filled from link_gaps where until > $1 and since < $2
    union all
    select 'server', since, until, '', false from tracking_outages where until > $1 and since < $2
) as failed
order by since limit 200;
