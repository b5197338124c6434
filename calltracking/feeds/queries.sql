-- name: feeds
-- All, or the one of id $1.
select id, kind, name, login, level, named, source, channel, with_vat, vat, since, active, active_at, due_at, begun_at,
       held_until, next_day, last_day, report, tries, read_at, read_rows, read_kept, read_until, trouble, said, trouble_at
from cost_feeds where $1::uuid is null or id = $1 order by name;

-- name: add_feed
insert into cost_feeds (id, kind, active_at, due_at, name, login, level, named, source, channel, with_vat, vat, since,
                        active, secret)
values ($1, $2, $3, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14);

-- name: change_feed
-- What is being read is left and, where $14, begun anew from the first day; a new secret has no token yet.
update cost_feeds
set name = $3, login = $4, level = $5, named = $6, source = $7, channel = $8, with_vat = $9, vat = $10, since = $11,
    active_at = case when $12 and not active then $2 else active_at end, active = $12,
    secret = coalesce($13, secret), token = case when $13::bytea is null and not $14 then token end,
    due_at = $2, begun_at = null, held_until = null, report = '', tries = 0, trouble = '', said = '', trouble_at = null,
    next_day = case when not $14 then next_day end, last_day = case when not $14 then last_day end,
    read_until = case when not $14 then read_until end,
    rows_before = case when $14 then 0 else rows_before end, kept_before = case when $14 then 0 else kept_before end
where id = $1;

-- name: read_now
-- At once, from the day $3 on where there is one; not where it is being read.
update cost_feeds
set due_at = $2, begun_at = null, tries = 0, report = '', next_day = coalesce($3, next_day),
    last_day = case when $3::date is null then last_day else $4 end,
    rows_before = case when $3::date is null then rows_before else 0 end,
    kept_before = case when $3::date is null then kept_before else 0 end
where id = $1 and active and (held_until is null or held_until < $2) returning id;

-- name: remove_feed
delete from cost_feeds where id = $1;

-- name: remove_costs
delete from tracking_costs where feed_id = $1;

-- name: claim
-- The one that is due longest, held by this node until $2.
update cost_feeds set begun_at = $1, held_until = $2
where id = (select id from cost_feeds where active and due_at <= $1 and (held_until is null or held_until < $1)
            order by due_at limit 1 for update skip locked)
returning id;

-- name: secrets
select secret, token from cost_feeds where id = $1;

-- name: keep_token
update cost_feeds set token = $3 where id = $1 and begun_at = $2;

-- name: hold
-- Still this node's, and still there.
select 1 from cost_feeds where id = $1 and begun_at = $2 for update;

-- name: hold_costs
-- The lock of calltracking.costs: one writer of costs at a time.
select pg_advisory_xact_lock(7245025);

-- name: drop_gone
-- Rows of source $1 of the days $2 to $3 that are not told any more.
delete from tracking_costs known
where known.feed_id = $1 and known.day >= $2 and known.day <= $3
  and not exists (
      select from unnest($4::date[], $5::text[], $6::text[], $7::text[], $8::text[]) as told (day, channel, source, campaign, keyword)
      where told.day = known.day
        and tracking_cost_mark(told.channel, told.source, told.campaign, told.keyword, '') = known.mark);

-- name: put
-- What a file, a program or another source told of the same day and place stays; how many such there are.
with told as (
    select day, channel, source, campaign, keyword, gross, net,
           tracking_cost_mark(channel, source, campaign, keyword, '') as mark
    from unnest($2::date[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[])
        as t (day, channel, source, campaign, keyword, gross, net)
), written as (
    insert into tracking_costs as known (day, channel, source, campaign, keyword, city, gross, net, feed_id)
    select day, channel, source, campaign, keyword, '', gross, net, $1 from told
    on conflict (day, mark) do update
    set gross = excluded.gross, net = excluded.net, at = now()
    where known.feed_id = excluded.feed_id and (known.gross, known.net) is distinct from (excluded.gross, excluded.net)
)
select count(*) from told join tracking_costs known using (day, mark) where known.feed_id is distinct from $1;

-- name: went_on
-- A piece up to the day $3 is in; the next begins at $4 and the last day is $5, null where none is left.
update cost_feeds
set held_until = null, due_at = $6, next_day = $4, last_day = $5, report = '', tries = 0, trouble = '', said = '',
    trouble_at = null, read_at = $2, read_until = greatest(read_until, $3), read_rows = rows_before + $7,
    read_kept = kept_before + $8, rows_before = case when $4::date is null then 0 else rows_before + $7 end,
    kept_before = case when $4::date is null then 0 else kept_before + $8 end
where id = $1;

-- name: waits
-- The report $5 of the days from $3 on is being made there.
update cost_feeds
set held_until = null, due_at = $2, next_day = $3, last_day = $4, report = $5, tries = 0, trouble = '', said = '',
    trouble_at = null
where id = $1;

-- name: failed
update cost_feeds
set held_until = null, due_at = $3, next_day = $4, last_day = $5, report = '', tries = tries + 1, trouble = $6, said = $7,
    trouble_at = $2
where id = $1;
